using System.Globalization;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>Which crossings a run has.</summary>
public static class CrossingChoice
{
    private const uint EmbeddedEvery = 3;
    private const string SeedVariable = "FERRY_TEST_SEED";

    /// <summary>Whether everything is to be run, however long it takes.</summary>
    public static bool IsLong => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("FERRY_TEST_LONG"));

    /// <summary>
    /// Those of this run: all with <c>FERRY_TEST_LONG</c>, else those of the seed <c>FERRY_TEST_SEED</c>, by default the number of today (UTC), so that a project that
    /// is tested every day has run all within 24 days. <c>FERRY_TEST_CROSSINGS</c> has all those with this text in their name instead: so is one that failed run again.
    /// </summary>
    public static IEnumerable<Crossing> Chosen()
    {
        if (Environment.GetEnvironmentVariable("FERRY_TEST_CROSSINGS") is { Length: > 0 } part)
            return Crossing.All.Where(crossing => crossing.ToString().Contains(part, StringComparison.Ordinal));
        return IsLong ? Crossing.All : Of(Seed(TimeProvider.System.GetUtcNow()));
    }

    /// <summary>
    /// Of each way one. The next seed has the next of each, so a few seeds in a row have them all; neighbouring ways have different ones, so that every seed has files
    /// that arrive and files that don't. Ways through our own server, which many other tests have, come every third time. One, and not two, since Gajim and Libervia joined: the whole run is to stay below a quarter of an hour on two processors.
    /// </summary>
    public static IEnumerable<Crossing> Of(int seed) => Crossing.All.GroupBy(crossing => crossing.Way)
        .Select((group, place) => (Group: group, Turn: (uint)seed + (uint)place, Third: ((uint)seed + ((uint)place / EmbeddedEvery)) % EmbeddedEvery)) // there are three servers, one after the other
        .Where(way => way.Group.Key.Server != Crossing.Embedded || way.Third == 0)
        .Select(way => way.Group.ElementAt((int)(way.Turn % way.Group.Count())));

    private static int Seed(DateTimeOffset now) =>
        Environment.GetEnvironmentVariable(SeedVariable) is not { Length: > 0 } text ? DateOnly.FromDateTime(now.UtcDateTime).DayNumber
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) ? given
        : throw new InvalidOperationException($"{SeedVariable}={text} is no number.");
}
