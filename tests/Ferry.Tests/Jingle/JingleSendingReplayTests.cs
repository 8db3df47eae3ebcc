using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Requests;

namespace Ferry.Tests.Jingle;

/// <summary>Ferry in the place of the sender of exchanges that other clients had with each other, or have from a description.</summary>
public sealed class JingleSendingReplayTests
{
    [Theory]
    [InlineData("gajim-jingle-ibb", "ibb")]
    [InlineData("gajim-jingle-s5b-direct", "s5b-direct")]
    [InlineData("gajim-jingle-s5b-direct-both-reachable", "s5b-direct")]
    [InlineData("gajim-jingle-s5b-direct-checksum", "s5b-direct")]
    [InlineData("gajim-jingle-s5b-proxy", "s5b-proxy")]
    [InlineData("libervia-jingle-ibb", "ibb")]
    [InlineData("libervia-jingle-ibb-fallback", "ibb", "s5b-direct,ibb")]
    [InlineData("libervia-jingle-s5b-direct", "s5b-direct")]
    [InlineData("libervia-jingle-s5b-proxy", "ibb", "s5b-proxy,ibb")] // the stream cannot be activated
    [InlineData("conversations-s5b-direct", "s5b-direct")]
    [InlineData("conversations-s5b-proxy", "s5b-proxy")]
    [InlineData("conversations-ibb-fallback", "ibb", "s5b-direct,ibb")]
    [InlineData("dino-s5b-direct", "s5b-direct")]
    [InlineData("dino-ibb-fallback-receiver", "ibb", "s5b-direct,ibb")]
    [InlineData("psi-s5b-direct", "s5b-direct")]
    [InlineData("psi-ibb", "ibb")]
    [InlineData("psi-range", "s5b-direct")]
    public async Task A_file_arrives(string name, string method, string? via = null)
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: name.Contains("proxy", StringComparison.Ordinal), "alice", "peer");
        // Dino's receiver says nothing at the end, and is waited for.
        var wait = name.StartsWith("dino", StringComparison.Ordinal) ? TimeSpan.FromSeconds(3) : (TimeSpan?)null;
        var ferry = await harbour.ConnectAsync(
            "alice", options => (via == "s5b-direct,ibb" ? JingleLoopbackTests.Unreachable(options) : JingleLoopbackTests.ByJingle(options)) with { LongestWait = wait });
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        var sending = ferry.SendAsync(harbour.File("r20k.bin", replay.Content.Length), peer.Jid, new SendOptions { Methods = (via ?? method).Split(',') });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (sent.Method, sent.Verified).ShouldBe((method, false));
        replay.Arrived.AsSpan().SequenceEqual(replay.Content.AsSpan(replay.Offset)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("gajim-jingle-s5b-direct-reject")]
    [InlineData("libervia-jingle-s5b-direct-reject")]
    [InlineData("conversations-decline")]
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

    [Theory]
    [InlineData("gajim-jingle-ibb-stock")]
    public async Task A_receiver_that_acknowledges_and_says_nothing_is_a_timeout(string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var ferry = await harbour.ConnectAsync("alice", options => JingleLoopbackTests.ByJingle(options) with { AnswerTimeout = TimeSpan.FromSeconds(1) });
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        var sending = ferry.SendAsync(harbour.File("f", 10), peer.Jid, new SendOptions { Methods = ["ibb"] });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure!.Reason, sent.Failure.Phase, sent.Failure.Side).ShouldBe((FailureReason.Timeout, Phase.Offering, Side.Peer));
        (await peer.NextAsync("session-terminate")).ToString().ShouldContain("timeout");
    }

    [Theory]
    [InlineData("gajim-jingle-ibb-fallback")]
    public async Task What_a_recorded_sender_never_opened_a_Ferry_opens(string name)
    {
        // The record ends behind the receiver's transport-accept; blocks are acknowledged, and nothing more is said.
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var ferry = await harbour.ConnectAsync("alice", options => JingleLoopbackTests.Unreachable(options) with { LongestWait = TimeSpan.FromSeconds(3) });
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        using var content = new MemoryStream(replay.Content);
        var sending = ferry.SendAsync(content, peer.Jid, new SendOptions { Name = "r20k.bin", Methods = ["s5b-direct", "ibb"] });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        await replay.TakeAllAsync();
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, sent.Method, sent.Verified).ShouldBe((null, "ibb", false));
        replay.Arrived.AsSpan().SequenceEqual(replay.Content).ShouldBeTrue();
    }

    [Theory]
    [InlineData("dino-0.4-no-fallback-receiver")]
    public async Task A_receiver_with_nothing_behind_socks5_ends_it(string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var ferry = await harbour.ConnectAsync("alice", JingleLoopbackTests.Unreachable);
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        var sending = ferry.SendAsync(harbour.File("r20k.bin", replay.Content.Length), peer.Jid, new SendOptions { Methods = ["s5b-direct", "ibb"] });
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure!.Reason, sent.Failure.Side).ShouldBe((FailureReason.NoMethod, Side.Peer));
    }

    [Theory]
    [InlineData("psi-request")]
    public async Task Served_by_its_hash(string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var shelf = new HashShelf(harbour.File("r20k.bin", 20_000));
        var ferry = await harbour.ConnectAsync("alice", options => JingleLoopbackTests.ByJingle(options) with { Requests = shelf });
        await using var peer = new JinglePeer(await harbour.JoinAsync("peer"));
        await using var replay = new JingleReplay(name, peer, ferry, ferrySends: true);
        await replay.PlayAsync().WaitAsync(Harbour.Patience);
        replay.Arrived.AsSpan().SequenceEqual(replay.Content).ShouldBeTrue();
        var served = await shelf.Ended.WaitAsync(Harbour.Patience);
        (served.Failure, served.Offer, served.Method).ShouldBe((null, "jingle", "s5b-direct"));
    }

    /// <summary>One file, known by its hash alone.</summary>
    private sealed class HashShelf(string path) : IFileRequests
    {
        private readonly TaskCompletionSource<Outcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Outcome> Ended => _ended.Task;

        public bool MayAsk(Jid asker) => true;

        public async Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, cancellationToken)));
            return request.Path is null && request.Hashes.Contains(FileHash.Sha256(sha256))
                ? new RequestedFile(SourceFile.Open(path).Value!, "shelf/" + Path.GetFileName(path), sha256) { Ended = outcome => _ended.TrySetResult(outcome) }
                : null;
        }
    }
}
