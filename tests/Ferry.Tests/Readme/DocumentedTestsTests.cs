using System.Text.RegularExpressions;

namespace Ferry.Tests.Readme;

/// <summary>Tables of the documents name tests: each is there.</summary>
public sealed partial class DocumentedTestsTests
{
    [Theory]
    [InlineData("docs/peers.md", 60)]
    [InlineData("docs/hostile.md", 40)]
    public void Every_test_that_is_named_is_there(string document, int atLeast)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Ferry.slnx"))) root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("Ferry.slnx");
        var sources = Directory.GetFiles(Path.Combine(root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToLookup(path => Path.GetFileNameWithoutExtension(path), File.ReadAllText);
        var named = 0;
        foreach (Match match in Named().Matches(File.ReadAllText(Path.Combine(root, document))))
        {
            named++;
            var (type, test) = (match.Groups["type"].Value, match.Groups["test"].Value);
            sources[type].ShouldNotBeEmpty($"{document} names {type}");
            sources[type].ShouldContain(text => text.Contains($" {test}", StringComparison.Ordinal), $"{document} names {match.Value}");
        }

        named.ShouldBeGreaterThan(atLeast);
    }

    [GeneratedRegex(@"`(?<type>\w+Tests)(\.(?<test>\w+))?")]
    private static partial Regex Named();
}
