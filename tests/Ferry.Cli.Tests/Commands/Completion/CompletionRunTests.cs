using System.Diagnostics;
using Ferry.Cli.Commands.Completion;
using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Commands.Completion;

public class CompletionRunTests
{
    [Theory]
    [InlineData("ferry se", "search\nsend")]
    [InlineData("/usr/bin/ferry contact ", "add\nlist\nremove")]
    [InlineData("ferry send --li", "--listen-ports")]
    [InlineData("ferry send --via ", "http-bridge\nibb\ns5b-direct\ns5b-proxy\ntcp")]
    [InlineData("ferry receive --via i", "ibb")]
    [InlineData("ferry completion b", "bash")]
    [InlineData("ferry send ", "")]
    [InlineData("ferry", "")]
    public async Task Says_what_could_stand_at_the_end(string line, string words)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["completion", "words", "--", line])).ShouldBe(0);

        run.Terminal.Output.Trim().ShouldBe(words);
    }

    [Theory]
    [InlineData("ferry sen", "send")]
    [InlineData("ferry send --li", "--listen-ports")]
    [InlineData("ferry send fil", "")]
    public async Task The_bash_script_completes(string line, string reply)
    {
        using var folder = new TemporaryFolder();
        // A stand-in for the program: the real one's answers, without depending on where it was built.
        var answers = new CommandLineRun();
        await answers.RunAsync(["completion", "words", "--", line]);
        var ferry = folder.Write("ferry", $"#!/bin/sh\ncat <<'END'\n{answers.Terminal.Output}END\n");
        TemporaryFolder.SetMode(ferry, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var script = folder.Write("completion.bash", CompletionScripts.For("bash"));
        var words = line.Split(' ');
        words[0] = ferry;

        var shown = await BashAsync(
            $"source '{script}'; COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; "
            + $"COMP_LINE='{line}'; COMP_POINT={line.Length}; _ferry; printf '%s\\n' \"${{COMPREPLY[@]}}\"; complete -p ferry");

        shown.ShouldBe($"{reply}\ncomplete -o default -F _ferry ferry\n");
    }

    [Fact]
    public async Task There_is_a_script_for_every_shell_and_an_error_for_others()
    {
        foreach (var shell in CompletionScripts.Shells)
        {
            var run = new CommandLineRun();
            (await run.RunAsync(["completion", shell])).ShouldBe(0);
            run.Terminal.Output.ShouldContain("completion words");
        }

        var unknown = new CommandLineRun();
        (await unknown.RunAsync(["completion", "tcsh"])).ShouldBe(2);
        unknown.Terminal.Errors.ShouldContain("(bash, zsh, fish, pwsh)");
    }

    private static async Task<string> BashAsync(string command)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash") { ArgumentList = { "--norc", "-c", command }, RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        bash.ExitCode.ShouldBe(0);
        return output;
    }
}
