using System.Collections.Immutable;

namespace Ferry.Net.Relaying;

/// <summary>Several rates of which each byte counts in all.</summary>
internal static class Rates
{
    /// <summary>Worth waking up for: what every rate can save up.</summary>
    private const long Portion = RateLimit.SmallestBurst;

    /// <summary>Less is not worth a system call.</summary>
    private const long Least = 4096;

    /// <summary>What all of them grant; 0 when that would be little.</summary>
    internal static long Take(ImmutableArray<RateLimit> rates, long wanted)
    {
        long granted = wanted;
        for (int i = 0; i < rates.Length; i++)
        {
            long less = rates[i].Take(granted);
            for (int earlier = 0; earlier < i && less < granted; earlier++)
            {
                rates[earlier].GiveBack(granted - less);
            }

            granted = less;
        }

        if (granted < Math.Min(wanted, Least))
        {
            GiveBack(rates, granted);
            return 0;
        }

        return granted;
    }

    internal static void GiveBack(ImmutableArray<RateLimit> rates, long bytes)
    {
        if (bytes <= 0)
        {
            return;
        }

        foreach (RateLimit rate in rates)
        {
            rate.GiveBack(bytes);
        }
    }

    /// <summary>When to ask again.</summary>
    internal static TimeSpan Wait(ImmutableArray<RateLimit> rates)
    {
        TimeSpan longest = TimeSpan.FromMilliseconds(1);
        foreach (RateLimit rate in rates)
        {
            TimeSpan wait = rate.WaitFor(Portion);
            longest = wait > longest ? wait : longest;
        }

        return longest;
    }
}
