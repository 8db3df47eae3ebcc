using System.Security.Cryptography;
using Ferry.Protocol.Hashes;

namespace Ferry.Tests.Jingle;

/// <summary>Ferry in the place of the receiver of exchanges that other clients had with each other, or have from a description.</summary>
public sealed class JingleReceivingReplayTests
{
    [Theory]
    [InlineData("gajim-jingle-ibb", "ibb", null)]
    [InlineData("gajim-jingle-s5b-direct", "s5b-direct", null)]
    [InlineData("gajim-jingle-s5b-direct-both-reachable", "s5b-direct", null)]
    [InlineData("gajim-jingle-s5b-direct-checksum", "s5b-direct", null)]
    [InlineData("gajim-jingle-s5b-proxy", "s5b-proxy", null)]
    [InlineData("libervia-jingle-ibb", "ibb", "sha-256")]
    [InlineData("libervia-jingle-ibb-fallback", "ibb", "sha-256")]
    [InlineData("libervia-jingle-s5b-direct", "s5b-direct", "sha-256")]
    [InlineData("libervia-jingle-s5b-proxy", "ibb", "sha-256")] // by its own proxy it always fails, and falls back
    [InlineData("conversations-s5b-direct", "s5b-direct", "sha-256")]
    [InlineData("conversations-s5b-proxy", "s5b-proxy", "sha-256")]
    [InlineData("conversations-ibb-fallback", "ibb", "sha-256")]
    [InlineData("dino-s5b-direct", "s5b-direct", null)]
    [InlineData("dino-ibb-fallback", "ibb", null)]
    [InlineData("psi-s5b-direct", "s5b-direct", "sha-256")]
    [InlineData("psi-ibb", "ibb", "sha-256")]
    public async Task A_file_arrives(string name, string method, string? verifiedBy)
    {
        await using var harbour = await Harbour.OpenAsync("bob", "peer");
        var ferry = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: false);
        var receiving = harbour.ReceiveAsync(ferry);
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var received = await receiving;
        received.Failure.ShouldBeNull();
        (received.Method, received.VerifiedBy).ShouldBe((method, verifiedBy));
        (await File.ReadAllBytesAsync(received.Path!)).AsSpan().SequenceEqual(replay.Content).ShouldBeTrue();
    }

    [Theory]
    [InlineData("gajim-jingle-s5b-direct-reject")]
    [InlineData("libervia-jingle-s5b-direct-reject")]
    [InlineData("conversations-decline")]
    public async Task Ferry_declines(string name)
    {
        await using var harbour = await Harbour.OpenAsync("bob", "peer");
        var ferry = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: false);
        var playing = replay.PlayAsync();
        var declined = await (await Harbour.NextOfferAsync(ferry)).DeclineAsync().WaitAsync(Harbour.Patience);
        await playing.WaitAsync(Harbour.Patience); // it hears of it
        (declined.Failure!.Reason, declined.Failure.Side).ShouldBe((FailureReason.Refused, Side.Here));
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("gajim-jingle-ibb-stock")] // acknowledged at once, and then nothing more: here a Ferry answers
    [InlineData("gajim-jingle-ibb-fallback")] // proposes in-band with the id None and never opens it
    public async Task A_sender_that_stops_in_the_middle_has_an_end(string name)
    {
        await using var harbour = await Harbour.OpenAsync("bob", "peer");
        var ferry = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { LongestWait = TimeSpan.FromSeconds(3) });
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: false);
        var receiving = harbour.ReceiveAsync(ferry);
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var received = await receiving;
        received.Failure!.Reason.ShouldBe(FailureReason.NoMethod);
        received.Failure.Message.ShouldStartWith("the peer did not open the in-band stream");
        (await peer.NextAsync("session-terminate")).ToString().ShouldContain("connectivity-error");
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("dino-0.4-no-fallback")]
    public async Task A_sender_with_nothing_behind_socks5_ends_it(string name)
    {
        await using var harbour = await Harbour.OpenAsync("bob", "peer");
        var ferry = await harbour.ConnectAsync("bob", JingleLoopbackTests.Unreachable);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: false);
        var receiving = harbour.ReceiveAsync(ferry);
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var received = await receiving;
        (received.Failure!.Reason, received.Failure.Side).ShouldBe((FailureReason.NoMethod, Side.Peer));
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("psi-request")]
    public async Task Got_by_its_hash(string name)
    {
        await using var harbour = await Harbour.OpenAsync("bob", "peer");
        var ferry = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer")) { Client = "Psi" };
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: false);
        var hash = FileHash.Of(HashFunction.Sha256, SHA256.HashData(replay.Content));
        var getting = ferry.GetAsync(peer.Jid, hash, harbour.Inbox, new GetOptions { Methods = ["s5b-direct"] });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var got = await getting.WaitAsync(Harbour.Patience);
        (got.Failure, got.Method, got.VerifiedBy).ShouldBe((null, "s5b-direct", "sha-256"));
        harbour.Received.ShouldBe(["r20k.bin"]);
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(replay.Content);
    }
}
