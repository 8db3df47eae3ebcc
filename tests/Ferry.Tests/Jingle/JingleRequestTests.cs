using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Requests;
using Ferry.Testing;

namespace Ferry.Tests.Jingle;

/// <summary>Files that are asked for by Jingle.</summary>
public sealed class JingleRequestTests
{
    [Theory]
    [InlineData("s5b-direct")]
    [InlineData("ibb")]
    public async Task A_shared_file_comes_to_who_asks_and_both_know_that_it_is_right(string method)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var path = harbour.File("film.mkv", 200_000);
        await using var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Shelf(path) });
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        var got = await alice.GetAsync(bob.Jid, "film.mkv", harbour.Inbox, new GetOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.Offer, got.Method, got.VerifiedBy).ShouldBe(("jingle", method, "sha-256"));
        got.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path))));
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_forbidden_are_answered_alike()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob", "carol");
        var path = harbour.File("film.mkv", 10);
        var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Shelf(path) { Only = Harbour.Address("alice") } });
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        var carol = await harbour.ConnectAsync("carol", JingleLoopbackTests.ByJingle);
        var unknown = await alice.GetAsync(bob.Jid, "other.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        var forbidden = await carol.GetAsync(bob.Jid, "film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        (unknown.Failure!.Reason, unknown.Failure.Message).ShouldBe((forbidden.Failure!.Reason, forbidden.Failure.Message));
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(32_000, 8192)]
    [InlineData(2000, 2000)]
    public async Task Blocks_for_who_asked_are_as_large_as_was_agreed_or_as_it_opens(int opened, int size)
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var path = harbour.File("film.mkv", 100_000);
        var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Shelf(path) });
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Presence(bob.Jid, "http://slixmpp.com/ver/1.8.3"));
        var content = JingleScripts.Content(JingleScripts.File("film.mkv", null) + JingleScripts.InBand("ibb1", 65_535), attributes: "senders='responder'");
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", "s1", content));

        (await eve.NextAsync("session-accept")).ToString().ShouldContain("block-size='8192'");
        await eve.SendAsync(Transfers.Scripts.Open(bob.Jid, "ibb1", opened));

        await Eventually.HoldsAsync(() => eve.Blocks.Length == 100_000, "every block comes"); // the checksum may overtake the last ones
        eve.LargestBlock.ShouldBe(size);
    }

    [Fact]
    public async Task Who_asks_opens_again_with_smaller_blocks_where_the_sender_wants_them()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Presence(alice.Jid, Ferry.Protocol.Peers.KnownPeers.FerryNode));
        eve.RefusesOnce["open"] = "<error type='modify'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        var getting = alice.GetAsync(eve.Jid, "f", harbour.Inbox, new GetOptions { Methods = ["ibb"] });
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, content) = (initiate.Attribute("sid")!, initiate.FirstChild!);
        var stream = content.Child(JingleScripts.Ibb, "transport")!.Attribute("sid")!;
        var inside = JingleScripts.File("f", 10) + JingleScripts.InBand(stream);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "session-accept", sid, JingleScripts.Content(inside, content.Attribute("name")!, "senders='responder'")));

        (await eve.NextAsync("open")).Attribute("block-size").ShouldBe("4096");
        (await eve.NextAsync("open")).Attribute("block-size").ShouldBe("2048");

        await eve.SendAsync(Transfers.Scripts.Data(alice.Jid, stream, 0, 10));
        (await getting.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    private sealed class Shelf(string path) : IFileRequests
    {
        public Jid? Only { get; init; }

        public bool MayAsk(Jid asker) => true;

        public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
        {
            var right = request.Path == Path.GetFileName(path) && (Only is null || request.Asker.Bare == Only);
            return Task.FromResult(right ? new RequestedFile(SourceFile.Open(path).Value!, "shelf/" + request.Path, null) : null);
        }
    }
}
