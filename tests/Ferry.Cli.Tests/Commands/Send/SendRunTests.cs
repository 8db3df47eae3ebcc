using System.Text.Json;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Tests.Commands.Send;

public sealed class SendRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _film;

    public SendRunTests() => _film = _folder.Write("film.mkv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_goes_with_what_was_said_about_it()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["send", "--desc", "look", "--offer", "si", "--via", "ibb", "--name", "other.mkv", "--timeout", "7", _film, "bob@example.org"])).ShouldBe(0);

        var (path, to, options) = run.Client.Sent.ShouldHaveSingleItem();
        path.ShouldBe(_film);
        to.ShouldBe(Jid.Parse("bob@example.org"));
        options.Description.ShouldBe("look");
        options.Name.ShouldBe("other.mkv");
        options.Offers.ShouldBe(["si"]);
        options.Methods.ShouldBe(["ibb"]);
        run.Client.Options!.Password.ShouldBe("secret");
        run.Client.Options!.AnswerTimeout.ShouldBe(TimeSpan.FromSeconds(7));
        run.Client.Disposed.ShouldBeTrue();
        run.Terminal.Output.ShouldBe("other.mkv sent to bob@example.org/found: 3.0 MB by s5b-direct in 1.5 s (2.0 MB/s)\n");
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_not_opened_here()
    {
        var pipe = Path.Combine(_folder.Path, "pipe");
        Assert.SkipUnless(!OperatingSystem.IsWindows() && await MakePipeAsync(pipe), "there is no mkfifo");
        var run = new CommandLineRun();

        // The library says what it is, see its SourceFileTests.
        (await run.RunAsync(["send", pipe, "bob@example.org"]).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe(0);
        run.Client.Sent.ShouldHaveSingleItem();
    }

    private static async Task<bool> MakePipeAsync(string path)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("mkfifo", path) { UseShellExecute = false })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    [Fact]
    public async Task Nothing_is_said_with_q()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["send", "-q", _film, "bob@example.org"])).ShouldBe(0);

        (run.Terminal.Output + run.Terminal.Errors).ShouldBeEmpty();
    }

    [Fact]
    public async Task Standard_input_is_sent_under_the_name_given()
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { Input = "piped"u8.ToArray() } };

        (await run.RunAsync(["send", "--name", "notes.txt", "-", "bob@example.org"])).ShouldBe(0);

        run.Client.Sent.ShouldHaveSingleItem().What.ShouldBe("piped");
    }

    [Fact]
    public async Task What_cannot_be_read_is_told_before_connecting()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["send", Path.Combine(_folder.Path, "missing"), "bob@example.org"])).ShouldBe(FailureReason.Io.ExitCode());

        run.Client.Connected.ShouldBeFalse();
        run.Terminal.Errors.ShouldContain("missing: there is no such file");
    }

    [Fact]
    public async Task A_directory_is_refused_with_a_way_to_send_it()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["send", _folder.Path, "bob@example.org"])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain("is a directory");
        run.Terminal.Errors.ShouldContain("tar c");
    }

    [Fact]
    public async Task Some_of_several_failing_has_its_own_code()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["send", _film, Path.Combine(_folder.Path, "missing"), "bob@example.org"])).ShouldBe(3);

        run.Client.Sent.ShouldHaveSingleItem().What.ShouldBe(_film);
    }

    [Fact]
    public async Task Files_go_one_after_the_other_to_the_resource_that_took_the_first()
    {
        var second = _folder.Write("second");
        var run = new CommandLineRun();

        (await run.RunAsync(["send", _film, second, "bob@example.org"])).ShouldBe(0);

        run.Client.Sent.Select(sent => sent.To.ToString()).ShouldBe(["bob@example.org", "bob@example.org/found"]);
    }

    [Fact]
    public async Task A_peer_with_several_programs_is_asked_about_once()
    {
        var second = _folder.Write("second");
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true }.Answer("5", "2") };
        run.Client.OnSend = Ambiguous;

        (await run.RunAsync(["send", _film, second, "bob@example.org"])).ShouldBe(0);

        run.Terminal.Questions.Count.ShouldBe(2);
        run.Client.Sent.Select(sent => sent.To.ToString()).ShouldBe(["bob@example.org", "bob@example.org/b", "bob@example.org/b"]);
    }

    [Fact]
    public async Task Without_a_terminal_a_peer_with_several_programs_is_a_failure_that_names_them()
    {
        var run = new CommandLineRun();
        run.Client.OnSend = Ambiguous;

        (await run.RunAsync(["send", "--json", _film, "bob@example.org"])).ShouldBe(2);

        var failed = Events(run).Single(entry => entry.GetProperty("type").GetString() == "failed");
        failed.GetProperty("reason").GetString().ShouldBe("ambiguous-peer");
        failed.GetProperty("resources").EnumerateArray().Select(item => item.GetString()).ShouldBe(["bob@example.org/a", "bob@example.org/b"]);
    }

    [Fact]
    public async Task Events_tell_the_whole_story()
    {
        var run = new CommandLineRun();
        run.Client.OnSend = (_, to, options, _) =>
        {
            options.Attempts!.Report(new Attempt(options.Transfer!, "jingle", "s5b-direct", AttemptResult.Started));
            options.Attempts!.Report(new Attempt(options.Transfer!, "jingle", "s5b-direct", AttemptResult.Chosen));
            options.Progress!.Report(new TransferProgress(options.Transfer!, 7, 7, 7, "s5b-direct"));
            return Task.FromResult(Outcomes.Done(options.Transfer!, to, options.Name!));
        };

        (await run.RunAsync(["send", "--json", _film, "bob@example.org"])).ShouldBe(0);

        var events = Events(run);
        events.Select(entry => entry.GetProperty("type").GetString()).ShouldBe(["ready", "offered", "attempt", "attempt", "progress", "done"]);
        events.Skip(1).Select(entry => entry.GetProperty("transfer").GetString()).Distinct().Count().ShouldBe(1);
        events[1].GetProperty("bytes").GetInt64().ShouldBe(7);
    }

    [Theory]
    [InlineData(FailureReason.Refused)]
    [InlineData(FailureReason.Absent)]
    [InlineData(FailureReason.Mismatch)]
    [InlineData(FailureReason.StreamLost)]
    public async Task The_exit_code_is_that_of_the_reason(FailureReason reason)
    {
        var run = new CommandLineRun();
        run.Client.OnSend = (_, to, options, _) => Task.FromResult(Outcomes.Failed(options.Transfer!, to, options.Name!, reason));

        (await run.RunAsync(["send", _film, "bob@example.org"])).ShouldBe(reason.ExitCode());

        run.Terminal.Errors.ShouldContain($"ferry: error: film.mkv: It ended with {reason.Name()}\n");
        run.Terminal.Output.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Phase.Finding, 2, 0)]
    [InlineData(Phase.Negotiating, 3, 0)]
    [InlineData(Phase.Negotiating, 9, 10)]
    [InlineData(Phase.Transferring, 1, 10)]
    public async Task What_was_lost_before_its_first_byte_is_offered_again(Phase phase, int losses, int exit)
    {
        var run = new CommandLineRun();
        var left = losses;
        run.Client.OnSend = (_, to, options, _) => Task.FromResult(left-- > 0
            ? Outcomes.Failed(options.Transfer!, to, options.Name!, FailureReason.StreamLost) is var lost ? lost with { Failure = lost.Failure! with { Phase = phase } } : lost
            : Outcomes.Done(options.Transfer!, to, options.Name!));

        (await run.RunAsync(["send", "--json", _film, "bob@example.org"])).ShouldBe(exit);

        run.Client.Sent.Count.ShouldBe(phase == Phase.Transferring ? 1 : Math.Min(losses, 3) + 1);
        run.Client.Sent.Select(sent => sent.Options.Transfer).Distinct().Count().ShouldBe(1);
        Events(run).Count(entry => entry.GetProperty("type").GetString() is "done" or "failed").ShouldBe(1);
        run.Client.Options!.ReconnectTimeout.ShouldBe(TimeSpan.FromSeconds(120));
    }

    [Fact]
    public async Task The_timeout_is_that_of_every_wait()
    {
        var run = new CommandLineRun();
        (await run.RunAsync(["send", "--timeout", "7", _film, "bob@example.org"])).ShouldBe(0);
        var (options, seven) = (run.Client.Options!, TimeSpan.FromSeconds(7));
        (options.ConnectTimeout, options.AnswerTimeout, options.IdleTimeout, options.InBandIdleTimeout).ShouldBe((seven, seven, seven, seven));
        (options.ReconnectTimeout, options.LongestWait).ShouldBe((seven, seven));
    }

    [Fact]
    public async Task A_failed_login_is_told_with_its_hint()
    {
        var run = new CommandLineRun { Client = new FakeClient { ConnectFailure = new FerryException(FailureReason.Auth, Side.Server, "Wrong password.", "Look it up.") } };

        (await run.RunAsync(["send", "--json", _film, "bob@example.org"])).ShouldBe(10);

        run.Terminal.Errors.ShouldBe("ferry: error: wrong password\nferry: hint: look it up\n");
        var failed = Events(run).ShouldHaveSingleItem();
        failed.GetProperty("transfer").ValueKind.ShouldBe(JsonValueKind.Null);
        failed.GetProperty("reason").GetString().ShouldBe("auth");
        failed.GetProperty("phase").GetString().ShouldBe("connecting");
    }

    [Fact]
    public async Task An_interrupt_cancels_the_transfer_and_its_outcome_is_told()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CommandLineRun();
        run.Client.OnSend = async (_, to, options, cancellationToken) =>
        {
            await interrupt.CancelAsync();
            cancellationToken.IsCancellationRequested.ShouldBeTrue();
            return Outcomes.Failed(options.Transfer!, to, options.Name!, FailureReason.Cancelled);
        };

        (await run.RunAsync(["send", "--json", _film, _film, "bob@example.org"], interrupt.Token)).ShouldBe(130);

        run.Client.Sent.Count.ShouldBe(1);
        Events(run)[^1].GetProperty("reason").GetString().ShouldBe("cancelled");
    }

    [Fact]
    public async Task An_outcome_that_does_not_come_after_an_interrupt_is_not_waited_for_long()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CommandLineRun();
        var started = new TaskCompletionSource();
        run.Client.OnSend = (_, _, _, _) =>
        {
            started.SetResult();
            return new TaskCompletionSource<Outcome>().Task;
        };

        var running = run.RunAsync(["send", _film, "bob@example.org"], interrupt.Token);
        await started.Task;
        await interrupt.CancelAsync();
        await Testing.Eventually.HoldsAsync(() => run.Time.Armed > 0, "the wait for an outcome");
        running.IsCompleted.ShouldBeFalse();
        run.Time.Advance(TimeSpan.FromSeconds(6));

        (await running).ShouldBe(130);
    }

    [Fact]
    public async Task A_file_name_cannot_steer_the_terminal()
    {
        var path = _folder.Write("a\u001b[31m\u202eb");
        var run = new CommandLineRun();

        await run.RunAsync(["send", "-v", path, "bob@example.org"]);

        (run.Terminal.Output + run.Terminal.Errors).ShouldNotContain('\u001b');
        (run.Terminal.Output + run.Terminal.Errors).ShouldNotContain('\u202e');
    }

    private static Task<Outcome> Ambiguous(string path, Jid to, SendOptions options, CancellationToken cancellationToken) =>
        Task.FromResult(to.IsFull
            ? Outcomes.Done(options.Transfer!, to, options.Name!)
            : Outcomes.Failed(options.Transfer!, to, options.Name!, FailureReason.AmbiguousPeer, "bob@example.org/a", "bob@example.org/b"));

    private static List<JsonElement> Events(CommandLineRun run) => [.. run.Terminal.OutputLines.Select(line => JsonDocument.Parse(line).RootElement)];
}
