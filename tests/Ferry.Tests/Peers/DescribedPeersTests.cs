using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Replays;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Peers;

/// <summary>
/// Clients of which no exchange was recorded: Spark and old Smack, Psi, QXmpp, Gajim and Conversations, played from descriptions of what they send
/// and read (docs/peers.md says from where).
/// </summary>
public sealed class DescribedPeersTests
{
    private const string Errors = "urn:ietf:params:xml:ns:xmpp-stanzas";
    private const string Query = $"<iq type='set'>...<query xmlns='{Scripts.Bytestreams}'>...</query></iq>";
    private const string Qxmpp = "https://github.com/qxmpp-project/qxmpp";

    // ---- Spark, Smack up to 4.3

    [Fact]
    public async Task Spark_offers_list_multi_and_sends_its_blocks_in_messages_when_its_streamhosts_fail()
    {
        await using var harbour = await Harbour.OpenAsync("spark", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var spark = await harbour.JoinAsync("spark");
        await spark.SendAsync(Scripts.Offer(bob.Jid, "jsi_1", "f", 5000, [Scripts.Bytestreams, Scripts.InBand]).Replace("list-single", "list-multi", StringComparison.Ordinal));
        var receiving = harbour.ReceiveAsync(bob);
        var answer = await spark.SkipToAsync("<iq type='result' id='jsi_1'>...</iq>");
        answer.ToString().Split("<value>").Length.ShouldBe(2, "one method is answered, whatever was asked");
        await spark.SendAsync(
            $"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='jsi_1' mode='tcp'><streamhost jid='{spark.Jid}' host='127.0.0.1' port='{DeadPort()}'/></query></iq>");
        await spark.SkipToAsync($"<iq type='error' id='q'>...<error type='cancel'>...<item-not-found xmlns='{Errors}'/></error></iq>");
        await spark.SendAsync(Scripts.Open(bob.Jid, "jsi_1"));
        await spark.SkipToAsync("<iq type='result' id='open'>...</iq>");
        await spark.SendAsync($"<message id='m0' to='{bob.Jid}'><data xmlns='{Scripts.InBand}' sid='jsi_1' seq='0'>{Convert.ToBase64String(new byte[4096])}</data></message>");
        await spark.SendAsync($"<message id='m1' to='{bob.Jid}'><data xmlns='{Scripts.InBand}' sid='jsi_1' seq='1'>{Convert.ToBase64String(new byte[904])}</data></message>");
        await spark.SendAsync(Scripts.Close(bob.Jid, "jsi_1"));
        await spark.SkipToAsync("<iq type='result' id='close'>...</iq>");
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Spark_opens_in_band_while_its_streamhosts_are_still_being_tried()
    {
        await using var harbour = await Harbour.OpenAsync("spark", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var spark = await harbour.JoinAsync("spark");
        using var silent = new TcpListener(IPAddress.Loopback, 0); // accepts and never says a word
        silent.Start();
        await spark.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 4, [Scripts.Bytestreams, Scripts.InBand]));
        var receiving = harbour.ReceiveAsync(bob);
        await spark.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        await spark.SendAsync(
            $"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1'><streamhost jid='{spark.Jid}' host='127.0.0.1' port='{((IPEndPoint)silent.LocalEndpoint).Port}'/></query></iq>");
        using var held = await silent.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await spark.SendAsync(Scripts.Open(bob.Jid, "s1"));
        await spark.SkipToAsync($"<iq type='error' id='q'>...<error type='cancel'>...<item-not-found xmlns='{Errors}'/></error></iq>");
        await spark.SkipToAsync("<iq type='result' id='open'>...</iq>");
        await spark.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 4));
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Old_Smack_answers_with_two_methods_and_the_second_follows_the_first()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "spark");
        var alice = await harbour.ConnectAsync("alice");
        var spark = await harbour.JoinAsync("spark");
        var sending = alice.SendAsync(harbour.File("f", 5000), spark.Jid);
        await spark.AnswerFeaturesAsync(alice.Jid);
        var offer = await spark.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        var sid = offer.FirstChild!.Attribute("id")!;
        var two = Scripts.Accept(alice.Jid, offer.Attribute("id")!, Scripts.Bytestreams)
            .Replace("</value>", $"</value><value>{Scripts.InBand}</value>", StringComparison.Ordinal).Replace("var='stream-method'", "var='stream-method' type='list-multi'", StringComparison.Ordinal);
        await spark.SendAsync(two);
        var query = await spark.SkipToAsync(Query);
        await spark.SendAsync(Scripts.Error(alice.Jid, query.Attribute("id")!, "item-not-found"));
        (await spark.TakeInBandAsync(alice.Jid, sid).WaitAsync(Harbour.Patience)).Length.ShouldBe(5000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Old_Smack_goes_from_65534_to_0_and_is_asked_what_it_is_where_no_presence_told()
    {
        await using var harbour = await Harbour.OpenAsync("spark", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var spark = await harbour.JoinAsync("spark");
        await spark.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 65540, [Scripts.InBand]));
        var receiving = (await Harbour.NextOfferAsync(bob)).AcceptAsync(harbour.Inbox, cancellationToken: TestContext.Current.CancellationToken);
        for (var heard = 0; heard < 2; heard++)
        {
            // The answer to the offer and the question come in either order.
            var stanza = await spark.SkipToAsync("<iq>...</iq>");
            if (stanza.Attribute("type") != "get") continue;
            await spark.SendAsync(
                $"<iq type='result' id='{stanza.Attribute("id")}' to='{bob.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='Smack'/></query></iq>");
        }

        await spark.SendAsync(Scripts.Open(bob.Jid, "s1", 1));
        await spark.SkipToAsync("<iq type='result' id='open'>...</iq>");
        var seqs = Enumerable.Range(0, 65535).Concat(Enumerable.Range(0, 5));
        foreach (var batch in seqs.Chunk(1000))
        {
            await spark.SendRawAsync(string.Concat(batch.Select(seq => Scripts.Data(bob.Jid, "s1", seq, "QQ=="))));
            foreach (var seq in batch) (await spark.NextElementAsync()).Attribute("type").ShouldBe("result", $"block {seq}");
        }

        (await receiving.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken)).Failure.ShouldBeNull();
    }

    // ---- QXmpp

    [Theory]
    [InlineData("ibb", 268_435_457L, false)]
    [InlineData("ibb", 268_435_456L, true)]
    [InlineData("s5b-direct,ibb", 268_435_457L, true)]
    public async Task To_QXmpp_no_more_goes_in_band_than_it_counts(string via, long size, bool offered)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "qxmpp");
        var alice = await harbour.ConnectAsync("alice", options => options with { AnswerTimeout = TimeSpan.FromSeconds(1) });
        var qxmpp = await harbour.JoinAsync("qxmpp");
        await ShowAsync(qxmpp, alice.Jid, Qxmpp);
        var sending = alice.SendAsync(new SizedStream(size), qxmpp.Jid, new SendOptions { Name = "f", Length = size, Methods = via.Split(',') });
        await qxmpp.AnswerFeaturesAsync(alice.Jid);
        if (offered)
        {
            var offer = (await qxmpp.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>")).ToString();
            offer.Contains(Scripts.InBand, StringComparison.Ordinal).ShouldBe(via == "ibb", "in-band is not even offered where the file is too large for it");
            await qxmpp.SendAsync(Scripts.Error(alice.Jid, XmlPattern.Read(offer).Attribute("id")!, "forbidden"));
        }

        var failure = (await sending.WaitAsync(Harbour.Patience)).Failure!;
        failure.Reason.ShouldBe(offered ? FailureReason.Refused : FailureReason.NoMethod);
        if (!offered) failure.Message.ShouldContain("QXmpp takes no more than 268435456 bytes in-band");
    }

    [Fact]
    public async Task QXmpp_offers_in_band_first_with_a_precise_date_and_no_media_type()
    {
        await using var harbour = await Harbour.OpenAsync("qxmpp", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var qxmpp = await harbour.JoinAsync("qxmpp");
        await qxmpp.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 100, [Scripts.InBand, Scripts.Bytestreams], Convert.ToHexStringLower(MD5.HashData(new byte[100])))
            .Replace("size='100'", "size='100' date='2026-01-05T10:00:00.123Z'", StringComparison.Ordinal));
        var offer = await Harbour.NextOfferAsync(bob);
        offer.Modified.ShouldBe(new DateTimeOffset(2026, 1, 5, 10, 0, 0, 123, TimeSpan.Zero));
        var receiving = offer.AcceptAsync(harbour.Inbox);
        (await qxmpp.SkipToAsync("<iq type='result' id='s1'>...</iq>")).ToString().ShouldContain(Scripts.Bytestreams);
        await qxmpp.SendAsync(Scripts.Open(bob.Jid, "s1"));
        await qxmpp.SkipToAsync("<iq type='result' id='open'>...</iq>");
        await qxmpp.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 100));
        (await receiving.WaitAsync(Harbour.Patience)).VerifiedBy.ShouldBe("md5");
    }

    [Fact]
    public async Task Of_an_empty_file_QXmpp_says_no_size()
    {
        await using var harbour = await Harbour.OpenAsync("qxmpp", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var qxmpp = await harbour.JoinAsync("qxmpp");
        await qxmpp.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 0, [Scripts.InBand]).Replace(" size='0'", "", StringComparison.Ordinal));
        var receiving = harbour.ReceiveAsync(bob);
        await qxmpp.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        await qxmpp.SendAsync(Scripts.Open(bob.Jid, "s1"));
        await qxmpp.SkipToAsync("<iq type='result' id='open'>...</iq>");
        await qxmpp.SendAsync(Scripts.Close(bob.Jid, "s1"));
        var received = await receiving;
        (received.Failure, received.Bytes).ShouldBe((null, 0));
    }

    [Fact]
    public async Task QXmpp_answers_with_an_id_and_a_profile_and_declines_by_a_code()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "qxmpp");
        var alice = await harbour.ConnectAsync("alice");
        var qxmpp = await harbour.JoinAsync("qxmpp");
        var sending = alice.SendAsync(harbour.File("f", 5000), qxmpp.Jid, new SendOptions { Methods = ["ibb"] });
        await qxmpp.AnswerFeaturesAsync(alice.Jid);
        var offer = await qxmpp.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        var sid = offer.FirstChild!.Attribute("id")!;
        await qxmpp.SendAsync(Scripts.Accept(alice.Jid, offer.Attribute("id")!, Scripts.InBand)
            .Replace("<si xmlns='http://jabber.org/protocol/si'>", $"<si xmlns='http://jabber.org/protocol/si' id='{sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'>", StringComparison.Ordinal)
            .Replace("var='stream-method'", "type='list-single' var='stream-method'", StringComparison.Ordinal));
        (await qxmpp.TakeInBandAsync(alice.Jid, sid).WaitAsync(Harbour.Patience)).Length.ShouldBe(5000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();

        sending = alice.SendAsync(harbour.File("g", 5000), qxmpp.Jid, new SendOptions { Methods = ["ibb"] });
        await qxmpp.AnswerFeaturesAsync(alice.Jid);
        var second = await qxmpp.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        await qxmpp.SendAsync($"<iq type='error' id='{second.Attribute("id")}' to='{alice.Jid}'><error type='cancel' code='403'><forbidden xmlns='{Errors}'/></error></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task QXmpp_s_destination_beyond_ASCII_is_of_Latin_1(bool ferrySends)
    {
        await using var harbour = await Harbour.OpenAsync("zoë", "qxmpp");
        var zoe = await harbour.ConnectAsync("zoë");
        var qxmpp = await harbour.JoinAsync("qxmpp");
        await ShowAsync(qxmpp, zoe.Jid, Qxmpp);
        var content = new byte[5000];
        new Random(5000).NextBytes(content);
        if (ferrySends)
        {
            var sending = zoe.SendAsync(harbour.File("f", 5000), qxmpp.Jid, new SendOptions { Methods = ["s5b-direct"] });
            var sid = await qxmpp.AcceptOfferAsync(zoe.Jid, Scripts.Bytestreams);
            var query = await qxmpp.SkipToAsync(Query);
            var host = query.FirstChild!.Children.First();
            await using var stream = await RawSocks5.ConnectAsync(host.Attribute("host")!, int.Parse(host.Attribute("port")!), Latin1(sid + zoe.Jid + qxmpp.Jid));
            await qxmpp.SendAsync($"<iq type='result' id='{query.Attribute("id")}' to='{zoe.Jid}'><query xmlns='{Scripts.Bytestreams}'><streamhost-used jid='{zoe.Jid}'/></query></iq>");
            using var arrived = new MemoryStream();
            await stream.CopyToAsync(arrived, TestContext.Current.CancellationToken);
            stream.Close();
            arrived.ToArray().ShouldBe(content);
            (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await qxmpp.SendAsync(Scripts.Offer(zoe.Jid, "s1", "f", 5000, [Scripts.Bytestreams]));
        var receiving = harbour.ReceiveAsync(zoe);
        await qxmpp.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        await qxmpp.SendAsync(
            $"<iq type='set' id='q' to='{zoe.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1'><streamhost jid='{qxmpp.Jid}' host='127.0.0.1' port='{((IPEndPoint)listener.LocalEndpoint).Port}'/></query></iq>");
        await using var accepted = new NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);
        var asked = await RawSocks5.ServeAsync(accepted, "echo");
        asked.ShouldBe(Latin1("s1" + qxmpp.Jid + zoe.Jid));
        await accepted.WriteAsync(RawSocks5.Echo(asked), TestContext.Current.CancellationToken);
        await qxmpp.SkipToAsync("<iq type='result' id='q'>...</iq>");
        await accepted.WriteAsync(content, TestContext.Current.CancellationToken);
        accepted.Socket.Shutdown(SocketShutdown.Send);
        (await receiving).Failure.ShouldBeNull();
    }

    // ---- who drops blocks in messages

    [Theory]
    [InlineData("http://pidgin.im/", "iq")]
    [InlineData(Qxmpp, "iq")]
    [InlineData("https://psi-im.org", "iq")]
    [InlineData("http://slixmpp.com/ver/1.8.3", "message")]
    [InlineData("http://nobody.example/", "message")]
    public async Task Blocks_in_messages_go_to_nobody_who_drops_them(string node, string stanza)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var alice = await harbour.ConnectAsync("alice", options => options with { InBandMessages = true, InBandIdleTimeout = TimeSpan.FromSeconds(1) });
        var peer = await harbour.JoinAsync("peer");
        await ShowAsync(peer, alice.Jid, node);
        var sending = alice.SendAsync(harbour.File("f", 100), peer.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await peer.AcceptOfferAsync(alice.Jid, Scripts.InBand);
        var open = await peer.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        (open.FirstChild!.Attribute("stanza") ?? "iq").ShouldBe(stanza);
        await peer.SendAsync(Scripts.Result(alice.Jid, open.Attribute("id")!));
        var block = await peer.SkipToAsync($"<{stanza}>...<data xmlns='{Scripts.InBand}'>...</data></{stanza}>");
        await peer.SendAsync(Scripts.Close(alice.Jid, sid));
        block.Name.ShouldBe(stanza);
        await sending.WaitAsync(Harbour.Patience);
    }

    [Theory]
    [InlineData("http://pidgin.im/", 61440)]
    [InlineData("http://slixmpp.com/ver/1.8.3", 8192)]
    [InlineData("http://www.igniterealtime.org/projects/smack", 61440)]
    [InlineData(Qxmpp, 4096)]
    [InlineData("https://psi-im.org", 4096)]
    [InlineData("http://nobody.example/", 4096)]
    public async Task Blocks_are_as_large_as_the_peer_is_known_to_take_where_the_server_is_one_and_known(string node, int size)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "peer");
        var alice = await harbour.ConnectAsync("alice");
        var peer = await harbour.JoinAsync("peer");
        await ShowAsync(peer, alice.Jid, node);
        var sending = alice.SendAsync(harbour.File("f", 100_000), peer.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await peer.AcceptOfferAsync(alice.Jid, Scripts.InBand);
        var open = await peer.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        open.FirstChild!.Attribute("block-size").ShouldBe(size.ToString());
        // Whoever has changed meanwhile asks for less and gets it.
        await peer.SendAsync($"<iq type='error' id='{open.Attribute("id")}' to='{alice.Jid}'><error type='modify'><resource-constraint xmlns='{Errors}'/></error></iq>");
        (await peer.TakeInBandAsync(alice.Jid, sid).WaitAsync(Harbour.Patience)).Length.ShouldBe(100_000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    // ---- Psi

    [Fact]
    public async Task Psi_reads_the_first_field_of_one_method_each_and_answers_a_bad_offer_by_the_offer_s_id()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "psi");
        var alice = await harbour.ConnectAsync("alice");
        var psi = await harbour.JoinAsync("psi");
        var sending = alice.SendAsync(harbour.File("f", 10), psi.Jid);
        await psi.AnswerFeaturesAsync(alice.Jid);
        var offer = await psi.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        var fields = Descendants(offer).Where(element => element.Name == "field").ToList();
        fields.ShouldHaveSingleItem().Attribute("type").ShouldBe("list-single");
        // Its iq id is the offer's own id here, which is how we are told at all.
        await psi.SendAsync(Scripts.Error(alice.Jid, offer.FirstChild!.Attribute("id")!, "bad-request"));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Protocol);
    }

    [Fact]
    public async Task Psi_s_private_elements_in_an_offer_and_in_streamhosts_are_passed_over()
    {
        await using var harbour = await Harbour.OpenAsync("psi", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var psi = await harbour.JoinAsync("psi");
        await psi.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 4, [Scripts.Bytestreams])
            .Replace("size='4'/>", "size='4'><range/><thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+x@bob.xmpp.org'/></file>", StringComparison.Ordinal));
        var receiving = harbour.ReceiveAsync(bob);
        await psi.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await psi.SendAsync(
            $"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1' mode='tcp'><streamhost jid='{psi.Jid}' host='127.0.0.1' port='{((IPEndPoint)listener.LocalEndpoint).Port}'><proxy xmlns='http://affinix.com/jabber/stream'/></streamhost><fast xmlns='http://affinix.com/jabber/stream'/></query></iq>");
        await using var accepted = new NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);
        await accepted.WriteAsync(RawSocks5.Echo(await RawSocks5.ServeAsync(accepted, "echo")), TestContext.Current.CancellationToken);
        // No streamhosts of our own come back: a second request of the same id would only disturb others.
        Element next;
        do next = await psi.SkipToAsync("<iq>...</iq>");
        while (next.Attribute("type") == "get");
        (next.Attribute("type"), next.Attribute("id")).ShouldBe(("result", "q"));
        await accepted.WriteAsync(new byte[4], TestContext.Current.CancellationToken);
        accepted.Socket.Shutdown(SocketShutdown.Send);
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Psi_acknowledges_a_block_and_then_complains_by_the_open_s_id()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "psi");
        var alice = await harbour.ConnectAsync("alice");
        var psi = await harbour.JoinAsync("psi");
        var sending = alice.SendAsync(harbour.File("f", 100), psi.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await psi.AcceptOfferAsync(alice.Jid, Scripts.InBand);
        var open = await psi.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        await psi.SendAsync(Scripts.Result(alice.Jid, open.Attribute("id")!));
        await psi.SendAsync(Scripts.Error(alice.Jid, open.Attribute("id")!, "bad-request")); // stray: the open was answered already
        var block = await psi.SkipToAsync($"<iq type='set'>...<data xmlns='{Scripts.InBand}'>...</data></iq>");
        await psi.SendAsync(Scripts.Result(alice.Jid, block.Attribute("id")!));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    // ---- Gajim, Conversations, Dino: no stream initiation; in-band of Conversations

    [Fact]
    public async Task Gajim_has_no_stream_initiation_and_says_so_or_its_features_do()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "gajim");
        var alice = await harbour.ConnectAsync("alice");
        var gajim = await harbour.JoinAsync("gajim");
        var sending = alice.SendAsync(harbour.File("f", 10), gajim.Jid);
        var question = await gajim.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
        await gajim.SendAsync(
            $"<iq type='result' id='{question.Attribute("id")}' to='{alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='Gajim'/><feature var='urn:xmpp:jingle:1'/><feature var='{Scripts.InBand}'/></query></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.NotSupported);

        sending = alice.SendAsync(harbour.File("g", 10), gajim.Jid);
        await gajim.AnswerFeaturesAsync(alice.Jid);
        var offer = await gajim.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        await gajim.SendAsync(Scripts.Error(alice.Jid, offer.Attribute("id")!, "service-unavailable"));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.NotSupported);
    }

    [Fact]
    public async Task Gajim_follows_presence_so_we_introduce_ourselves_before_anything_else()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "gajim");
        var alice = await harbour.ConnectAsync("alice", options => options with { SendPresence = false });
        var gajim = await harbour.JoinAsync("gajim");
        var sending = alice.SendAsync(harbour.File("f", 10), gajim.Jid);
        var first = await gajim.SkipToAsync($"<presence from='{alice.Jid}'>...<c xmlns='http://jabber.org/protocol/caps'>...</c></presence>");
        first.Children.ShouldContain(child => child.Name == "c");
        await gajim.AnswerFeaturesAsync(alice.Jid);
        var offer = await gajim.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        await gajim.SendAsync(Scripts.Error(alice.Jid, offer.Attribute("id")!, "forbidden"));
        await sending.WaitAsync(Harbour.Patience);
    }

    [Fact]
    public async Task Conversations_refuses_without_saying_why()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "conversations");
        var alice = await harbour.ConnectAsync("alice");
        var peer = await harbour.JoinAsync("conversations");
        var sending = alice.SendAsync(harbour.File("f", 10), peer.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await peer.AcceptOfferAsync(alice.Jid, Scripts.InBand);
        var open = await peer.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        await peer.SendAsync($"<iq type='error' id='{open.Attribute("id")}' to='{alice.Jid}'/>"); // no error inside
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.NoMethod);
    }

    private static Task ShowAsync(ScriptedClient peer, Jid to, string node) =>
        peer.SendAsync($"<presence to='{to}'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='{node}' ver='x'/></presence>");

    private static string Latin1(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.Latin1.GetBytes(text)));

    private static int DeadPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static IEnumerable<Element> Descendants(Element element) => element.Children.SelectMany(child => Descendants(child).Prepend(child));

    /// <summary>A stream that only has a length.</summary>
    private sealed class SizedStream(long length) : MemoryStream
    {
        public override long Length => length;

        public override bool CanSeek => false;
    }
}
