namespace Ferry.Offers;

/// <summary>How long is waited before a peer is asked again that has no room now: more and more seldom, as long as an answer may take.</summary>
internal static class RetryWaits
{
    private static readonly int[] Seconds = [1, 2, 4, 8, 15, 30];

    /// <summary>Before that attempt, counted from 0.</summary>
    public static TimeSpan Before(int again) => TimeSpan.FromSeconds(Seconds[Math.Min(again, Seconds.Length - 1)]);
}
