using Ferry.Cli.Terminal;
using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Terminal;

public class TerminalMessagesTests
{
    [Theory]
    [InlineData("The server said no.", "the server said no")]
    [InlineData("TLS failed.", "TLS failed")]
    [InlineData("and so on...", "and so on...")]
    [InlineData("A file\u001b is there.", "a file\\u{1b} is there")]
    public void Errors_are_prefixed_lower_case_and_without_a_final_period(string message, string shown)
    {
        var terminal = new RecordingTerminal();

        terminal.SayError(message, "Do this.");

        terminal.Errors.ShouldBe($"ferry: error: {shown}\nferry: hint: do this\n");
        terminal.Output.ShouldBeEmpty();
    }
}
