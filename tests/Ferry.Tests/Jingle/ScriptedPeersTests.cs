using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Testing;
using Ferry.Tests.Replays;

namespace Ferry.Tests.Jingle;

/// <summary>Ferry against ends that are played word by word: honest ones with the habits of other clients, and others.</summary>
public sealed class ScriptedPeersTests
{
    private const string Errors = "urn:ietf:params:xml:ns:xmpp-stanzas";

    [Fact]
    public async Task A_sender_whose_checksum_is_wrong_is_a_mismatch_and_leaves_nothing()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var receiving = await BeginInBandAsync(eve, harbour, bob, 10, "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>");
        await eve.SendAsync(Transfers.Scripts.Data(bob.Jid, "ibb1", 0, 10));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-info", "s1", Checksum(new byte[11])));
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.Mismatch);
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("media-error");
        harbour.Received.ShouldBeEmpty();
        eve.Heard.ShouldNotContain("session-info"); // no received
    }

    [Fact]
    public async Task A_sender_whose_checksum_is_right_hears_of_it()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var receiving = await BeginInBandAsync(eve, harbour, bob, 10, "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>");
        await eve.SendAsync(Transfers.Scripts.Data(bob.Jid, "ibb1", 0, 10));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-info", "s1", Checksum(new byte[10])));
        (await receiving).VerifiedBy.ShouldBe("sha-256");
        (await eve.NextAsync("session-info")).ToString().ShouldContain("received");
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("success");
    }

    [Fact]
    public async Task A_checksum_that_never_comes_leaves_the_file_unverified_in_bounded_time()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", options => JingleLoopbackTests.ByJingle(options) with { LongestWait = TimeSpan.FromSeconds(1) });
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var receiving = await BeginInBandAsync(eve, harbour, bob, 10, "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>");
        await eve.SendAsync(Transfers.Scripts.Data(bob.Jid, "ibb1", 0, 10));
        var received = await receiving;
        (received.Failure, received.Verified).ShouldBe((null, false));
    }

    [Fact]
    public async Task A_receiver_that_finds_the_hash_wrong_is_a_mismatch_at_the_sender_too()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var sending = alice.SendAsync(harbour.File("f", 10), eve.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await AcceptInBandAsync(eve, alice.Jid);
        await eve.NextAsync("session-info");
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("media-error")));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Mismatch);
    }

    [Fact]
    public async Task Received_by_a_client_that_does_not_compare_verifies_nothing()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var path = harbour.File("f", 5000);
        var sending = alice.SendAsync(path, eve.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await AcceptInBandAsync(eve, alice.Jid);
        await eve.NextAsync("session-info");
        // As Conversations says it: without a creator. From a description.
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-info", sid, $"<received xmlns='{JingleScripts.FileNs}' name='file'/>"));
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, sent.Verified).ShouldBe((null, false));
        eve.Blocks.ToArray().ShouldBe(await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Several_contents_are_several_offers_in_one_session()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        string Part(int i) => JingleScripts.Content(JingleScripts.File($"f{i}", 10 * i) + JingleScripts.InBand($"ibb{i}"), $"c{i}");
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", "s1", Part(1) + Part(2) + Part(3)));
        var (one, two, three) = (await Harbour.NextOfferAsync(bob), await Harbour.NextOfferAsync(bob), await Harbour.NextOfferAsync(bob));
        var first = one.AcceptAsync(harbour.Inbox);
        var declined = two.DeclineAsync();
        var last = three.AcceptAsync(harbour.Inbox);
        var accept = await eve.NextAsync("session-accept");
        accept.Children.Where(child => child.Name == "content").Select(child => child.Attribute("name")).ShouldBe(["c1", "c3"]);
        foreach (var i in new[] { 3, 1 })
        {
            await eve.SendAsync(Transfers.Scripts.Open(bob.Jid, $"ibb{i}", id: $"open{i}"));
            await eve.AnswerAsync($"open{i}");
            await eve.SendAsync($"<iq type='set' id='data{i}' to='{bob.Jid}'><data xmlns='http://jabber.org/protocol/ibb' sid='ibb{i}' seq='0'>{Convert.ToBase64String(new byte[10 * i])}</data></iq>");
        }

        (await first.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        (await last.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        (await declined.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("success");
        harbour.Received.ShouldBe(["f1", "f3"]);
    }

    [Fact]
    public async Task A_client_that_acknowledges_and_says_nothing_gets_the_file_by_stream_initiation()
    {
        // Gajim 1.7.3 as it is shipped.
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = ["jingle", "si"], AnswerTimeout = TimeSpan.FromSeconds(1) });
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve")) { MoreFeatures = ["http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer"] };
        var sending = alice.SendAsync(harbour.File("f", 10), eve.Jid);
        await eve.NextAsync("session-initiate");
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("timeout");
        await eve.NextAsync("si");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBeOneOf(FailureReason.Timeout, FailureReason.Protocol);
    }

    [Fact]
    public async Task A_client_that_acknowledges_and_says_nothing_has_a_name_for_it()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", options => JingleLoopbackTests.ByJingle(options) with { AnswerTimeout = TimeSpan.FromSeconds(1) });
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var sent = await alice.SendAsync(harbour.File("f", 10), eve.Jid).WaitAsync(Harbour.Patience);
        (sent.Failure!.Reason, sent.Failure.Phase, sent.Failure.Message).ShouldBe((FailureReason.Timeout, Phase.Offering, "the peer acknowledged the offer and then did not answer it"));
    }

    [Theory]
    [InlineData("decline", FailureReason.Refused)]
    [InlineData("cancel", FailureReason.Refused)] // Gajim
    [InlineData("unsupported-applications", FailureReason.NotSupported)]
    [InlineData("busy", FailureReason.Refused)]
    public async Task Endings_before_the_acceptance(string condition, FailureReason reason)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var sending = alice.SendAsync(harbour.File("f", 10), eve.Jid);
        var sid = (await eve.NextAsync("session-initiate")).Attribute("sid")!;
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason(condition)));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:4'><file><name>f</name></file></description><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='x'/>", "unsupported-applications")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='x'/>", "unsupported-applications")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>f</name><size>1</size></file></description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'/>", "unsupported-transports")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>f</name><size>1</size></file></description><transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='x' mode='udp'/>", "unsupported-transports")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>f</name><size>-1</size></file></description><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='x'/>", "failed-application")]
    [InlineData("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>f</name><size>1</size></file></description><transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='x'/><security xmlns='urn:xmpp:jingle:jet:0' name='c'/>", "security-error")]
    public async Task What_is_no_file_for_us_is_refused_by_its_name_and_shown_to_nobody(string content, string reason)
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", "s1", JingleScripts.Content(content)));
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain(reason);
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s2", "good", 1));
        (await Harbour.NextOfferAsync(bob)).Name.ShouldBe("good");
    }

    [Fact]
    public async Task Requests_for_sessions_that_are_not_there_are_refused_by_their_name()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        foreach (var action in new[] { "session-accept", "session-info", "session-terminate", "transport-info", "content-add" })
        {
            await eve.SendAsync(JingleScripts.Request(bob.Jid, action, "none", JingleScripts.Content(JingleScripts.InBand()), action));
            (await eve.AnswerAsync(action)).ToString().ShouldContain("unknown-session");
        }

        await eve.SendAsync($"<iq type='set' id='bad' to='{bob.Jid}'><jingle xmlns='{JingleScripts.Ns}' sid='x'/></iq>");
        (await eve.AnswerAsync("bad")).ToString().ShouldContain("bad-request");
    }

    [Fact]
    public async Task A_flood_of_sessions_is_held_back()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var refused = 0;
        for (var i = 0; i < 40; i++)
        {
            await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", $"s{i}", JingleScripts.Content(JingleScripts.File("f", 1) + JingleScripts.InBand($"i{i}")), $"q{i}"));
            if ((await eve.AnswerAsync($"q{i}")).ToString().Contains("resource-constraint", StringComparison.Ordinal)) refused++;
        }

        refused.ShouldBe(40 - 5); // as many as a peer may have undecided
    }

    [Fact]
    public async Task Candidates_that_point_at_local_services_are_not_tried()
    {
        using var service = new TcpListener(IPAddress.Loopback, 0);
        service.Start();
        var port = ((IPEndPoint)service.LocalEndpoint).Port;
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        // The session is over loopback, so loopback itself is allowed; ports of services and other machines' are not.
        string[] hosts = [$"host='127.0.0.1' port='22'", $"host='169.254.1.1' port='{port}'", $"host='0.0.0.0' port='{port}'", $"host='224.0.0.1' port='{port}'", $"host='10.255.255.1' port='{port}'"];
        var candidates = string.Concat(hosts.Select((host, i) => $"<candidate cid='c{i}' {host} jid='{eve.Jid}' priority='{8257536 + i}' type='direct'/>"));
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", 1, JingleScripts.Socks5(candidates)));
        var receiving = harbour.ReceiveAsync(bob, new ReceiveOptions { Methods = ["s5b-direct"] });
        await eve.NextAsync("session-accept");
        (await eve.NextAsync("transport-info")).ToString().ShouldContain("candidate-error");
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", "s1", JingleScripts.Reason("connectivity-error")));
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.NoMethod);
        service.Pending().ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Our_listener_knows_the_stream_by_both_orders_of_the_addresses(bool senderFirst)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var path = harbour.File("f", 5000);
        var sending = alice.SendAsync(path, eve.Jid, new SendOptions { Methods = ["s5b-direct"] });
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, content) = (initiate.Attribute("sid")!, initiate.FirstChild!);
        var transport = content.Child(JingleScripts.S5b, "transport")!;
        var (stream, candidate) = (transport.Attribute("sid")!, transport.FirstChild!);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "session-accept", sid, JingleScripts.Content(JingleScripts.File("f", 5000) + JingleScripts.Socks5(sid: stream), content.Attribute("name")!, "senders='both'")));
        var destination = senderFirst ? RawSocks5.Destination(stream, alice.Jid.ToString(), eve.Jid.ToString()) : RawSocks5.Destination(stream, eve.Jid.ToString(), alice.Jid.ToString());
        await using var socket = await RawSocks5.ConnectAsync(candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), destination);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "transport-info", sid, JingleScripts.Content(JingleScripts.Socks5($"<candidate-used cid='{candidate.Attribute("cid")}'/>", stream), content.Attribute("name")!, "")));
        var bytes = new byte[5000];
        await socket.ReadExactlyAsync(bytes).AsTask().WaitAsync(Harbour.Patience);
        bytes.ShouldBe(await File.ReadAllBytesAsync(path));
        await socket.DisposeAsync();
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Losing_connections_stay_open_until_the_session_has_ended()
    {
        // Gajim takes the end of any of them for the end of the file.
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var sending = alice.SendAsync(harbour.File("f", 5000), eve.Jid, new SendOptions { Methods = ["s5b-direct"] });
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, content) = (initiate.Attribute("sid")!, initiate.FirstChild!);
        var transport = content.Child(JingleScripts.S5b, "transport")!;
        var (stream, candidate) = (transport.Attribute("sid")!, transport.FirstChild!);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "session-accept", sid, JingleScripts.Content(JingleScripts.File("f", 5000) + JingleScripts.Socks5(sid: stream), content.Attribute("name")!)));
        var destination = RawSocks5.Destination(stream, alice.Jid.ToString(), eve.Jid.ToString());
        await using var one = await RawSocks5.ConnectAsync(candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), destination);
        await using var other = await RawSocks5.ConnectAsync(candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), destination);
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "transport-info", sid, JingleScripts.Content(JingleScripts.Socks5($"<candidate-used cid='{candidate.Attribute("cid")}'/>", stream), content.Attribute("name")!, "")));
        // Either may have got into the listener's queue first.
        var (ofOne, ofOther) = (ReadAllAsync(one, 5000), ReadAllAsync(other, 5000));
        var first = await Task.WhenAny(ofOne, ofOther).WaitAsync(Harbour.Patience);
        (await first).ShouldBe(5000);
        var (winner, loser) = first == ofOne ? (one, ofOther) : (other, ofOne);
        await eve.NextAsync("session-info"); // everything is out
        loser.IsCompleted.ShouldBeFalse();
        await winner.DisposeAsync();
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        (await loser.WaitAsync(Harbour.Patience)).ShouldBe(0);
    }

    [Fact]
    public async Task Dino_ends_the_session_itself_and_every_byte_counts_all_the_same()
    {
        // From a description: close, then success, before the receiver has read.
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        var receiving = await BeginInBandAsync(eve, harbour, bob, 10, "");
        await eve.SendAsync(Transfers.Scripts.Data(bob.Jid, "ibb1", 0, 10));
        await eve.SendAsync(Transfers.Scripts.Close(bob.Jid, "ibb1"));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", "s1", JingleScripts.Reason("success")));
        var received = await receiving;
        (received.Failure, received.Verified, received.Bytes).ShouldBe((null, false, 10));
    }

    [Fact]
    public async Task A_sender_that_ends_the_session_in_order_before_there_is_a_stream_is_waited_for_in_bounded_time()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", 10));
        var receiving = harbour.ReceiveAsync(bob);
        await eve.NextAsync("session-accept");
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", "s1", JingleScripts.Reason("success")));
        var received = await receiving;
        (received.Failure!.Reason, received.Failure.Side).ShouldBe((FailureReason.Protocol, Side.Peer));
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_strangers_request_for_a_file_and_an_unknown_one_are_answered_alike()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        await using var eve = new JinglePeer(await harbour.JoinAsync("eve"));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", "s1", JingleScripts.Content(JingleScripts.File("secret", null) + JingleScripts.InBand(), attributes: "senders='responder'")));
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("file-not-available");
    }

    private static Task<int> ReadAllAsync(NetworkStream stream, int bytes) => stream.ReadAtLeastAsync(new byte[bytes], bytes, throwOnEndOfStream: false).AsTask();

    private static string Checksum(byte[] content) =>
        $"<checksum xmlns='{JingleScripts.FileNs}' creator='initiator' name='c'><file><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{Convert.ToBase64String(SHA256.HashData(content))}</hash></file></checksum>";

    // Offers size bytes in-band, is accepted, and opens.
    private static async Task<Task<Outcome>> BeginInBandAsync(JinglePeer eve, Harbour harbour, FerryClient bob, int size, string more)
    {
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", size, more: more));
        var receiving = harbour.ReceiveAsync(bob);
        await eve.NextAsync("session-accept");
        await eve.SendAsync(Transfers.Scripts.Open(bob.Jid, "ibb1"));
        (await eve.AnswerAsync("open")).Attribute("type").ShouldBe("result");
        return receiving;
    }

    // Accepts what comes in-band; the session's id.
    private static async Task<string> AcceptInBandAsync(JinglePeer eve, Ferry.Protocol.Addressing.Jid from)
    {
        var initiate = await eve.NextAsync("session-initiate");
        var content = initiate.FirstChild!;
        await eve.SendAsync($"<iq type='set' id='accept' to='{from}'><jingle xmlns='{JingleScripts.Ns}' action='session-accept' sid='{initiate.Attribute("sid")}'>{content}</jingle></iq>");
        return initiate.Attribute("sid")!;
    }
}
