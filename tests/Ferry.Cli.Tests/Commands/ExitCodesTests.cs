using Ferry.Cli.Commands;

namespace Ferry.Cli.Tests.Commands;

public class ExitCodesTests
{
    // The table of the contract.
    private static readonly Dictionary<string, int> Contract = new(StringComparer.Ordinal)
    {
        ["protocol"] = 1, ["internal"] = 1, ["usage"] = 2, ["ambiguous-peer"] = 2, ["refused"] = 4, ["cancelled-by-peer"] = 4, ["absent"] = 5,
        ["no-method"] = 6, ["not-supported"] = 6, ["mismatch"] = 7, ["timeout"] = 8, ["stalled"] = 8, ["disk-full"] = 9, ["permission"] = 9,
        ["exists"] = 9, ["io"] = 9, ["source-changed"] = 9, ["connect"] = 10, ["tls"] = 10, ["auth"] = 10, ["stream-lost"] = 10, ["too-large"] = 11,
        ["quota"] = 11, ["cancelled"] = 130,
    };

    [Fact]
    public void The_table_of_reasons_is_the_contracts() =>
        FailureReasons.All.ToDictionary(reason => reason.Name(), reason => reason.ExitCode()).ShouldBe(Contract, ignoreOrder: true);

    [Fact]
    public void The_readme_shows_the_same_table()
    {
        var readme = File.ReadAllText(Path.Combine(Root(), "README.md"));

        foreach (var (name, code) in Contract.Where(row => row.Key != "cancelled"))
            readme.Split('\n').ShouldContain(line => line.StartsWith($"| {code} |", StringComparison.Ordinal) && line.Contains($"`{name}`", StringComparison.Ordinal), name);
    }

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(5, FailureReason.Absent)]
    [InlineData(5, FailureReason.Absent, FailureReason.Absent)]
    [InlineData(3, FailureReason.Absent, null)]
    [InlineData(3, FailureReason.Absent, FailureReason.Refused)]
    [InlineData(130, null, FailureReason.Cancelled)]
    public void Several_ends_become_one_code(int code, params FailureReason?[]? reasons) => ExitCodes.Of(reasons ?? [null]).ShouldBe(code);

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Ferry.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("not inside the repository");
        return folder.FullName;
    }
}
