using System.Net;
using System.Net.Sockets;
using Ferry.Contacts;
using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Stanzas;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Methods.Socks5;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Clients;

/// <summary>What a client remembers of others and how long it waits for them, up to the bound and beyond.</summary>
public sealed class ClientLimitsTests
{
    private const string Offer = "<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>";

    [Fact]
    public async Task Introductions_beyond_the_limit_forget_the_oldest()
    {
        await using var two = await TwoClients.StartAsync();
        await using var session = await two.SessionAsync("alice");
        var introductions = new Introductions(session, new OwnIdentity([]), new Roster(session, Roster.UsualWait), PeerPolicy.Anyone);
        introductions.Answer(From(0)).ShouldNotBeNull();
        for (var i = 1; i < Introductions.Capacity; i++) introductions.Answer(From(i)).ShouldNotBeNull();
        introductions.Answer(From(0)).ShouldBeNull("answered before");
        introductions.Answer(From(Introductions.Capacity)).ShouldNotBeNull();
        introductions.WasIntroduced(Of(0)).ShouldBeFalse("the oldest went");
        introductions.WasIntroduced(Of(1)).ShouldBeTrue();

        static Jid Of(int i) => Jid.Parse($"u{i}@localhost/x");
        static Presence From(int i) => new(null, null, Of(i), null, []);
    }

