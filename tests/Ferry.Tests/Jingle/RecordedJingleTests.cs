namespace Ferry.Tests.Jingle;

/// <summary>Ferry in the place of each end of the sessions that Gajim had with Gajim and Libervia with Libervia.</summary>
public sealed class RecordedJingleTests
{
    [Theory]
    [InlineData("gajim-jingle-ibb", "ibb", null)]
    [InlineData("gajim-jingle-s5b-direct", "s5b-direct", null)]
    [InlineData("gajim-jingle-s5b-direct-checksum", "s5b-direct", null)]
    [InlineData("libervia-jingle-ibb", "ibb", "sha-256")]
    [InlineData("libervia-jingle-ibb-fallback", "ibb", "sha-256")]
    [InlineData("libervia-jingle-s5b-direct", "s5b-direct", "sha-256")]
    public async Task Received_by_Ferry(string name, string method, string? verifiedBy)
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
    [InlineData("gajim-jingle-ibb", "ibb", false)]
    [InlineData("gajim-jingle-s5b-direct", "s5b-direct", false)]
    [InlineData("libervia-jingle-ibb", "ibb", false)]
    [InlineData("libervia-jingle-ibb-fallback", "ibb", true)]
    [InlineData("libervia-jingle-s5b-direct", "s5b-direct", false)]
    public async Task Sent_by_Ferry(string name, string method, bool unreachable)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var ferry = await harbour.ConnectAsync("alice", unreachable ? JingleLoopbackTests.Unreachable : JingleLoopbackTests.ByJingle);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        using var content = new MemoryStream(replay.Content);
        var sending = ferry.SendAsync(content, peer.Jid, new SendOptions { Name = "r20k.bin", Methods = unreachable ? ["s5b-direct", "ibb"] : [method] });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (sent.Method, sent.Verified).ShouldBe((method, false));
        replay.Arrived.AsSpan().SequenceEqual(replay.Content).ShouldBeTrue();
    }

    [Theory]
    [InlineData("gajim-jingle-s5b-direct-reject")]
    [InlineData("libervia-jingle-s5b-direct-reject")]
    public async Task Declined_to_Ferry(string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var ferry = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        var sending = ferry.SendAsync(harbour.File("f", 10), peer.Jid);
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure!.Reason, sent.Failure.Side).ShouldBe((FailureReason.Refused, Side.Peer));
    }
}
