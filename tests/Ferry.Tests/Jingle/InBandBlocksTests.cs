using Ferry.Methods.InBand;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Peers;
using Ferry.Protocol.Xml;

namespace Ferry.Tests.Jingle;

/// <summary>How large the blocks are that two ends agree on under Jingle: nobody gets larger ones than it asked for, whoever opens and whoever sends.</summary>
public sealed class InBandBlocksTests
{
    private const string Slixmpp = "http://slixmpp.com/ver/1.8.3";
    private const string TooLarge = "<error type='modify'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

    [Theory]
    [InlineData("http://nobody.example/", 4096)]
    [InlineData(Slixmpp, 8192)]
    [InlineData(KnownPeers.FerryNode, 32_767)]
    public async Task Offered_as_large_as_the_peer_is_known_to_take_and_the_schema_allows(string node, int size)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Presence(alice.Jid, node));
        var sending = alice.SendAsync(harbour.File("f", 100_000), eve.Jid, new SendOptions { Methods = ["ibb"] });

        var sid = await AcceptAsync(eve, alice.Jid, size, size);

        (await eve.NextAsync("open")).Attribute("block-size").ShouldBe(size.ToString());
        await EndAsync(eve, alice.Jid, sid, sending);
    }

    [Theory]
    [InlineData(1000, false, 1000)]
    [InlineData(65_535, false, 8192)] // an answer lowers, and never raises
    [InlineData(65_535, true, 4096)]
    [InlineData(1000, true, 500)]
    public async Task A_peer_that_insists_on_less_is_obeyed(int answered, bool opensSmaller, int size)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        if (opensSmaller) eve.RefusesOnce["open"] = TooLarge;
        await eve.SendAsync(JingleScripts.Presence(alice.Jid, Slixmpp));
        var sending = alice.SendAsync(harbour.File("f", 100_000), eve.Jid, new SendOptions { Methods = ["ibb"] });

        var sid = await AcceptAsync(eve, alice.Jid, 8192, answered);

        await EndAsync(eve, alice.Jid, sid, sending);
        (eve.LargestBlock, eve.Blocks.Length).ShouldBe((size, 100_000));
    }

    [Theory]
    [InlineData(2048, 2048)]
    [InlineData(65_535, 8192)]
    public async Task Answered_never_larger_than_offered_or_than_the_path_takes(int offered, int answered)
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Presence(bob.Jid, Slixmpp));
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", 10, JingleScripts.InBand(blockSize: offered)));
        var receiving = harbour.ReceiveAsync(bob);

        var transport = TransportOf(await eve.NextAsync("session-accept"));

        transport.BlockSize.ShouldBe(answered);
        await eve.SendAsync(Transfers.Scripts.Open(bob.Jid, "ibb1", blockSize: answered));
        (await eve.AnswerAsync("open")).Attribute("type").ShouldBe("result");
        await eve.SendAsync(Transfers.Scripts.Data(bob.Jid, "ibb1", 0, 10));
        (await receiving).Failure.ShouldBeNull();
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(65_535, 8192)]
    public async Task After_a_connection_that_failed_the_replacement_is_as_large_and_its_answer_is_obeyed(int answered, int size)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Presence(alice.Jid, Slixmpp));
        var sending = alice.SendAsync(harbour.File("f", 100_000), eve.Jid);
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, name) = (initiate.Attribute("sid")!, initiate.FirstChild!.Attribute("name")!);
        var stream = initiate.FirstChild!.Child(JingleScripts.S5b, "transport")!.Attribute("sid")!;
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "session-accept", sid, JingleScripts.Content(JingleScripts.File("f", 100_000) + JingleScripts.Socks5(sid: stream), name)));
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "transport-info", sid, JingleScripts.Content(JingleScripts.Socks5("<candidate-error/>", stream), name, "")));

        var proposed = TransportOf(await eve.NextAsync("transport-replace"));
        proposed.BlockSize.ShouldBe(8192);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "transport-accept", sid, JingleScripts.Content(JingleScripts.InBand(proposed.Sid, answered), name, "")));

        await EndAsync(eve, alice.Jid, sid, sending);
        (eve.LargestBlock, eve.Blocks.Length).ShouldBe((size, 100_000));
    }

    // Accepts what is offered in-band with blocks of that size; the session's id.
    private static async Task<string> AcceptAsync(JinglePeer eve, Jid from, int offered, int answered)
    {
        var initiate = await eve.NextAsync("session-initiate");
        var transport = TransportOf(initiate);
        transport.BlockSize.ShouldBe(offered);
        var content = initiate.FirstChild!;
        var inside = content.Child(JingleScripts.FileNs, "description") + JingleScripts.InBand(transport.Sid, answered);
        await eve.SendAsync(JingleScripts.Request(
            from, "session-accept", initiate.Attribute("sid")!, JingleScripts.Content(inside, content.Attribute("name")!), "accept"));
        return initiate.Attribute("sid")!;
    }

    private static async Task EndAsync(JinglePeer eve, Jid from, string sid, Task<Outcome> sending)
    {
        await eve.NextAsync("session-info"); // the checksum: everything is out
        await eve.SendAsync(JingleScripts.Request(from, "session-terminate", sid, JingleScripts.Reason("success")));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    private static InBandTransport TransportOf(Element jingle)
    {
        InBandTransport.TryParse(jingle.FirstChild!.Child(JingleScripts.Ibb, "transport")!, out var transport).ShouldBeTrue();
        return transport!;
    }
}
