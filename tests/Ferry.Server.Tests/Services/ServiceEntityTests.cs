using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Services;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.Services;

/// <summary>A service as a sub-domain of the embedded server; what it answers is the same wherever it is attached.</summary>
public sealed class ServiceEntityTests
{
    private const string Address = "echo.localhost";
    private const string Errors = "urn:ietf:params:xml:ns:xmpp-stanzas";
    private const string Unavailable = $"<error type='cancel'><service-unavailable xmlns='{Errors}'/></error>";
    private const string BadRequest = $"<error type='modify'><bad-request xmlns='{Errors}'/></error>";

    [Fact]
    public async Task The_servers_list_has_it_and_it_says_what_it_is()
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");

        await alice.SendAsync("<iq type='get' id='1' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        await alice.ExpectAsync($"<iq type='result' id='1' from='localhost' to='{alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='{Address}' name='Echo'/></query></iq>");
        await alice.SendAsync($"<iq type='get' id='2' to='{Address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        await alice.ExpectAsync(
            $"<iq type='result' id='2' from='{Address}' to='{alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='component' type='echo' name='Echo'/>"
            + "<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/><feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/>"
            + "<feature var='urn:echo'/></query></iq>");
    }

    [Theory]
    [InlineData("<ping xmlns='urn:xmpp:ping'/>", "")]
    [InlineData("<q xmlns='urn:echo'>hi</q>", "<q xmlns='urn:echo'>hi</q>")]
    [InlineData("<query xmlns='http://jabber.org/protocol/disco#items'/>", "<query xmlns='http://jabber.org/protocol/disco#items'/>")]
    [InlineData("<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:version'><name>Ferry</name><version>*</version></query>")]
    public async Task What_it_has_is_answered(string asked, string answer)
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync($"<iq type='get' id='1' to='{Address}'>{asked}</iq>");
        await alice.ExpectAsync($"<iq type='result' id='1' from='{Address}' to='{alice.Jid}'>{answer}</iq>");
    }

    [Theory]
    [InlineData($"<iq type='get' id='1' to='{Address}'><x xmlns='urn:unheard'/></iq>", $"<iq type='error' id='1' from='{Address}' to='{{0}}'>{Unavailable}</iq>")]
    [InlineData($"<iq type='set' id='1' to='{Address}'><x xmlns='urn:unheard'/></iq>", $"<iq type='error' id='1' from='{Address}' to='{{0}}'>{Unavailable}</iq>")]
    [InlineData($"<iq type='get' id='1' to='me@{Address}'><q xmlns='urn:echo'/></iq>", $"<iq type='error' id='1' from='me@{Address}' to='{{0}}'>{Unavailable}</iq>")]
    [InlineData($"<iq type='get' id='1' to='{Address}/r'><q xmlns='urn:echo'/></iq>", $"<iq type='error' id='1' from='{Address}/r' to='{{0}}'>{Unavailable}</iq>")]
    [InlineData($"<iq type='get' id='1' to='{Address}'><throw xmlns='urn:echo'/></iq>", $"<iq type='error' id='1' from='{Address}' to='{{0}}'><error type='wait'><internal-server-error xmlns='{Errors}'/></error></iq>")]
    [InlineData($"<iq type='set' id='1' to='{Address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", $"<iq type='error' id='1' from='{Address}' to='{{0}}'>{BadRequest}</iq>")]
    [InlineData($"<iq type='get' id='1' to='{Address}'><query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>", $"<iq type='error' id='1' from='{Address}' to='{{0}}'><error type='cancel'><item-not-found xmlns='{Errors}'/></error></iq>")]
    [InlineData($"<message id='1' to='{Address}'><body>hi</body></message>", $"<message type='error' id='1' from='{Address}' to='{{0}}'>{Unavailable}</message>")]
    public async Task What_it_does_not_have_is_refused(string asked, string answer)
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync(asked);
        await alice.ExpectAsync(answer.Replace("{0}", alice.Jid.ToString(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData($"<iq type='error' id='1' to='{Address}'>{Unavailable}</iq>")]
    [InlineData($"<iq type='result' id='1' to='{Address}'/>")]
    [InlineData($"<message type='error' to='{Address}'>{Unavailable}</message>")]
    [InlineData($"<message type='headline' to='{Address}'/>")]
    [InlineData($"<presence to='{Address}'/>")]
    [InlineData($"<presence type='subscribe' to='{Address}'/>")]
    [InlineData($"<presence type='error' to='{Address}'>{Unavailable}</presence>")]
    public async Task Nothing_answers_these_or_they_would_never_end(string sent)
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync(sent);
        await alice.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_handler_that_takes_time_holds_nobody_up()
    {
        await using var echo = Echo(out var feature);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync($"<iq type='get' id='slow' to='{Address}'><later xmlns='urn:echo'/></iq>");
        await alice.SendAsync($"<iq type='get' id='fast' to='{Address}'><q xmlns='urn:echo'/></iq>");
        await alice.ExpectAsync($"<iq type='result' id='fast' from='{Address}' to='{alice.Jid}'><q xmlns='urn:echo'/></iq>");
        feature.LetGo();
        await alice.ExpectAsync($"<iq type='result' id='slow' from='{Address}' to='{alice.Jid}'><later xmlns='urn:echo'/></iq>");
    }

    [Fact]
    public async Task Only_so_many_requests_are_handled_at_once()
    {
        await using var echo = Echo(out var feature, new ServiceOptions { MaxRunning = 2 });
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        for (var i = 1; i <= 3; i++) await alice.SendAsync($"<iq type='get' id='{i}' to='{Address}'><later xmlns='urn:echo'/></iq>");
        await alice.ExpectAsync($"<iq type='error' id='3' from='{Address}' to='{alice.Jid}'><error type='wait'><resource-constraint xmlns='{Errors}'/></error></iq>");
        feature.LetGo();
        await alice.SkipToAsync($"<iq type='result' id='1' from='{Address}' to='{alice.Jid}'>...</iq>");
    }

    [Fact]
    public async Task It_asks_and_only_the_answer_of_whom_was_asked_counts()
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        var asking = AskAsync(echo, alice.Jid);
        var question = await alice.ExpectAsync($"<iq type='get' id='*' from='{Address}' to='{alice.Jid}'><q xmlns='urn:echo'/></iq>");
        await bob.SendAsync($"<iq type='result' id='{question.Attribute("id")}' to='{Address}'><forged xmlns='x'/></iq>");
        await bob.ExpectNothingAsync();
        await alice.SendAsync($"<iq type='result' id='{question.Attribute("id")}' to='{Address}'><a xmlns='x'/></iq>");
        (await asking).Payload!.Name.ShouldBe("a");
    }

    [Theory]
    [InlineData("nobody@localhost/r", ErrorCondition.ServiceUnavailable)]
    [InlineData("nobody@localhost", ErrorCondition.ServiceUnavailable)]
    [InlineData("nowhere.example", ErrorCondition.RemoteServerNotFound)]
    public async Task Who_cannot_be_asked_is_an_answer_at_once(string to, ErrorCondition condition)
    {
        await using var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        (await AskAsync(echo, Jid.Parse(to))).Error!.Condition.ShouldBe(condition);
    }

    [Fact]
    public async Task Silence_is_an_answer_in_time()
    {
        var time = new ManualTime();
        await using var echo = Echo(out _, new ServiceOptions { TimeProvider = time });
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        var asking = AskAsync(echo, alice.Jid);
        await alice.ExpectAsync("<iq type='get' id='*' from='*' to='*'><q xmlns='urn:echo'/></iq>");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(30));
        (await asking).Missing.ShouldBe(NoReply.TimedOut);
    }

    [Fact]
    public async Task Not_attached_nothing_is_sent()
    {
        await using var echo = Echo(out _);
        (await AskAsync(echo, Jid.Parse("alice@localhost/r"))).Missing.ShouldBe(NoReply.SessionEnded);
    }

    [Fact]
    public async Task Only_so_many_answers_are_waited_for()
    {
        await using var echo = Echo(out _, new ServiceOptions { MaxAsked = 1 });
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        var asking = AskAsync(echo, alice.Jid);
        var question = await alice.ExpectAsync("<iq type='get' id='*' from='*' to='*'><q xmlns='urn:echo'/></iq>");
        (await AskAsync(echo, alice.Jid)).Missing.ShouldBe(NoReply.SessionEnded);
        await alice.SendAsync($"<iq type='result' id='{question.Attribute("id")}' to='{Address}'/>");
        (await asking).IsResult.ShouldBeTrue();
    }

    [Fact]
    public async Task Its_end_ends_what_runs()
    {
        var echo = Echo(out _);
        await using var server = await StartAsync(echo);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync($"<iq type='get' id='slow' to='{Address}'><later xmlns='urn:echo'/></iq>");
        await alice.ExpectNothingAsync();
        await echo.DisposeAsync().AsTask().WaitAsync(FakeConnection.Patience);
    }

    private static ServiceEntity Echo(out EchoFeature feature, ServiceOptions? options = null)
    {
        var service = new ServiceEntity(Jid.Parse(Address), new DiscoIdentity("component", "echo", "Echo"), options ?? new ServiceOptions());
        service.Add(feature = new EchoFeature());
        return service;
    }

    private static Task<TestServer> StartAsync(ServiceEntity service) =>
        TestServer.StartAsync(new LocalServerLimits { LoginDelay = TimeSpan.Zero }, ["alice", "bob"], services: service);

    private static Task<IqReply> AskAsync(ServiceEntity service, Jid to) =>
        service.AskAsync(IqType.Get, to, new Element(EchoFeature.Echo, "q"), TimeSpan.FromSeconds(30), CancellationToken.None);
}