    [Fact]
    public async Task Capabilities_beyond_the_limit_are_asked_for_each_time()
    {
        await using var two = await TwoClients.StartAsync();
        await using var alice = await two.SessionAsync("alice");
        await using var bob = await two.SessionAsync("bob");
        var infos = Enumerable.Range(0, PeerFeatures.Capacity + 1).Select(i => new DiscoInfo([new DiscoIdentity("client", "pc", $"n{i}")], ["f"], [])).ToList();
        var caps = infos.Select(info => EntityCaps.Of("urn:n", info)).ToList();
        var byNode = infos.Zip(caps).ToDictionary(pair => pair.Second.QueryNode, pair => pair.First);
        bob.OnIq(Namespaces.DiscoInfo, "query", iq => iq.Result(byNode[iq.Payload!.Attribute("node")!].ToElement()));
        bob.Start();
        alice.Start();
        var presence = new PresenceBook();
        var features = new PeerFeatures(alice, presence, PeerFeatures.UsualWait);
        foreach (var known in caps) (await AskAsync(known)).Reply.ShouldNotBeNull();
        (await AskAsync(caps[0])).Reply.ShouldBeNull("remembered");
        (await AskAsync(caps[^1])).Reply.ShouldNotBeNull("not remembered");

        Task<PeerFeatures.Found> AskAsync(EntityCaps shown)
        {
            presence.Hear(new Presence(null, null, bob.Jid, null, [shown.ToElement()]));
            return features.AskAsync(bob.Jid, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Of_one_account_sixteen_resources_are_asked()
    {
        await using var two = await TwoClients.StartAsync();
        await using var alice = await two.SessionAsync("alice");
        alice.Start();
        var presence = new PresenceBook();
        for (var i = 0; i < 20; i++) presence.Hear(new Presence(null, null, Jid.Parse($"bob@localhost/r{i}"), null, []));
        var time = new ManualTime();
        var roster = new Roster(alice, Roster.UsualWait);
        var finder = new PeerFinder(alice, presence, new PeerFeatures(alice, presence, PeerFeatures.UsualWait), new Introductions(alice, new OwnIdentity([]), roster, PeerPolicy.Nobody), roster, new FerryOptions { Account = alice.Jid, TimeProvider = time });
        var finding = finder.FindAsync(Jid.Parse("bob@localhost"), _ => true, TestContext.Current.CancellationToken);
        await time.WaitForTimerAsync(PeerFinder.Wait);
        time.Advance(PeerFinder.Wait);
        var found = await finding.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        (found.Seen, found.Able.Count).ShouldBe((PeerFinder.MostResources, 0));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Resources_that_do_not_say_what_they_can_do_are_waited_for_so_long(bool oneAnswers)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var time = new ManualTime();
        var alice = await harbour.ConnectAsync("alice", options => options with { TimeProvider = time });
        var (phone, desk) = (await harbour.JoinAsync("bob", "phone"), await harbour.JoinAsync("bob", "desk"));
        foreach (var resource in (ScriptedClient[])[phone, desk])
        {
            await resource.SendAsync($"<presence to='{alice.Jid}'/>");
            await resource.SendAsync($"<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"); // the presence is on its way when it is answered
            await resource.SkipToAsync("<iq type='result' id='p'>...</iq>");
        }

        // An answer of the server's comes behind what was on its way.
        await alice.GetContactsAsync();
        var sending = alice.SendAsync(new MemoryStream(new byte[1]), Harbour.Address("bob"), new SendOptions { Name = "f", Methods = ["ibb"] });
        await time.WaitForTimerAsync(PeerFinder.Wait);
        time.Advance(PeerFinder.Wait);
        if (oneAnswers) await desk.AnswerFeaturesAsync(alice.Jid);
        var wait = oneAnswers ? PeerFinder.WaitForOthers : PeerFinder.WaitForAnswers;
        await time.WaitForTimerAsync(wait).WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        time.Advance(wait);
        if (oneAnswers)
        {
            var offer = await desk.SkipToAsync(Offer);
            await desk.SendAsync(Scripts.Error(alice.Jid, offer.Attribute("id")!, "forbidden"));
        }

        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(oneAnswers ? FailureReason.Refused : FailureReason.NotSupported);
    }

    [Fact]
    public async Task A_late_answer_to_streamhosts_is_listened_for_two_minutes()
    {
        await using var two = await TwoClients.StartAsync();
        await using var alice = await two.SessionAsync("alice");
        await using var bob = await two.SessionAsync("bob");
        bob.OnIq(Namespaces.Bytestreams, "query", _ => null); // takes it and never answers
        bob.Start();
        alice.Start();
        var time = new ManualTime();
        var options = two.Options("alice") with { TimeProvider = time, Methods = ["s5b-direct"] };
        await using var method = new Socks5Method(options);
        method.Attach(alice, new OpenRequests());
        var opening = method.OpenAsync(new StreamOpening("sid", new Peer(bob.Jid, null, null), ["s5b-direct"], 10, (_, _, _) => { }), TestContext.Current.CancellationToken);
        await time.WaitForTimerAsync(options.Socks5Wait).WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        time.Advance(options.Socks5Wait);
        var late = (await opening).Failure!.LateAnswer.ShouldNotBeNull();
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(120)).WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(119));
        late.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        await late.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Another_method_of_a_bare_stream_is_waited_for_twenty_seconds()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var time = new ManualTime();
        var bob = await harbour.ConnectAsync("bob", options => options with { TimeProvider = time, Offers = ["none"] });
        var eve = await harbour.JoinAsync("eve");
        await eve.SendAsync($"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1'><streamhost jid='{eve.Jid}' host='127.0.0.1' port='{DeadPort()}'/></query></iq>");
        var receiving = harbour.ReceiveAsync(bob);
        await eve.SkipToAsync("<iq type='error' id='q'>...</iq>");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(20)).WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(20));
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.NoMethod);
    }

    [Fact]
    public async Task The_close_of_256_ended_in_band_streams_is_still_answered()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var eve = await harbour.JoinAsync("eve");
        for (var i = 0; i < 257; i++)
        {
            var receiving = await eve.BeginInBandAsync(harbour, bob, $"s{i}", 1);
            await eve.SendAsync(Scripts.Data(bob.Jid, $"s{i}", 0, 1));
            await eve.SendAsync(Scripts.Close(bob.Jid, $"s{i}"));
            await eve.SkipToAsync("<iq type='result' id='close'>...</iq>");
            File.Delete((await receiving).Path!);
        }

        await eve.SendAsync(Scripts.Close(bob.Jid, "s0"));
        await eve.SkipToAsync("<iq type='error' id='close'>...</iq>");
        await eve.SendAsync(Scripts.Close(bob.Jid, "s1"));
        await eve.SkipToAsync("<iq type='result' id='close'>...</iq>");
    }

    [Fact]
    public async Task A_server_that_pushes_contacts_without_end_is_passed_over()
    {
        await using var server = FakeServer.Start();
        var connecting = StanzaSession.ConnectAsync(
            new SessionOptions
            {
                Account = Jid.Parse("alice@localhost"),
                Password = _ => new ValueTask<string>("secret"),
                Resource = "x",
                Server = server.EndPoint.ToString(),
                InsecurePlaintext = true,
            },
            TestContext.Current.CancellationToken);
        var connection = await server.AcceptAsync();
        await connection.LogInAsync(sm: null);
        var (session, _) = await connecting;
        var roster = new Roster(session!, Roster.UsualWait);
        session!.Start();
        for (var i = 0; i <= Roster.Capacity; i += 1000)
        {
            var items = string.Concat(Enumerable.Range(i, 1000).Select(n => $"<item jid='u{n}@localhost'/>"));
            await connection.SendAsync($"<iq type='set' id='p{i}'><query xmlns='jabber:iq:roster'>{items}</query></iq>");
            await connection.SkipToAsync($"<iq type='result' id='p{i}'/>");
        }

        roster.Contacts.Count.ShouldBe(Roster.Capacity);
        var closing = session.DisposeAsync().AsTask();
        await connection.ExpectCloseAsync();
        await closing;
    }

    private static int DeadPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
