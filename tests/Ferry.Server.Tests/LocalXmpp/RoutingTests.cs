using Ferry.Protocol.Streams;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

public sealed class RoutingTests
{
    private const string Unavailable = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

    [Fact]
    public async Task An_iq_and_its_answer_between_two_clients()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice", "a");
        await using var bob = await server.LogInAsync("bob", "b");

        await alice.SendAsync("<iq type='set' id='1' to='bob@localhost/b'><open xmlns='http://jabber.org/protocol/ibb' sid='s' block-size='4096'/></iq>");
        await bob.ExpectAsync(
            "<iq type='set' id='1' from='alice@localhost/a' to='bob@localhost/b'><open xmlns='http://jabber.org/protocol/ibb' sid='s' block-size='4096'/></iq>");
        await bob.SendAsync("<iq type='result' id='1' to='alice@localhost/a'/>");
        await alice.ExpectAsync("<iq type='result' id='1' from='bob@localhost/b' to='alice@localhost/a'/>");
    }

    [Fact]
    public async Task Nobody_can_speak_for_another()
    {
        await using var server = await TestServer.StartAsync("alice", "bob", "mallory");
        await using var mallory = await server.LogInAsync("mallory", "m");
        await using var bob = await server.LogInAsync("bob", "b");
        await mallory.SendAsync("<message from='alice@localhost/a' to='bob@localhost/b'><body>trust me</body></message>");
        await bob.ExpectAsync("<message from='mallory@localhost/m' to='bob@localhost/b'><body>trust me</body></message>");
    }

    [Theory]
    [InlineData("<iq type='get' id='1' to='bob@localhost/gone'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq type='error' id='1' from='bob@localhost/gone' to='{0}'>" + Unavailable + "</iq>")]
    [InlineData("<iq type='get' id='1' to='bob@localhost'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq type='error' id='1' from='bob@localhost' to='{0}'>" + Unavailable + "</iq>")]
    [InlineData("<iq type='get' id='1' to='nobody@localhost'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq type='error' id='1' from='nobody@localhost' to='{0}'>" + Unavailable + "</iq>")]
    [InlineData("<iq type='get' id='1' to='localhost'><query xmlns='unheard:of'/></iq>", "<iq type='error' id='1' from='localhost' to='{0}'>" + Unavailable + "</iq>")]
    [InlineData("<iq type='get' id='1'><query xmlns='unheard:of'/></iq>", "<iq type='error' id='1' to='{0}'>" + Unavailable + "</iq>")]
    [InlineData("<message id='1' to='nobody@localhost'><body>hi</body></message>", "<message type='error' id='1' from='nobody@localhost' to='{0}'>" + Unavailable + "</message>")]
    [InlineData("<message id='1' type='groupchat' to='bob@localhost'><body>hi</body></message>", "<message type='error' id='1' from='bob@localhost' to='{0}'>" + Unavailable + "</message>")]
    [InlineData("<iq type='get' id='1' to='x@example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq type='error' id='1' from='x@example.org' to='{0}'><error type='cancel'><remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>")]
    [InlineData("<iq type='get' id='1' to='@@@'><ping xmlns='urn:xmpp:ping'/></iq>", "<iq type='error' id='1' from='@@@' to='{0}'><error type='modify'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    [InlineData("<iq type='get' id='1' to='bob@localhost'/>", "<iq type='error' id='1' from='bob@localhost' to='{0}'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    [InlineData("<iq type='what' id='1' to='bob@localhost'><x xmlns='x'/></iq>", "<iq type='error' id='1' from='bob@localhost' to='{0}'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    [InlineData("<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<iq type='error' id='1' to='{0}'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    [InlineData("<iq type='set' id='1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>", "<iq type='result' id='1' to='{0}'/>")]
    public async Task What_cannot_be_delivered_comes_back_by_its_name(string sent, string answer)
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice", "a");
        await alice.SendAsync(sent);
        await alice.ExpectAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, answer, alice.Jid));
    }

    [Theory]
    [InlineData("<message type='error' to='nobody@localhost'><error type='cancel'/></message>")]
    [InlineData("<message type='error' to='bob@localhost/gone'><error type='cancel'/></message>")]
    [InlineData("<message type='headline' to='bob@localhost/gone'/>")]
    [InlineData("<iq type='result' id='1' to='bob@localhost/gone'/>")]
    [InlineData("<iq type='error' id='1' to='bob@localhost/gone'><error type='cancel'/></iq>")]
    [InlineData("<iq type='result' id='1' to='localhost'/>")]
    [InlineData("<iq type='error' id='1' to='@@@'><error type='cancel'/></iq>")]
    [InlineData("<presence to='bob@localhost/gone'/>")]
    [InlineData("<presence to='x@example.org'/>")]
    [InlineData("<presence type='probe' to='bob@localhost'/>")]
    [InlineData("<presence type='error' to='bob@localhost/gone'><error type='cancel'/></presence>")]
    public async Task What_is_no_request_is_never_answered(string sent)
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice", "a");
        await alice.SendAsync(sent);
        await alice.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_message_to_an_account_goes_to_who_is_there_and_wants_it()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await using var shy = await server.LogInAsync("bob", "shy");
        await shy.BeAvailableAsync("<priority>-1</priority>");
        await alice.SendAsync("<message to='bob@localhost' id='1' type='chat'/>");
        await alice.ExpectAsync("<message type='error' id='1' from='bob@localhost' to='alice@localhost/r'>...</message>");

        await using var open = await server.JoinAsync("bob", "open");
        await alice.SendAsync("<message to='bob@localhost' id='2' type='chat'/>");
        await open.SkipToAsync("<message from='alice@localhost/r' to='bob@localhost' id='2' type='chat'/>");
        await alice.SendAsync("<message to='bob@localhost/gone' id='3' type='chat'/>");
        await open.ExpectAsync("<message from='alice@localhost/r' to='bob@localhost/gone' id='3' type='chat'/>");
        await alice.ExpectNothingAsync();
        await shy.SkipToAsync("<presence from='bob@localhost/open' to='bob@localhost'/>");
        await shy.ExpectNothingAsync();
    }

    [Fact]
    public async Task Discovery_of_the_server_and_of_accounts()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.JoinAsync("alice", "a");
        await alice.SendAsync("<iq type='get' id='1' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await alice.ExpectAsync(
            "<iq type='result' id='1' from='localhost' to='alice@localhost/a'><query xmlns='http://jabber.org/protocol/disco#info'>"
            + "<identity category='server' type='im' name='Ferry'/>...<feature var='urn:xmpp:ping'/></query></iq>");
        await alice.SendAsync("<iq type='get' id='2' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        await alice.ExpectAsync("<iq type='result' id='2' from='localhost' to='alice@localhost/a'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        await alice.SendAsync("<iq type='get' id='3'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await alice.ExpectAsync(
            "<iq type='result' id='3' to='alice@localhost/a'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='account' type='registered'/>...</query></iq>");
        await alice.SendAsync("<iq type='get' id='4' to='alice@localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        await alice.ExpectAsync(
            "<iq type='result' id='4' from='alice@localhost' to='alice@localhost/a'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='alice@localhost/a'/></query></iq>");
        await alice.SendAsync("<iq type='get' id='5' to='bob@localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await alice.ExpectAsync($"<iq type='error' id='5' from='bob@localhost' to='alice@localhost/a'>{Unavailable}</iq>");
        await alice.SendAsync("<iq type='get' id='6' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>");
        await alice.ExpectAsync("<iq type='error' id='6' from='localhost' to='alice@localhost/a'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    }

    [Theory]
    [InlineData("<message><!-- psst --></message>", StreamCondition.RestrictedXml)]
    [InlineData("<?php ?>", StreamCondition.RestrictedXml)]
    [InlineData("<!DOCTYPE x>", StreamCondition.RestrictedXml)]
    [InlineData("<message>&bomb;</message>", StreamCondition.NotWellFormed)]
    [InlineData("<message><a></b></message>", StreamCondition.NotWellFormed)]
    [InlineData("<nonsense/>", StreamCondition.UnsupportedStanzaType)]
    [InlineData("text", StreamCondition.InvalidXml)]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='1'/>", StreamCondition.UndefinedCondition)]
    public async Task Bad_input_ends_the_stream_by_its_name(string sent, StreamCondition condition)
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await server.LogInAsync("alice");
        await alice.SendRawAsync(sent);
        (await alice.ExpectStreamErrorAsync()).Condition.ShouldBe(condition);
    }

    [Fact]
    public async Task A_stanza_too_long_or_too_deep_ends_the_stream()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var longer = await server.LogInAsync("alice", "1");
        await longer.SendRawAsync($"<message to='alice@localhost/2'><body>{new string('x', 256 * 1024)}</body></message>");
        (await longer.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.PolicyViolation);

        await using var deeper = await server.LogInAsync("alice", "2");
        await deeper.SendRawAsync("<message>" + string.Concat(Enumerable.Repeat("<a>", 100)));
        (await deeper.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.PolicyViolation);
    }

    [Fact]
    public async Task The_server_says_that_it_goes()
    {
        var server = await TestServer.StartAsync("alice");
        await using var alice = await server.LogInAsync("alice");
        await using var early = await server.ConnectAsync();
        await server.DisposeAsync();
        (await alice.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.SystemShutdown);
        (await early.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.SystemShutdown);
    }
}
