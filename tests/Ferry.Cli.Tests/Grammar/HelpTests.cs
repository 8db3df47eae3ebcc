using System.CommandLine;
using Ferry.Cli.Grammar;
using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Grammar;

public class HelpTests
{
    public static TheoryData<string> Verbs()
    {
        var terminal = new RecordingTerminal();
        var host = new VerbHost(terminal, _ => null);
        var root = FerryGrammar.Create(host, FerryCommandLine.Handlers(terminal, _ => null, new FakeClient().ConnectAsync, TimeProvider.System));
        return [.. Paths(root, "")];
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_has_help_with_an_example_that_parses(string path)
    {
        var run = new CommandLineRun();

        (await run.ParseAsync([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).ShouldBe(0);

        run.Terminal.Errors.ShouldBeEmpty();
        var help = run.Terminal.Output;
        help.ShouldContain("Example");
        var examples = help[help.IndexOf("Example", StringComparison.Ordinal)..].Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').ToList();
        examples.ShouldNotBeEmpty();
        foreach (var example in examples) ParseErrors(example).ShouldBeEmpty(example);
    }

    [Fact]
    public async Task The_version_is_shown()
    {
        var run = new CommandLineRun();

        (await run.ParseAsync("--version")).ShouldBe(0);

        run.Terminal.Output.ShouldStartWith("ferry 0.");
    }

    [Fact]
    public void Nothing_that_comes_later_is_there_yet()
    {
        var names = Verbs().Select(row => row.Data).ToList();

        names.ShouldContain("send");
        foreach (var later in new[] { "doctor" }) names.ShouldNotContain(later);
    }

    private static IEnumerable<string> Paths(Command command, string path)
    {
        yield return path;
        foreach (var child in command.Subcommands)
        {
            foreach (var found in Paths(child, (path + " " + child.Name).Trim())) yield return found;
        }
    }

    // The part of an example that is ferry's, as a shell would split it.
    private static IEnumerable<string> ParseErrors(string example)
    {
        var from = example.IndexOf("ferry ", StringComparison.Ordinal);
        var line = example[(from + 6)..];
        foreach (var end in new[] { ")", " > ", " | " })
        {
            if (line.IndexOf(end, StringComparison.Ordinal) is >= 0 and var at) line = line[..at];
        }

        var terminal = new RecordingTerminal();
        var grammar = FerryGrammar.Create(new VerbHost(terminal, _ => null), FerryCommandLine.Handlers(terminal, _ => null, new FakeClient().ConnectAsync, TimeProvider.System));
        return grammar.Parse(line.Replace('\'', '"'), FerryGrammar.Parsing).Errors.Select(error => error.Message);
    }
}
