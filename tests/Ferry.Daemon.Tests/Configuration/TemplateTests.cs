using System.Text.RegularExpressions;
using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Tests.Configuration;

public sealed partial class TemplateTests
{
    [Fact]
    public void As_it_is_written_it_changes_nothing()
    {
        var loaded = ConfigurationReader.Load(YamlSource.Read("/x/ferryd.yml", ConfigurationTemplate.Create()), Nothing);
        loaded.Faults.ShouldBeEmpty();
        loaded.Set.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("component", "xmpp", "nothing")]
    [InlineData("xmpp", "component", "index.secretFile")]
    public void Every_line_is_right_when_it_is_switched_on(string with, string without, string withoutKey)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "component.secret", "server.pem", "relay.pem", "index.secret" }) folder.Write(file, "secret\n");
        var text = SwitchOn(ConfigurationTemplate.Create(), key => !key.StartsWith(without + ".", StringComparison.Ordinal) && key != withoutKey);
        var loaded = ConfigurationReader.Load(YamlSource.Read(Path.Combine(folder.Path, "ferryd.yml"), text), Nothing);
        loaded.Faults.ShouldBeEmpty(text);
        loaded.Set.Keys.Select(key => key.Path).ShouldBe(
            Keys.All.Where(key => key.Part.IsBuilt && key.Section != without && key.Path != withoutKey).Select(key => key.Path), ignoreOrder: true);
        loaded.Set.Keys.ShouldContain(key => key.Section == with);
    }

    [Fact]
    public void The_documents_list_every_key_with_its_variable()
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "server.md"));
        foreach (var key in Keys.All.Where(key => key.Part.IsBuilt))
        {
            document.ShouldContain($"`{key.Path}`");
            document.ShouldContain($"`{key.Variable}`");
        }
    }

    private static Dictionary<string, string> Nothing => new(StringComparer.Ordinal);

    private static string SwitchOn(string template, Func<string, bool> wanted)
    {
        var section = "";
        var lines = template.Split('\n').Select(line =>
        {
            if (SectionLine().Match(line) is { Success: true } head) section = head.Groups[1].Value + ".";
            if (line.Length == 0) section = "";
            return KeyLine().Match(line) is { Success: true } key && wanted(section + key.Groups[2].Value) ? key.Groups[1].Value + line[(key.Groups[1].Length + 1)..] : line;
        });
        return string.Join('\n', lines);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Ferry.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex("^([a-z]+):$")]
    private static partial Regex SectionLine();

    [GeneratedRegex("^( *)#([A-Za-z]+): ")]
    private static partial Regex KeyLine();
}
