namespace Ferry.Interop.Tests.Crossings;

/// <summary><c>docs/interop.md</c> is what the tests wrote.</summary>
public sealed class CrossingReportTests
{
    private static readonly string[] Written = File.ReadAllLines(CrossingTable.Document);

    [Fact]
    public void The_document_says_what_the_tests_say_of_themselves()
    {
        // Everything but the results, the day and the versions.
        var versions = new SoftwareVersions("D", "1", "2", "3", "4", "5", "6");
        var text = new CrossingReport(new Dictionary<Crossing, CrossingResult>(), DateTimeOffset.UnixEpoch, versions).ToString();

        Texts(Written).ShouldBe(Texts(text.TrimEnd().Split('\n')));
    }

    [Fact]
    public void It_has_a_result_for_every_crossing()
    {
        var rows = Written.Where(IsRow).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]).ToArray();

        rows.Length.ShouldBe(Crossing.All.Select(crossing => crossing.Way).Distinct().Count());
        rows.SelectMany(row => row[4..]).Count(cell => cell.StartsWith('✓') || cell.StartsWith("lost", StringComparison.Ordinal)).ShouldBe(Crossing.All.Count);
    }

    private static string Texts(IEnumerable<string> lines) =>
        string.Join('\n', lines.Where(line => !IsRow(line) && !line.StartsWith("**Run of", StringComparison.Ordinal) && !line.Contains(": Prosody ", StringComparison.Ordinal)));

    private static bool IsRow(string line) => line.StartsWith("| Ferry →", StringComparison.Ordinal) || line.Contains("→ Ferry |", StringComparison.Ordinal);
}
