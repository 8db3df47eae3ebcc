using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Clients;

/// <summary>A server that lets others speak in the name of those who were asked, or leaves out who speaks.</summary>
public sealed class RewritingServerTests : IAsyncDisposable
{
    private const string Peer = "bob@localhost/x";
    private const string Eve = "eve@localhost/x";
    private const string Features =
        "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='http://jabber.org/protocol/si'/><feature var='http://jabber.org/protocol/si/profile/file-transfer'/>" +
        $"<feature var='{Scripts.InBand}'/><feature var='{Scripts.Bytestreams}'/></query>";

    private readonly FakeServer _server = FakeServer.Start();
    private readonly string _folder = Directory.CreateTempSubdirectory("ferry-rewriting-").FullName;
    private FakeConnection? _connection;
    private FerryClient? _client;

    private FakeConnection Connection => _connection!;

    private FerryClient Client => _client!;

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            var closing = _client.DisposeAsync().AsTask();
            await Connection.ExpectCloseAsync();
            await closing;
        }

        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(Eve)]
    [InlineData("bob@localhost/other")]
    [InlineData("bob@localhost")]
    [InlineData("localhost")]
    [InlineData(null)]
    public async Task Answers_of_another_than_was_asked_are_none(string? other)
    {
        await ConnectAsync();
        var sending = Client.SendAsync(new MemoryStream(new byte[100]), Jid.Parse(Peer), new SendOptions { Name = "f" });
        var question = await Connection.SkipToAsync("<iq type='get' to='bob@localhost/x'>...<query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await AnswerAsync(question, other, Features);
        await AnswerAsync(question, Peer, Features);

        var offer = await Connection.SkipToAsync("<iq type='set' to='bob@localhost/x'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        var sid = offer.FirstChild!.Attribute("id")!;
        // Somebody else says yes, in-band; the peer says SOCKS5. Only the peer's word counts.
        await AnswerAsync(offer, other, Inside(Scripts.Accept(Client.Jid, "x", Scripts.InBand)));
        await AnswerAsync(offer, Peer, Inside(Scripts.Accept(Client.Jid, "x", Scripts.Bytestreams)));

        var query = await Connection.SkipToAsync($"<iq type='set' to='bob@localhost/x'>...<query xmlns='{Scripts.Bytestreams}'>...</query></iq>");
        await AnswerAsync(query, other, $"<query xmlns='{Scripts.Bytestreams}'><streamhost-used jid='{Client.Jid}'/></query>");
        await Connection.SendAsync($"<iq type='error' id='{query.Attribute("id")}' from='{Peer}' to='{Client.Jid}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");

        var open = await Connection.SkipToAsync($"<iq type='set' to='bob@localhost/x'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        await AnswerAsync(open, other, "");
        await AnswerAsync(open, Peer, "");
        var block = await Connection.SkipToAsync($"<iq type='set' to='bob@localhost/x'>...<data xmlns='{Scripts.InBand}'>...</data></iq>");
        // An error of another's does not end it, and its close does not either.
        await Connection.SendAsync($"<iq type='error' id='{block.Attribute("id")}'{From(other)} to='{Client.Jid}'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        await Connection.SendAsync($"<iq type='set' id='c'{From(other)} to='{Client.Jid}'><close xmlns='{Scripts.InBand}' sid='{sid}'/></iq>");
        await Connection.SkipToAsync("<iq type='error' id='c'>...</iq>");
        await AnswerAsync(block, Peer, "");
        (await sending.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken)).Failure.ShouldBeNull();
    }

    [Theory]
    [InlineData(Eve)]
    [InlineData("localhost")]
    [InlineData("bob@localhost")]
    public async Task A_roster_push_of_another_changes_nothing(string other)
    {
        await ConnectAsync();
        await Connection.SendAsync($"<iq type='set' id='push' from='{other}' to='{Client.Jid}'><query xmlns='jabber:iq:roster'><item jid='eve@localhost' subscription='both'/></query></iq>");
        await Connection.SkipToAsync("<iq type='error' id='push'>...</iq>");
        // Had it been believed, she could ask now what we can do.
        await Connection.SendAsync($"<iq type='get' id='q' from='{Eve}' to='{Client.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await Connection.SkipToAsync("<iq type='error' id='q'>...</iq>");
        await Connection.SendAsync($"<iq type='set' id='push2' from='{Client.Jid.Bare}' to='{Client.Jid}'><query xmlns='jabber:iq:roster'><item jid='eve@localhost' subscription='both'/></query></iq>");
        await Connection.SkipToAsync("<iq type='result' id='push2'>...</iq>");
        await Connection.SendAsync($"<iq type='get' id='q2' from='{Eve}' to='{Client.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await Connection.SkipToAsync("<iq type='result' id='q2'>...</iq>");
    }

    [Fact]
    public async Task Blocks_of_others_and_of_nobody_are_refused_and_the_stream_goes_on()
    {
        await ConnectAsync();
        var accepting = AcceptAsync();
        await Connection.SendAsync(XmlPattern.Read(Scripts.Offer(Client.Jid, "s1", "f", 4, [Scripts.InBand])).WithAttribute("from", Peer));
        await Connection.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        await Connection.SendAsync(XmlPattern.Read(Scripts.Open(Client.Jid, "s1")).WithAttribute("from", Peer));
        await Connection.SkipToAsync("<iq type='result' id='open'>...</iq>");
        foreach (var other in (string?[])[null, "localhost", Client.Jid.ToString(), Client.Jid.Bare.ToString(), "bob@localhost", "bob@localhost/other", Eve])
        {
            await Connection.SendAsync(XmlPattern.Read(Scripts.Data(Client.Jid, "s1", 0, 4)).WithAttribute("from", other));
            await Connection.SkipToAsync("<iq type='error' id='d0'>...</iq>");
        }

        await Connection.SendAsync(XmlPattern.Read(Scripts.Data(Client.Jid, "s1", 0, 4)).WithAttribute("from", Peer));
        (await accepting.WaitAsync(Harbour.Patience, TestContext.Current.CancellationToken)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Offers_from_bare_addresses_from_servers_and_from_nobody_are_refused()
    {
        await ConnectAsync();
        foreach (var other in (string?[])[null, "localhost", "bob@localhost", Client.Jid.Bare.ToString()])
        {
            await Connection.SendAsync(XmlPattern.Read(Scripts.Offer(Client.Jid, "s1", "f", 4, [Scripts.InBand])).WithAttribute("from", other));
            await Connection.SkipToAsync("<iq type='error' id='s1'>...</iq>");
        }
    }

    private static string From(string? other) => other is null ? "" : $" from='{other}'";

    private static string Inside(string iq) => XmlPattern.Read(iq).FirstChild!.ToString();

    private Task AnswerAsync(Element iq, string? from, string inside) =>
        Connection.SendAsync($"<iq type='result' id='{iq.Attribute("id")}'{From(from)} to='{Client.Jid}'>{inside}</iq>");

    private async Task<Outcome> AcceptAsync() => await (await Harbour.NextOfferAsync(Client)).AcceptAsync(_folder);

    private async Task ConnectAsync()
    {
        var connecting = FerryClient.ConnectAsync(new FerryOptions
        {
            Account = Jid.Parse("alice@localhost/ferry"),
            Password = "secret",
            Server = _server.EndPoint.ToString(),
            InsecurePlaintext = true,
            AcceptFrom = PeerPolicy.Only(Jid.Parse("bob@localhost")),
        });
        _connection = await _server.AcceptAsync();
        await Connection.LogInAsync(sm: null);
        var roster = await Connection.SkipToAsync("<iq type='get'>...<query xmlns='jabber:iq:roster'/></iq>");
        await Connection.SendAsync($"<iq type='result' id='{roster.Attribute("id")}'><query xmlns='jabber:iq:roster'/></iq>");
        var ping = await Connection.SkipToAsync("<iq type='get' to='localhost'>...<ping xmlns='urn:xmpp:ping'/></iq>");
        await Connection.SendAsync($"<iq type='result' id='{ping.Attribute("id")}' from='localhost'/>");
        _client = await connecting.WaitAsync(Harbour.Patience);
    }
}
