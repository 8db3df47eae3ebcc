using System.Security.Cryptography;
using Ferry.Testing;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Jingle;

/// <summary>Two clients and the embedded server: what arrives by Jingle, and how each side's transfer ends.</summary>
public sealed class JingleLoopbackTests
{
    private const string Socks5 = "s5b-direct";
    private const string Proxy = "s5b-proxy";
    private const string InBand = "ibb";
    private const string Difficult = "ünïcødé & <\"quotes'>; 100% 漢字 \u0301.tar.gz";

    [Theory]
    [InlineData(Socks5, 0, "empty")]
    [InlineData(Socks5, 1, "one")]
    [InlineData(Socks5, 3_000_000, "film.mkv")]
    [InlineData(Socks5, 70_000, Difficult)]
    [InlineData(Proxy, 0, "empty")]
    [InlineData(Proxy, 3_000_000, "film.mkv")]
    [InlineData(InBand, 0, "empty")]
    [InlineData(InBand, 1, "one")]
    [InlineData(InBand, 3_000_000, "film.mkv")]
    [InlineData(InBand, 70_000, Difficult)]
    public async Task A_file_arrives_whole_and_both_know_it(string method, int size, string name)
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: method == Proxy, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        var path = harbour.File(name, size);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        var received = await receiving;
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        (sent.Method, received.Method).ShouldBe((method, method));
        (sent.Offer, received.Offer).ShouldBe(("jingle", "jingle"));
        (sent.Bytes, received.Bytes).ShouldBe((size, size));
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        received.Name.ShouldBe(name);
        harbour.Received.ShouldBe([received.Name]);
    }

    [Fact]
    public async Task Where_no_connection_can_be_made_both_go_over_to_in_band()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", Unreachable);
        var bob = await harbour.ConnectAsync("bob", Unreachable);
        var path = harbour.File("f", 100_000);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid).WaitAsync(Harbour.Patience);
        var received = await receiving;
        (sent.Method, sent.VerifiedBy).ShouldBe((InBand, "sha-256"));
        (received.Method, received.VerifiedBy).ShouldBe((InBand, "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task A_receiver_that_allows_only_in_band_gets_it_in_band()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        var receiving = harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = [InBand] });
        var sent = await alice.SendAsync(harbour.File("f", 10_000), bob.Jid).WaitAsync(Harbour.Patience);
        (sent.Failure, sent.Method, (await receiving).Method).ShouldBe((null, InBand, InBand));
    }

    [Fact]
    public async Task With_no_method_left_both_are_told_so()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", Unreachable);
        var bob = await harbour.ConnectAsync("bob", Unreachable);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(harbour.File("f", 10), bob.Jid, new SendOptions { Methods = [Socks5] }).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBe(FailureReason.NoMethod, sent.Failure.Message);
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.NoMethod);
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Declined_is_refused()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        var sending = alice.SendAsync(harbour.File("f", 10), bob.Jid);
        var offer = await Harbour.NextOfferAsync(bob);
        var declined = await offer.DeclineAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (declined.Failure!.Reason, declined.Failure.Side).ShouldBe((FailureReason.Refused, Side.Here));
        (sent.Failure!.Reason, sent.Failure.Side, sent.Failure.Phase).ShouldBe((FailureReason.Refused, Side.Peer, Phase.Offering));
    }

    [Theory]
    [InlineData(Socks5, true)]
    [InlineData(InBand, true)]
    [InlineData(Socks5, false)]
    [InlineData(InBand, false)]
    public async Task Cancelled_midway_ends_both_sides_and_keeps_the_part(string method, bool bySender)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        using var cancel = new CancellationTokenSource();
        var source = new GatedStream(100_000, 50_000_000) { Trickles = !bySender };
        var sending = alice.SendAsync(
            source, bob.Jid, new SendOptions { Name = "f", Length = 50_100_000, Methods = [method] }, bySender ? cancel.Token : default);
        var receiving = harbour.ReceiveAsync(bob, null, bySender ? default : cancel.Token);
        await Eventually.HoldsAsync(() => new FileInfo(Path.Combine(harbour.Inbox, ".f.ferry-part")) is { Exists: true, Length: > 0 }, "bytes arrive");
        await cancel.CancelAsync();
        var sent = await sending.WaitAsync(Harbour.Patience);
        var received = await receiving;
        sent.Failure!.Reason.ShouldBe(bySender ? FailureReason.Cancelled : FailureReason.CancelledByPeer, sent.Failure.Message);
        received.Failure!.Reason.ShouldBe(bySender ? FailureReason.CancelledByPeer : FailureReason.Cancelled, received.Failure.Message);
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Fact]
    public async Task Cancelled_while_it_is_offered_withdraws_the_offer()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        using var cancel = new CancellationTokenSource();
        var sending = alice.SendAsync(harbour.File("f", 10), bob.Jid, null, cancel.Token);
        var offer = await Harbour.NextOfferAsync(bob);
        await cancel.CancelAsync();
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Cancelled);
        await Eventually.HoldsAsync(() => offer.Withdrawn.IsCancellationRequested, "withdrawn");
        (await offer.AcceptAsync(harbour.Inbox).WaitAsync(Harbour.Patience)).Failure.ShouldNotBeNull();
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_offers_that_cross_are_two_files()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        Task<Outcome>[] all =
        [
            alice.SendAsync(harbour.File("one", 1000), bob.Jid), bob.SendAsync(harbour.File("two", 2000), alice.Jid),
            harbour.ReceiveAsync(alice), harbour.ReceiveAsync(bob),
        ];
        foreach (var outcome in await Task.WhenAll(all).WaitAsync(Harbour.Patience)) outcome.Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task Jingle_is_preferred_and_stream_initiation_is_for_those_without()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob", "carol");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = [] });
        var bob = await harbour.ConnectAsync("bob", options => options with { Offers = [] });
        var carol = await harbour.ConnectAsync("carol", options => options with { Offers = ["si"] });
        foreach (var (peer, offer) in new[] { (bob, "jingle"), (carol, "si") })
        {
            var receiving = harbour.ReceiveAsync(peer);
            var sent = await alice.SendAsync(harbour.File("f" + offer, 10), peer.Jid).WaitAsync(Harbour.Patience);
            (sent.Failure, sent.Offer, (await receiving).Offer).ShouldBe((null, offer, offer));
        }
    }

    internal static FerryOptions ByJingle(FerryOptions options) => options with { Offers = ["jingle"] };

    // Port 1 refuses, and the policy refuses it, too.
    internal static FerryOptions Unreachable(FerryOptions options) => ByJingle(options) with { Advertise = ["127.0.0.1:1"], OfferOnlyAdvertised = true };
}
