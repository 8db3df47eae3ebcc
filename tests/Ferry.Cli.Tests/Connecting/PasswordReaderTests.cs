using Ferry.Cli.Connecting;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Testing.Time;

namespace Ferry.Cli.Tests.Connecting;

public sealed class PasswordReaderTests : IDisposable
{
    private static readonly Jid Account = Jid.Parse("me@example.org");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("secret\nmore\n")]
    [InlineData("secret\r\n")]
    [InlineData("secret")]
    public async Task A_file_gives_its_first_line(string text)
    {
        var path = _folder.Write("password", text);
        TemporaryFolder.SetMode(path, UnixFileMode.UserRead);
        var terminal = new RecordingTerminal();

        (await Read(terminal, new PasswordSource.FromFile(path))).ShouldBe("secret");

        terminal.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_that_others_can_read_is_warned_about()
    {
        var path = _folder.Write("password", "secret");
        TemporaryFolder.SetMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var terminal = new RecordingTerminal();

        await Read(terminal, new PasswordSource.FromFile(path));

        terminal.Errors.ShouldContain($"ferry: warning: other users can read the password file {path}; run: chmod 600 {path}");
    }

    [Theory]
    [InlineData("echo secret; echo more", "secret")]
    [InlineData("printf 'with space '", "with space ")]
    [InlineData("yes secret 2>/dev/null | head -c 1000000", "secret")]
    public async Task A_command_gives_the_first_line_that_it_prints(string command, string password) =>
        (await Read(new RecordingTerminal(), new PasswordSource.FromCommand(command))).ShouldBe(password);

    [Theory]
    [InlineData("exit 3", "the password command ended with exit code 3")]
    [InlineData("true", "the password command printed nothing")]
    [InlineData("echo", "the password is empty")]
    public async Task A_command_that_gives_none_is_a_usage_error(string command, string message)
    {
        var failure = await Should.ThrowAsync<FerryException>(() => Read(new RecordingTerminal(), new PasswordSource.FromCommand(command)));

        failure.Reason.ShouldBe(FailureReason.Usage);
        failure.Message.ShouldBe(message);
    }

    [Fact]
    public async Task A_command_that_hangs_is_ended()
    {
        var time = new ManualTime();
        var reading = new PasswordReader(new RecordingTerminal(), time).ReadAsync(new PasswordSource.FromCommand("sleep 1000"), Account, CancellationToken.None);
        await Testing.Eventually.HoldsAsync(() => time.Armed == 1, "the limit");

        time.Advance(PasswordReader.CommandTimeout);

        (await Should.ThrowAsync<FerryException>(() => reading)).Message.ShouldBe("the password command took longer than 120 s");
    }

    [Fact]
    public async Task A_password_that_is_too_long_is_refused()
    {
        var path = _folder.Write("password", new string('x', 4097));

        (await Should.ThrowAsync<FerryException>(() => Read(new RecordingTerminal(), new PasswordSource.FromFile(path)))).Message.ShouldBe("the password is longer than 4096 characters");
    }

    [Fact]
    public async Task It_is_asked_on_a_terminal()
    {
        var terminal = new RecordingTerminal { CanAsk = true }.Answer("secret");

        (await Read(terminal, new PasswordSource.Asked())).ShouldBe("secret");

        terminal.Questions.ShouldBe(["password of me@example.org: "]);
    }

    [Fact]
    public async Task Without_a_terminal_it_says_how_to_give_one()
    {
        var failure = await Should.ThrowAsync<FerryException>(() => Read(new RecordingTerminal(), new PasswordSource.Asked()));

        failure.Hint.ShouldBe("give --password-file FILE, or set FERRY_PASSWORD or FERRY_PASSWORD_COMMAND");
    }

    [Fact]
    public async Task A_new_one_is_asked_twice()
    {
        var good = new RecordingTerminal { CanAsk = true }.Answer("one", "one");
        var bad = new RecordingTerminal { CanAsk = true }.Answer("one", "two");

        (await new PasswordReader(good).ReadNewAsync(new PasswordSource.Asked(), Account, CancellationToken.None)).ShouldBe("one");
        (await Should.ThrowAsync<FerryException>(() => new PasswordReader(bad).ReadNewAsync(new PasswordSource.Asked(), Account, CancellationToken.None)))
            .Message.ShouldBe("the two passwords differ");
    }

    private static Task<string> Read(RecordingTerminal terminal, PasswordSource source) => new PasswordReader(terminal).ReadAsync(source, Account, CancellationToken.None);
}
