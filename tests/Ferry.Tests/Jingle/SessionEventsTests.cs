using Ferry.Protocol.Jingle.Files;
using Ferry.Testing;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Replays;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Jingle;

/// <summary>What happens to a session beside its file: the peer goes, another resource speaks, contents are added, requests cross.</summary>
public sealed class SessionEventsTests
{
    [Fact]
    public async Task The_peers_resource_goes_offline_before_there_is_a_stream_and_its_other_one_does_not_count()
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("bob", time);
        var (harbour, bob, eve) = meeting;
        await using var other = await harbour.JoinAsync("eve", "other");
        await other.SendAsync($"<presence to='{bob.Jid}'/>");
        await eve.SendAsync($"<presence to='{bob.Jid}'/>");
        var receiving = await meeting.BeginAsync();
        await eve.SendAsync($"<presence to='{bob.Jid}' type='unavailable'/>");
        var received = await time.PassUntilAsync(receiving, TimeSpan.FromSeconds(1)); // an open would be waited for 60 s
        (received.Failure!.Reason, received.Failure.Side, received.Failure.Message).ShouldBe((FailureReason.Absent, Side.Peer, "the peer went offline"));
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("failed-transport");
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_peer_that_goes_offline_while_bytes_flow_gets_them_all()
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("alice", time);
        var (_, alice, eve) = meeting;
        await eve.SendAsync($"<presence to='{alice.Jid}'/>");
        using var source = new GatedStream(100_000, 100_000);
        var sending = alice.SendAsync(source, eve.Jid, new SendOptions { Name = "f", Length = 200_000, Methods = ["s5b-direct"] });
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, content) = (initiate.Attribute("sid")!, initiate.FirstChild!);
        var (name, transport) = (content.Attribute("name")!, content.Child(JingleScripts.S5b, "transport")!);
        var (stream, candidate) = (transport.Attribute("sid")!, transport.FirstChild!);
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-accept", sid, JingleScripts.Content(JingleScripts.File("f", 200_000) + JingleScripts.Socks5(sid: stream), name)));
        await using var socket = await RawSocks5.ConnectAsync(
            candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), RawSocks5.Destination(stream, alice.Jid.ToString(), eve.Jid.ToString()));
        await eve.SendAsync(JingleScripts.Request(
            alice.Jid, "transport-info", sid, JingleScripts.Content(JingleScripts.Socks5($"<candidate-used cid='{candidate.Attribute("cid")}'/>", stream), name, "")));
        await socket.ReadExactlyAsync(new byte[100_000]).AsTask().WaitAsync(Harbour.Patience);
        await eve.SendAsync($"<presence to='{alice.Jid}' type='unavailable'/>");
        await eve.AskAsync(alice.Jid, "heard"); // in the order in which it was sent
        time.Advance(TimeSpan.FromSeconds(15)); // more than it would have to come back
        source.Open();
        await socket.ReadExactlyAsync(new byte[100_000]).AsTask().WaitAsync(Harbour.Patience);
        await eve.NextAsync("session-info"); // everything is out
        await socket.DisposeAsync();
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_peer_that_comes_back_in_time_has_never_been_away()
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("bob", time);
        var (_, bob, eve) = meeting;
        await eve.SendAsync($"<presence to='{bob.Jid}'/>");
        var receiving = await meeting.BeginAsync();
        await eve.SendAsync($"<presence to='{bob.Jid}' type='unavailable'/>");
        await eve.SendAsync($"<presence to='{bob.Jid}'/>");
        await eve.AskAsync(bob.Jid, "heard");
        time.Advance(TimeSpan.FromSeconds(15));
        await eve.SendAsync(Scripts.Open(bob.Jid, "ibb1"));
        await eve.AnswerAsync("open");
        await eve.SendAsync(Scripts.Data(bob.Jid, "ibb1", 0, 10));
        await eve.SendAsync(Scripts.Close(bob.Jid, "ibb1"));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", "s1", JingleScripts.Reason("success")));
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Another_resource_of_the_peer_has_no_part_in_its_session()
    {
        await using var meeting = await JingleMeeting.OpenAsync("bob");
        var (harbour, bob, eve) = meeting;
        await using var other = new JinglePeer(await harbour.JoinAsync("eve", "other"));
        var receiving = await meeting.BeginAsync();
        foreach (var action in new[] { "transport-info", "session-info", "session-terminate" })
        {
            await other.SendAsync(JingleScripts.Request(bob.Jid, action, "s1", action == "session-terminate" ? JingleScripts.Reason("cancel") : JingleScripts.Content(JingleScripts.InBand()), action));
            (await other.AnswerAsync(action)).ToString().ShouldContain("unknown-session");
        }

        await other.SendAsync(Scripts.Open(bob.Jid, "ibb1", id: "theft"));
        (await other.AnswerAsync("theft")).Attribute("type").ShouldBe("error");
        await FinishInBandAsync(eve, bob);
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_content_that_is_added_is_declined_and_the_session_goes_on()
    {
        await using var meeting = await JingleMeeting.OpenAsync("bob");
        var (harbour, bob, eve) = meeting;
        var receiving = await meeting.BeginAsync();
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "content-add", "s1", JingleScripts.Content(JingleScripts.File("more", 1) + JingleScripts.InBand("ibb2"), "c2"), "add"));
        (await eve.AnswerAsync("add")).Attribute("type").ShouldBe("result");
        var rejected = await eve.NextAsync("content-reject");
        rejected.FirstChild!.Attribute("name").ShouldBe("c2");
        rejected.FirstChild.Attribute("creator").ShouldBe("initiator");
        rejected.ToString().ShouldContain("<decline/>");
        // The same once more is a new one; the one that runs cannot be added again.
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "content-add", "s1", JingleScripts.Content(JingleScripts.File("f", 10) + JingleScripts.InBand("ibb3")), "twice"));
        (await eve.AnswerAsync("twice")).ToString().ShouldContain("out-of-order");
        await FinishInBandAsync(eve, bob);
        (await receiving).Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["f"]);
    }

    [Fact]
    public async Task Of_transport_replaces_that_cross_the_initiators_stands()
    {
        await using var meeting = await JingleMeeting.OpenAsync("alice", with: JingleLoopbackTests.Unreachable);
        var (harbour, alice, eve) = meeting;
        var path = harbour.File("f", 5000);
        var sending = alice.SendAsync(path, eve.Jid, new SendOptions { Methods = ["s5b-direct", "ibb"] });
        var initiate = await eve.NextAsync("session-initiate");
        var (sid, content) = (initiate.Attribute("sid")!, initiate.FirstChild!);
        var (name, stream) = (content.Attribute("name")!, content.Child(JingleScripts.S5b, "transport")!.Attribute("sid")!);
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-accept", sid, JingleScripts.Content(JingleScripts.File("f", 5000) + JingleScripts.Socks5(sid: stream), name)));
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "transport-info", sid, JingleScripts.Content(JingleScripts.Socks5("<candidate-error/>", stream), name, "")));
        var proposed = (await eve.NextAsync("transport-replace")).FirstChild!.Child(JingleScripts.Ibb, "transport")!;
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "transport-replace", sid, JingleScripts.Content(JingleScripts.InBand("mine"), name, ""), "crossing"));
        var refused = await eve.AnswerAsync("crossing");
        refused.ToString().ShouldContain("tie-break");
        refused.ToString().ShouldContain("conflict");
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "transport-accept", sid, JingleScripts.Content(proposed.ToString(), name, "")));
        await eve.NextAsync("session-info"); // everything is out
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, sent.Method).ShouldBe((null, "ibb"));
        eve.Blocks.ToArray().ShouldBe(await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task A_second_session_of_the_same_id_is_out_of_order_and_the_first_goes_on()
    {
        await using var meeting = await JingleMeeting.OpenAsync("bob");
        var (harbour, bob, eve) = meeting;
        var receiving = await meeting.BeginAsync();
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-initiate", "s1", JingleScripts.Content(JingleScripts.File("g", 1) + JingleScripts.InBand("ibb2")), "again"));
        (await eve.AnswerAsync("again")).ToString().ShouldContain("out-of-order");
        await FinishInBandAsync(eve, bob);
        (await receiving).Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["f"]);
    }

    [Fact]
    public async Task A_peers_thumbnails_are_told_of_and_nothing_is_asked_for_them()
    {
        await using var meeting = await JingleMeeting.OpenAsync("bob");
        var (harbour, bob, eve) = meeting;
        const string Thumbnail = "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+x@bob.xmpp.org' media-type='image/png' width='64' height='48'/>";
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", 10, more: Thumbnail));
        var offer = await Harbour.NextOfferAsync(bob);
        offer.Thumbnails.ShouldBe([new FileThumbnail("cid:sha1+x@bob.xmpp.org", "image/png", 64, 48)]);
        var receiving = offer.AcceptAsync(harbour.Inbox);
        await eve.NextAsync("session-accept");
        await FinishInBandAsync(eve, bob);
        (await receiving.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        eve.Asked.ShouldNotContain(asked => asked.Contains("bob.xmpp.org", StringComparison.Ordinal) || asked.Contains("urn:xmpp:bob", StringComparison.Ordinal));
        harbour.Received.ShouldBe(["f"]);
    }

    [Fact]
    public async Task Libervia_gets_the_checksum_as_it_reads_it()
    {
        await using var meeting = await JingleMeeting.OpenAsync("alice", client: "Libervia");
        var (harbour, alice, eve) = meeting;
        var path = harbour.File("f", 5000);
        var sending = alice.SendAsync(path, eve.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await AcceptAsync(eve, alice, "session-initiate");
        var checksum = await eve.NextAsync("session-info");
        var digits = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));
        checksum.FirstChild!.FirstChild!.FirstChild!.Text.ShouldBe(Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(digits)));
        await eve.SendAsync(JingleScripts.Request(alice.Jid, "session-terminate", sid, JingleScripts.Reason("success")));
        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, sent.Verified).ShouldBe((null, false)); // it says success whatever it found
    }

    [Fact]
    public async Task The_receiver_of_an_empty_file_is_not_waited_for_as_long_as_others()
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("alice", time);
        var (harbour, alice, eve) = meeting;
        var sending = alice.SendAsync(harbour.File("f", 0), eve.Jid, new SendOptions { Methods = ["ibb"] });
        await AcceptAsync(eve, alice, "session-initiate");
        await eve.NextAsync("session-info");
        var began = time.GetUtcNow();
        var sent = await time.PassUntilAsync(sending, TimeSpan.FromMilliseconds(200));
        (sent.Failure, sent.Verified).ShouldBe((null, false));
        (time.GetUtcNow() - began).ShouldBeLessThan(TimeSpan.FromSeconds(60));
        (await eve.NextAsync("session-terminate")).ToString().ShouldContain("success");
    }

    [Fact]
    public async Task An_in_band_stream_that_is_never_opened_is_waited_for_sixty_seconds()
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("bob", time);
        var receiving = await meeting.BeginAsync(new ReceiveOptions { Methods = ["ibb"] });
        var began = time.GetUtcNow();
        var received = await time.PassUntilAsync(receiving, TimeSpan.FromSeconds(1));
        (received.Failure!.Reason, received.Failure.Message).ShouldBe((FailureReason.NoMethod, "the peer did not open the in-band stream"));
        (time.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData(63, "neither side reached the other")]
    [InlineData(64, "the peer did not say in time which candidate it uses")]
    public async Task Of_a_flood_of_notices_before_the_answer_sixty_four_are_heard(int idle, string end)
    {
        var time = new ManualTime();
        await using var meeting = await JingleMeeting.OpenAsync("bob", time);
        var (harbour, bob, eve) = meeting;
        await eve.SendAsync(JingleScripts.Offer(bob.Jid, "s1", "f", 10, JingleScripts.Socks5()));
        var offer = await Harbour.NextOfferAsync(bob);
        for (var i = 0; i <= idle; i++)
        {
            var notice = i < idle ? "<activated cid='x'/>" : "<candidate-error/>";
            await eve.SendAsync(JingleScripts.Request(bob.Jid, "transport-info", "s1", JingleScripts.Content(JingleScripts.Socks5(notice)), $"n{i}"));
            (await eve.AnswerAsync($"n{i}")).Attribute("type").ShouldBe("result");
        }

        var receiving = offer.AcceptAsync(harbour.Inbox, new ReceiveOptions { Methods = ["s5b-direct"] });
        await eve.NextAsync("session-accept");
        var received = await time.PassUntilAsync(receiving, TimeSpan.FromSeconds(1));
        received.Failure!.Message.ShouldContain(end);
    }

    // Accepts what is offered in-band; the session's id.
    private static async Task<string> AcceptAsync(JinglePeer eve, FerryClient from, string action)
    {
        var initiate = await eve.NextAsync(action);
        var sid = initiate.Attribute("sid")!;
        await eve.SendAsync($"<iq type='set' id='accept' to='{from.Jid}'><jingle xmlns='{JingleScripts.Ns}' action='session-accept' sid='{sid}'>{initiate.FirstChild}</jingle></iq>");
        return sid;
    }

    // Ten bytes by the stream ibb1, and the end of s1.
    private static async Task FinishInBandAsync(JinglePeer eve, FerryClient bob)
    {
        await eve.SendAsync(Scripts.Open(bob.Jid, "ibb1"));
        (await eve.AnswerAsync("open")).Attribute("type").ShouldBe("result");
        await eve.SendAsync(Scripts.Data(bob.Jid, "ibb1", 0, 10));
        await eve.SendAsync(Scripts.Close(bob.Jid, "ibb1"));
        await eve.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", "s1", JingleScripts.Reason("success")));
    }
}
