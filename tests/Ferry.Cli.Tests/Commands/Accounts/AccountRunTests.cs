using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Commands.Accounts;

public sealed class AccountRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Accounts_are_made_listed_changed_and_removed()
    {
        var run = new CommandLineRun();

        (await Run(run, "register", "bob@localhost")).ShouldBe(0, run.Terminal.Errors);
        (await Run(run, "register", "alice@localhost")).ShouldBe(0);
        (await Run(run, "password", "alice@localhost")).ShouldBe(0);
        (await Run(run, "remove", "bob@localhost")).ShouldBe(0);
        (await Run(run, "list")).ShouldBe(0);
        (await Run(run, "list", "--json")).ShouldBe(0);

        run.Terminal.Output.ShouldBe("alice@localhost\n{\"type\":\"account\",\"jid\":\"alice@localhost\"}\n");
        run.Terminal.Errors.ShouldBe(
            "ferry: bob@localhost is an account now\nferry: alice@localhost is an account now\nferry: alice@localhost has another password now\nferry: bob@localhost is no account any more\n");
    }

    [Fact]
    public async Task A_new_password_is_asked_twice()
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true }.Answer("one", "one") }.With("FERRY_PASSWORD", null);

        (await Run(run, "register", "alice@localhost")).ShouldBe(0, run.Terminal.Errors);

        run.Terminal.Questions.ShouldBe(["new password of alice@localhost: ", "the same again: "]);
    }

    [Theory]
    [InlineData(9, "there is an account alice@localhost already", "register", "alice@localhost")]
    [InlineData(5, "there is no account bob@localhost", "remove", "bob@localhost")]
    [InlineData(5, "there is no account bob@localhost", "password", "bob@localhost")]
    [InlineData(2, "is not an account (name@example.org)", "register", "localhost")]
    [InlineData(2, "is not an account (name@example.org)", "register", "a@localhost/x")]
    public async Task What_cannot_be_done_is_told(int code, string message, params string[] words)
    {
        var run = new CommandLineRun();
        await Run(run, "register", "alice@localhost");

        (await Run(run, words)).ShouldBe(code);

        run.Terminal.Errors.ShouldContain(message);
    }

    private Task<int> Run(CommandLineRun run, params string[] words) => run.RunAsync(["account", .. words, "--data", _folder.Path]);
}
