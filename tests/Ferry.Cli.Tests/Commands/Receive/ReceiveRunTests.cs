using System.Text.Json;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;
using Ferry.Testing;

namespace Ferry.Cli.Tests.Commands.Receive;

public sealed class ReceiveRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_of_whom_from_names_are_taken_without_a_question()
    {
        var run = new CommandLineRun();
        var offer = new FakeOffer();
        run.Client.Offer(offer);

        (await run.RunAsync(["receive", "--from", "alice@example.org", "--count", "1", "--dir", _folder.Path, "--rename", "--via", "ibb", "--max-size", "5M"])).ShouldBe(0);

        offer.AcceptedInto.ShouldBe(_folder.Path);
        offer.AcceptedWith!.Existing.ShouldBe(ExistingFile.Rename);
        offer.AcceptedWith!.Methods.ShouldBe(["ibb"]);
        offer.AcceptedWith!.MaxBytes.ShouldBe(5 * 1024 * 1024);
        run.Client.Options!.AcceptFrom.Allows(Jid.Parse("alice@example.org/any")).ShouldBeTrue();
        run.Client.Options!.AcceptFrom.Allows(Jid.Parse("mallory@example.org/any")).ShouldBeFalse();
        run.Terminal.Output.ShouldBe("/in/film.mkv\n");
    }

    [Theory]
    [InlineData("y", true)]
    [InlineData("Yes", true)]
    [InlineData("", false)]
    [InlineData("n", false)]
    [InlineData("what?", false)]
    [InlineData(null, false)]
    public async Task A_person_is_asked_where_there_is_one(string? answer, bool taken)
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true }.Answer(answer) };
        var offer = new FakeOffer { Says = "look\u001b[2J at this" };
        using var interrupt = new CancellationTokenSource();
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--dir", _folder.Path, "--count", "1"], interrupt.Token);
        await offer.Answered;
        await interrupt.CancelAsync();
        await running;

        offer.AcceptedInto.ShouldBe(taken ? _folder.Path : null);
        offer.Declined.ShouldBe(!taken);
        run.Terminal.Errors.ShouldContain("alice@example.org/x wants to send film.mkv (3.0 MB)");
        run.Terminal.Errors.ShouldContain("says: look\\u{1b}[2J at this");
        run.Client.Options!.AcceptFrom.Allows(Jid.Parse("anybody@example.net/x")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_person_who_is_asked_is_told_of_a_thumbnail()
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true }.Answer("n") };
        using var interrupt = new CancellationTokenSource();
        var offer = new FakeOffer { Pictures = [new FileThumbnail("cid:sha1+x@bob.xmpp.org", "image/png\u001b[2J", 64, 48)] };
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--dir", _folder.Path], interrupt.Token);
        await offer.Answered;
        await interrupt.CancelAsync();
        await running;

        run.Terminal.Errors.ShouldContain("wants to send film.mkv (3.0 MB, a thumbnail of 64×48 image/png\\u{1b}[2J)");
    }

    [Fact]
    public async Task With_json_an_offer_has_its_thumbnails()
    {
        var run = new CommandLineRun();
        run.Client.Offer(new FakeOffer { Pictures = [new FileThumbnail("cid:a", "image/png", 64, 48), new FileThumbnail("cid:b")] });

        await run.RunAsync(["receive", "--dir", _folder.Path, "--from", "alice@example.org", "--count", "1", "--json"], CancellationToken.None);

        run.Terminal.Output.ShouldContain("\"thumbnails\":[{\"mediaType\":\"image/png\",\"width\":64,\"height\":48},{\"mediaType\":null,\"width\":null,\"height\":null}]");
    }

    [Fact]
    public async Task Without_a_terminal_and_from_everybody_is_refused_and_that_is_said_at_once()
    {
        var run = new CommandLineRun();
        using var interrupt = new CancellationTokenSource();
        var offer = new FakeOffer();
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--dir", _folder.Path], interrupt.Token);
        await offer.Answered;
        await interrupt.CancelAsync();

        (await running).ShouldBe(130);
        offer.Declined.ShouldBeTrue();
        run.Terminal.Errors.ShouldStartWith("ferry: warning: every file will be refused");
        run.Client.Options!.AcceptFrom.Allows(Jid.Parse("anybody@example.net/x")).ShouldBeFalse();
    }

    [Fact]
    public async Task Transfers_run_side_by_side_and_count_bounds_how_many_are_accepted()
    {
        var run = new CommandLineRun();
        var gate = new TaskCompletionSource();
        var offers = Enumerable.Range(0, 3).Select(i => new FakeOffer($"f{i}")
        {
            OnAccept = async (offer, _) =>
            {
                await gate.Task;
                return Outcomes.Done(offer.Transfer, offer.Peer, offer.Name) with { Path = "/in/" + offer.Name };
            },
        }).ToList();
        offers.ForEach(run.Client.Offer);

        var running = run.RunAsync(["receive", "--from", "example.org", "--count", "2", "--dir", _folder.Path]);
        await Task.WhenAll(offers.Select(offer => offer.Answered));
        gate.SetResult();

        (await running).ShouldBe(0);
        offers.Count(offer => offer.AcceptedInto is not null).ShouldBe(2);
        offers[2].Declined.ShouldBeTrue();
        run.Terminal.OutputLines.Order(StringComparer.Ordinal).ShouldBe(["/in/f0", "/in/f1"]);
    }

    [Theory]
    [InlineData(FailureReason.Mismatch)]
    [InlineData(FailureReason.DiskFull)]
    [InlineData(FailureReason.CancelledByPeer)]
    public async Task An_accepted_file_counts_whichever_way_it_ends(FailureReason reason)
    {
        var run = new CommandLineRun();
        run.Client.Offer(new FakeOffer { OnAccept = (offer, _) => Task.FromResult(Outcomes.Failed(offer.Transfer, offer.Peer, offer.Name, reason)) });

        (await run.RunAsync(["receive", "--from", "example.org", "--count", "1", "--dir", _folder.Path])).ShouldBe(reason.ExitCode());

        run.Terminal.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_timeout_bounds_the_wait_for_an_offer_but_not_a_transfer()
    {
        var run = new CommandLineRun();
        var gate = new TaskCompletionSource();
        var offer = new FakeOffer
        {
            OnAccept = async (offer, _) =>
            {
                await gate.Task;
                return Outcomes.Done(offer.Transfer, offer.Peer, offer.Name);
            },
        };

        var running = run.RunAsync(["receive", "--json", "--from", "example.org", "--timeout", "10", "--dir", _folder.Path]);
        await Eventually.HoldsAsync(() => run.Time.Armed == 1, "waiting for an offer");
        run.Time.Advance(TimeSpan.FromSeconds(9));
        run.Client.Offer(offer);
        await offer.Answered;
        run.Time.Advance(TimeSpan.FromSeconds(60));
        running.IsCompleted.ShouldBeFalse();
        gate.SetResult();
        await Eventually.HoldsAsync(() => run.Time.Armed == 1, "waiting again");
        run.Time.Advance(TimeSpan.FromSeconds(10));

        (await running).ShouldBe(8);
        var last = JsonDocument.Parse(run.Terminal.OutputLines[^1]).RootElement;
        last.GetProperty("type").GetString().ShouldBe("failed");
        last.GetProperty("reason").GetString().ShouldBe("timeout");
    }

    [Fact]
    public async Task An_interrupt_ends_transfers_at_both_ends()
    {
        var run = new CommandLineRun();
        using var interrupt = new CancellationTokenSource();
        var offer = new FakeOffer
        {
            OnAccept = async (offer, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
                return Outcomes.Failed(offer.Transfer, offer.Peer, offer.Name, FailureReason.Cancelled);
            },
        };
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--json", "--from", "example.org", "--dir", _folder.Path], interrupt.Token);
        await offer.Answered;
        await interrupt.CancelAsync();

        (await running).ShouldBe(130);
        run.Terminal.OutputLines[^1].ShouldContain("\"reason\":\"cancelled\"");
        run.Client.Disposed.ShouldBeTrue();
    }

    [Fact]
    public async Task An_interrupt_ends_a_question_and_the_sender_gets_a_no()
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true, Silent = true } };
        using var interrupt = new CancellationTokenSource();
        var offer = new FakeOffer();
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--dir", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => run.Terminal.Questions.Count == 1, "the question");
        await interrupt.CancelAsync();

        (await running).ShouldBe(130);
        offer.Declined.ShouldBeTrue();
    }

    [Fact]
    public async Task A_connection_that_is_gone_for_good_ends_it()
    {
        var run = new CommandLineRun();
        run.Client.Lose(new FerryException(FailureReason.StreamLost, Side.Server, "the server closed the stream"));

        (await run.RunAsync(["receive", "--from", "example.org", "--dir", _folder.Path])).ShouldBe(10);

        run.Terminal.Errors.ShouldContain("ferry: error: the server closed the stream");
    }

    [Fact]
    public async Task A_question_about_an_offer_that_is_gone_is_taken_back()
    {
        var run = new CommandLineRun { Terminal = new RecordingTerminal { CanAsk = true, Silent = true } };
        using var withdrawn = new CancellationTokenSource();
        var offer = new FakeOffer { WithdrawnBy = withdrawn.Token };
        run.Client.Offer(offer);

        var running = run.RunAsync(["receive", "--dir", _folder.Path]);
        await Eventually.HoldsAsync(() => run.Terminal.Questions.Count == 1, "the question");
        await withdrawn.CancelAsync();
        await offer.Answered;
        run.Client.Lose(new FerryException(FailureReason.StreamLost, Side.Server, "the server closed the stream"));

        (await running).ShouldBe(10);
        offer.AcceptedInto.ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_break_is_told_and_the_wait_for_offers_goes_on(bool json)
    {
        var run = new CommandLineRun();
        string[] command = ["receive", "--from", "example.org", "--dir", _folder.Path, "--count", "1"];
        var running = run.RunAsync(json ? [.. command, "--json"] : command);
        await Eventually.HoldsAsync(() => run.Client.Connected, "logged in");
        var changes = run.Client.Options!.ConnectionChanges.ShouldNotBeNull();
        changes.Report(new ConnectionChange(ConnectionState.Interrupted, run.Client.Jid, Cause: new FerryException(FailureReason.StreamLost, Side.Network, "a cable")));
        changes.Report(new ConnectionChange(ConnectionState.Online, run.Client.Jid, Resumed: true));
        changes.Report(new ConnectionChange(ConnectionState.Online, Ferry.Protocol.Addressing.Jid.Parse("me@example.org/other")));
        run.Client.Offer(new FakeOffer());

        (await running).ShouldBe(0);
        run.Client.Options.ReconnectTimeout.ShouldBe(Timeout.InfiniteTimeSpan);
        run.Terminal.Errors.ShouldContain("ferry: the connection to the server broke: a cable; trying again\n");
        run.Terminal.Errors.ShouldContain("ferry: logged in again as me@example.org/other\n");
        if (json) run.Terminal.Output.Split('\n').Count(line => line.Contains("\"ready\"", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public async Task A_missing_directory_is_told_before_connecting()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["receive", "--dir", Path.Combine(_folder.Path, "missing")])).ShouldBe(9);

        run.Client.Connected.ShouldBeFalse();
        run.Terminal.Errors.ShouldContain("ferry: hint: make it first: mkdir -p ");
    }
}
