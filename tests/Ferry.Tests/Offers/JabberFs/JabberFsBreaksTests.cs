using System.Net;
using System.Net.Sockets;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>
/// The connection of the bytes, or one to the server, breaks in the middle, or a side stops there. A proxy stands in front of the port of the side that answers:
/// up is what the proposer says, the token first, and down what the answerer says.
/// </summary>
public sealed class JabberFsBreaksTests
{
    private const int Size = 3_000_000;
    private const int Middle = 1_000_000;

    private static readonly SendOptions ByJabberFs = new() { Offers = ["jabberfs"] };

    [Theory]
    [InlineData(FaultKind.Cut)]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Stall)]
    public async Task A_get_that_breaks_in_the_middle_goes_on_from_there(FaultKind kind)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var road = new Road(FreePorts.Take());
        var share = new FolderShare(harbour.Folder);
        var alice = await harbour.ConnectAsync("alice", options => road.Before(options) with { Requests = share });
        var bob = await harbour.ConnectAsync("bob", options => Journalled(harbour, options));
        var path = harbour.File("film.mkv", Size);
        var happened = road.Proxy.At(Way.Down, Middle, kind);
        var broken = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        happened.IsCompleted.ShouldBeTrue();
        ShouldHaveBroken(broken, kind);
        harbour.Received.ShouldBe([".film.mkv.ferry-part"]);
        await Eventually.HoldsAsync(() => share.Ended.Count == 1, "the owner's side ends too");
        share.Ended.ShouldHaveSingleItem().Succeeded.ShouldBeFalse();

        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.ResumedFrom, got.Bytes, got.VerifiedBy).ShouldBe((broken.Bytes, Size - broken.Bytes, "sha-256"));
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe(["film.mkv"]);
    }

    [Theory]
    [InlineData(FaultKind.Cut)]
    [InlineData(FaultKind.Reset)]
    [InlineData(FaultKind.Stall)]
    public async Task A_send_that_breaks_in_the_middle_goes_on_from_there(FaultKind kind)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var road = new Road(FreePorts.Take());
        var alice = await harbour.ConnectAsync("alice", options => options with { IdleTimeout = TimeSpan.FromSeconds(2) });
        var bob = await harbour.ConnectAsync("bob", options => Journalled(harbour, road.Before(options)));
        var path = harbour.File("film.mkv", Size);
        var happened = road.Proxy.At(Way.Up, Middle, kind);
        var sending = alice.SendAsync(path, bob.Jid, ByJabberFs);
        var broken = await harbour.ReceiveAsync(bob);
        (await sending.WaitAsync(Harbour.Patience)).Succeeded.ShouldBeFalse();
        happened.IsCompleted.ShouldBeTrue();
        ShouldHaveBroken(broken, kind);
        harbour.Received.ShouldBe([".film.mkv.ferry-part"]);

        sending = alice.SendAsync(path, bob.Jid, ByJabberFs);
        var received = await harbour.ReceiveAsync(bob);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, received.Failure).ShouldBe((null, null));
        (sent.ResumedFrom, received.ResumedFrom).ShouldBe((broken.Bytes, broken.Bytes));
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe(["film.mkv"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_side_of_a_get_may_stop_while_bytes_flow(bool askerStops)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var road = new Road(FreePorts.Take());
        var share = new FolderShare(harbour.Folder);
        var alice = await harbour.ConnectAsync("alice", options => road.Before(options) with { Requests = share, IdleTimeout = Harbour.Patience });
        var bob = await harbour.ConnectAsync("bob", options => Journalled(harbour, options) with { IdleTimeout = Harbour.Patience });
        var path = harbour.File("film.mkv", 20_000_000);
        var slowed = road.Proxy.At(Way.Down, Middle, FaultKind.Slow, bytesPerSecond: 200_000);
        using var stop = new CancellationTokenSource();
        var getting = bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox, cancellationToken: stop.Token);
        var partial = new FileInfo(Path.Combine(harbour.Inbox, ".film.mkv.ferry-part"));
        await Eventually.HoldsAsync(() => Length(partial) >= Middle, "bytes flow");
        await slowed.WaitAsync(Harbour.Patience);

        // Another request that is refused meanwhile changes nothing.
        (await bob.GetAsync(alice.Jid, "docs/missing", harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
        getting.IsCompleted.ShouldBeFalse();

        if (askerStops) await stop.CancelAsync();
        else await alice.DisposeAsync();
        var got = await getting.WaitAsync(Harbour.Patience);
        got.Failure!.ShouldSatisfyAllConditions(
            failure => failure.Reason.ShouldBe(askerStops ? FailureReason.Cancelled : FailureReason.CancelledByPeer),
            failure => failure.Resumable.ShouldBeTrue());
        await Eventually.HoldsAsync(() => share.Ended.Count == 1, "the owner's side ends too");
        share.Ended.ShouldHaveSingleItem().Failure!.Reason.ShouldBe(askerStops ? FailureReason.CancelledByPeer : FailureReason.Cancelled);
        harbour.Received.ShouldBe([".film.mkv.ferry-part"]);
        if (!askerStops) return;

        // What came is gone on from.
        var kept = got.Bytes;
        await using var again = await harbour.ConnectAsync("alice", options => options with { Requests = share });
        var rest = await bob.GetAsync(again.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        rest.Failure.ShouldBeNull();
        rest.ResumedFrom.ShouldBe(kept);
        (await File.ReadAllBytesAsync(rest.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("bob")]
    public async Task A_connection_to_the_server_that_breaks_in_the_middle_is_resumed_and_nothing_is_lost(string whose)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var way = FaultProxy.Before(() => harbour.Server.Endpoints[0]);
        FerryOptions Of(string user, FerryOptions options) => user == whose ? options with { Server = way.EndPoint.ToString() } : options;
        var alice = await harbour.ConnectAsync("alice", options => Of("alice", options));
        var bob = await harbour.ConnectAsync("bob", options => Of("bob", options));
        var source = new GatedStream(Middle, Middle);
        var sending = alice.SendAsync(source, bob.Jid, ByJabberFs with { Name = "f", Length = 2 * Middle });
        var receiving = harbour.ReceiveAsync(bob);
        var partial = new FileInfo(Path.Combine(harbour.Inbox, ".f.ferry-part"));
        await Eventually.HoldsAsync(() => Length(partial) == Middle, "the first bytes are there");
        way.BreakAll(FaultKind.Reset);
        source.Open();
        var (sent, received) = (await sending.WaitAsync(Harbour.Patience), await receiving);
        (sent.Failure, received.Failure).ShouldBe((null, null));
        (sent.Bytes, sent.VerifiedBy).ShouldBe((2 * Middle, "sha-256")); // the receiver's word came over the new connection
        way.Accepted.ShouldBe(2);
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("bob")]
    public async Task The_end_that_lost_its_address_says_so_at_once(string whose)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var network = new LosableNetwork();
        FerryOptions Of(string user, FerryOptions options) => user == whose ? options with { Network = network } : options;
        var alice = await harbour.ConnectAsync("alice", options => Of("alice", options));
        var bob = await harbour.ConnectAsync("bob", options => Of("bob", options));
        var sending = alice.SendAsync(new GatedStream(Middle, Middle), bob.Jid, ByJabberFs with { Name = "f", Length = 2 * Middle });
        var receiving = harbour.ReceiveAsync(bob);
        var partial = new FileInfo(Path.Combine(harbour.Inbox, ".f.ferry-part"));
        await Eventually.HoldsAsync(() => Length(partial) == Middle, "the first bytes are there");
        network.Lose();
        var (sent, received) = (await sending.WaitAsync(Harbour.Patience), await receiving);
        var (lost, other) = whose == "alice" ? (sent, received) : (received, sent);
        (lost.Failure!.Reason, lost.Failure.Side).ShouldBe((FailureReason.StreamLost, Side.Network));
        lost.Failure.Message.ShouldContain("no longer has the address");
        // Whichever comes first, the reset or the word.
        other.Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task Bytes_that_flow_need_no_session()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { LongestWait = TimeSpan.FromSeconds(3) });
        var bob = await harbour.ConnectAsync("bob");
        var source = new GatedStream(Middle, Middle);
        var sending = alice.SendAsync(source, bob.Jid, ByJabberFs with { Name = "f", Length = 2 * Middle });
        var receiving = harbour.ReceiveAsync(bob);
        var partial = new FileInfo(Path.Combine(harbour.Inbox, ".f.ferry-part"));
        await Eventually.HoldsAsync(() => Length(partial) == Middle, "the first bytes are there");
        await harbour.RestartServerAsync();
        source.Open();
        var (sent, received) = (await sending.WaitAsync(Harbour.Patience), await receiving);
        (sent.Failure, received.Failure).ShouldBe((null, null));
        sent.Bytes.ShouldBe(2 * Middle);
        harbour.Received.ShouldBe(["f"]);
    }

    [Fact]
    public async Task What_was_not_agreed_on_is_lost_with_the_session()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 1000), bob.Jid, ByJabberFs);
        var offer = await Harbour.NextOfferAsync(bob);
        await harbour.RestartServerAsync();
        var sent = await sending.WaitAsync(Harbour.Patience);
        // A server that ends takes leave of one after the other: alice may be told first that bob is gone.
        (sent.Failure!.Reason, sent.Failure.Side).ShouldBeOneOf([(FailureReason.StreamLost, Side.Server), (FailureReason.Absent, Side.Peer)], sent.Failure.Message);
        await Eventually.HoldsAsync(() => offer.Withdrawn.IsCancellationRequested, "the question is withdrawn");
    }

    private static void ShouldHaveBroken(Outcome broken, FaultKind kind) => broken.ShouldSatisfyAllConditions(
        outcome => outcome.Failure!.Reason.ShouldBe(kind == FaultKind.Stall ? FailureReason.Stalled : FailureReason.CancelledByPeer),
        outcome => outcome.Failure!.Resumable.ShouldBeTrue(),
        outcome => outcome.Bytes.ShouldBeInRange(1, Middle));

    private static FerryOptions Journalled(Harbour harbour, FerryOptions options) =>
        options with { StateDirectory = Path.Combine(harbour.Folder, "state"), IdleTimeout = TimeSpan.FromSeconds(2) };

    private static long Length(FileInfo file)
    {
        file.Refresh();
        return file.Exists ? file.Length : 0;
    }

    /// <summary>The only way to one client's port.</summary>
    private sealed class Road(int port) : IAsyncDisposable
    {
        public FaultProxy Proxy { get; } = FaultProxy.Before(new IPEndPoint(IPAddress.Loopback, port));

        public FerryOptions Before(FerryOptions options) => options with
        {
            ListenPorts = [(port, port)], Advertise = [Proxy.EndPoint.ToString()], OfferOnlyAdvertised = true, Offers = [OfferNames.JabberFs], IdleTimeout = TimeSpan.FromSeconds(2),
        };

        public ValueTask DisposeAsync() => Proxy.DisposeAsync();
    }
}
