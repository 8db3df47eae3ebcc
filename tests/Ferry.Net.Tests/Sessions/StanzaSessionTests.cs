using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Ferry.Testing;

namespace Ferry.Net.Tests.Sessions;

/// <summary>Requests, their answers, and the answers that are owed (RFC 6120 section 8).</summary>
public sealed class StanzaSessionTests
{
    private static readonly Element Question = new("urn:x", "q");

    [Theory]
    [InlineData("bob@localhost/r", "bob@localhost/r")]
    [InlineData("localhost", "localhost")]
    [InlineData("localhost", null)]
    [InlineData("alice@localhost", null)]
    [InlineData(null, null)]
    [InlineData(null, "alice@localhost")]
    [InlineData(null, "alice@localhost/r")]
    [InlineData(null, "localhost")]
    public async Task The_answer_of_whom_was_asked_is_taken(string? to, string? from)
    {
        await using var play = await Play.BeginAsync();
        var asking = AskAsync(play, to);
        var id = await AskedAsync(play);
        await play.Connection.SendAsync($"<iq type='result' id='{id}'{From(from)}><a xmlns='urn:x'/></iq>");
        var reply = await asking;
        reply.IsResult.ShouldBeTrue(reply.ToString());
        reply.Payload!.Name.ShouldBe("a");
    }

    [Theory]
    [InlineData("bob@localhost/r", "bob@localhost")]
    [InlineData("bob@localhost/r", "bob@localhost/other")]
    [InlineData("bob@localhost/r", "mallory@localhost/r")]
    [InlineData("bob@localhost/r", "localhost")]
    [InlineData("bob@localhost/r", null)]
    [InlineData("localhost", "mallory@localhost/r")]
    [InlineData("localhost", "alice@localhost")]
    [InlineData(null, "mallory@localhost/r")]
    [InlineData(null, "alice@localhost/other")]
    public async Task The_answer_of_another_is_not(string? to, string? from)
    {
        await using var play = await Play.BeginAsync();
        var asking = AskAsync(play, to);
        var id = await AskedAsync(play);
        await play.Connection.SendAsync($"<iq type='result' id='{id}'{From(from)}><forged xmlns='urn:x'/></iq>");
        await play.Connection.SendAsync($"<iq type='result' id='{id}'{From(to)}><a xmlns='urn:x'/></iq>");
        (await asking).Payload!.Name.ShouldBe("a");
    }

    [Fact]
    public async Task Only_the_first_answer_counts_and_nothing_is_answered_to_an_answer()
    {
        await using var play = await Play.BeginAsync();
        var asking = AskAsync(play, "localhost");
        var id = await AskedAsync(play);
        await play.Connection.SendAsync($"<iq type='error' id='{id}' from='localhost'/>");
        await play.Connection.SendAsync($"<iq type='result' id='{id}' from='localhost'/>");
        await play.Connection.SendAsync("<iq type='result' id='strange' from='localhost'/>");
        await play.Connection.SendAsync("<iq type='error' id='strange' from='localhost'/>");
        var reply = await asking;
        reply.Error!.Condition.ShouldBe(ErrorCondition.UndefinedCondition);
        await ExpectNothingAsync(play);
    }

    [Fact]
    public async Task No_answer_is_a_timeout_and_a_late_one_is_nothing()
    {
        await using var play = await Play.BeginAsync();
        var reply = await play.Session.RequestAsync(Jid.Parse("localhost"), IqType.Get, Question, TimeSpan.FromMilliseconds(50), CancellationToken.None);
        reply.Missing.ShouldBe(NoReply.TimedOut);
        var id = await AskedAsync(play);
        await play.Connection.SendAsync($"<iq type='result' id='{id}' from='localhost'/>");
        await ExpectNothingAsync(play);
    }

    [Fact]
    public async Task Cancelling_surfaces_as_itself()
    {
        await using var play = await Play.BeginAsync();
        using var cancel = new CancellationTokenSource();
        var asking = play.Session.RequestAsync(null, IqType.Get, Question, Play.Patience, cancel.Token);
        await AskedAsync(play);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(asking.WaitAsync(Play.Patience));
    }

    [Theory]
    [InlineData("<iq type='get' id='1' from='bob@localhost/r'><unknown xmlns='urn:y'/></iq>", "service-unavailable")]
    [InlineData("<iq type='set' id='1' from='bob@localhost/r'><q xmlns='urn:other'/></iq>", "service-unavailable")]
    [InlineData("<iq type='get' id='1' from='bob@localhost/r'/>", "bad-request")]
    [InlineData("<iq type='set' id='1' from='bob@localhost/r'><a/><b/></iq>", "bad-request")]
    public async Task Every_request_gets_its_answer(string request, string condition)
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendAsync(request);
        await play.Connection.ExpectAsync(
            $"<iq type='error' id='1' to='bob@localhost/r'>...<error type='*'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    }

    [Theory]
    [InlineData("<iq type='get' from='bob@localhost/r'><q xmlns='urn:x'/></iq>")]
    [InlineData("<iq id='1' from='bob@localhost/r'><q xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='what' id='1' from='bob@localhost/r'><q xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='get' id='1' from='@'><q xmlns='urn:x'/></iq>")]
    [InlineData("<message from='@'/>")]
    [InlineData("<message type='error' from='bob@localhost'><q xmlns='urn:x'/></message>")]
    [InlineData("<presence from='@'/>")]
    [InlineData("<nonsense/>")]
    [InlineData("<nonsense xmlns='urn:what'/>")]
    [InlineData("<a xmlns='urn:xmpp:sm:3'/>")]
    [InlineData("<a xmlns='urn:xmpp:sm:3' h='-1'/>")]
    [InlineData("<enabled xmlns='urn:xmpp:sm:3'/>")]
    public async Task What_cannot_be_answered_is_passed_over(string stanza)
    {
        await using var play = await Play.BeginAsync(session =>
        {
            session.OnIq("urn:x", "q", _ => throw new InvalidOperationException("handled"));
            session.OnMessage("urn:x", "q", (_, _) => throw new InvalidOperationException("handled"));
        });
        await play.Connection.SendAsync(stanza);
        await ExpectNothingAsync(play);
    }

    [Fact]
    public async Task Those_who_are_not_admitted_learn_nothing()
    {
        await using var play = await Play.BeginAsync(session =>
        {
            session.Admits = _ => false;
            session.OnIq("urn:x", "q", iq => iq.Result());
        });
        // A request that exists, one that does not, one that cannot be read: all the same to a stranger.
        foreach (var inside in (string[])["<q xmlns='urn:x'/>", "<z xmlns='urn:x'/>", "", "<a/><b/>"])
        {
            await play.Connection.SendAsync($"<iq type='get' id='1' from='eve@localhost/r'>{inside}</iq>");
            await play.Connection.ExpectAsync(
                "<iq type='error' id='1' to='eve@localhost/r'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        }
    }

    [Fact]
    public async Task Messages_and_presence_reach_their_handlers()
    {
        var heard = new List<string>();
        await using var play = await Play.BeginAsync(session =>
        {
            session.OnMessage("urn:x", "m", (message, payload) => heard.Add($"{message.From} {payload.Name}"));
            session.PresenceHandler = presence => new Presence(null, null, null, presence.From, []).ToElement();
        });
        await play.Connection.SendAsync("<message from='bob@localhost/r'><m xmlns='urn:x'/></message>");
        await play.Connection.SendAsync("<presence from='bob@localhost/r'/>");
        await play.Connection.ExpectAsync("<presence to='bob@localhost/r'/>");
        heard.ShouldBe(["bob@localhost/r m"]);
    }

    [Fact]
    public async Task A_server_that_stops_reading_makes_senders_wait()
    {
        await using var play = await Play.BeginAsync(sm: null, receiveBuffer: 8 * 1024);
        var stanza = new Message(null, null, null, Jid.Parse("bob@localhost"), [new Element("urn:x", "m", new string('x', 16 * 1024))]).ToElement();
        var sent = 0;
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (sent < 100_000 && await play.Session.SendAsync(stanza, stop.Token, bulk: true)) Interlocked.Increment(ref sent);
        });
        await StillAsync(() => Volatile.Read(ref sent));
        sending.IsCompleted.ShouldBeFalse();
        // 64 in the queue, a batch, and what the kernel's buffers hold: some megabytes, whatever was wanted.
        (sent * 16L * 1024).ShouldBeLessThan(24L * 1024 * 1024);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending.WaitAsync(Play.Patience));
    }

    [Fact]
    public async Task Control_stanzas_overtake_bulk()
    {
        await using var play = await Play.BeginAsync(sm: null, receiveBuffer: 8 * 1024);
        var bulk = new Message(null, null, null, null, [new Element("urn:x", "bulk", new string('x', 64 * 1024))]).ToElement();
        var sent = 0;
        var filling = Task.Run(async () =>
        {
            while (sent < 2000 && await play.Session.SendAsync(bulk, CancellationToken.None, bulk: true)) Interlocked.Increment(ref sent);
        });
        await StillAsync(() => Volatile.Read(ref sent));
        var before = sent;
        await play.Session.SendAsync(new Message("now", null, null, null, []).ToElement(), CancellationToken.None);
        var passed = 0;
        while ((await play.Connection.NextElementAsync()).Attribute("id") != "now") passed++;
        passed.ShouldBeLessThan(before - 32); // the queue's 64 were overtaken, what the wire held was not
        play.Connection.Break();
        await filling.WaitAsync(Play.Patience);
    }

    [Fact]
    public async Task Disposal_closes_the_stream_in_order()
    {
        var play = await Play.BeginAsync();
        await play.Session.SendAsync(new Message("last", null, null, null, []).ToElement(), CancellationToken.None);
        var disposing = play.Session.DisposeAsync().AsTask();
        await play.Connection.SkipToAsync("<message id='last'/>");
        await play.Connection.ExpectCloseAsync();
        await disposing.WaitAsync(Play.Patience);
        (await play.EndAsync()).ShouldBeNull();
        (await play.Session.SendAsync(new Message("x", null, null, null, []).ToElement(), CancellationToken.None)).ShouldBeFalse();
        await play.Session.DisposeAsync();
        await play.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_ends_although_the_server_is_silent()
    {
        var play = await Play.BeginAsync();
        await play.Session.DisposeAsync().AsTask().WaitAsync(Play.Patience);
        (await play.EndAsync()).ShouldBeNull();
        await play.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disposal_ends_although_the_server_takes_nothing(bool tls)
    {
        await using var server = Ferry.Testing.XmppScripts.FakeServer.Start();
        var connecting = StanzaSession.ConnectAsync(tls ? Play.Secure(server) : Play.Options(server), CancellationToken.None);
        var connection = await server.AcceptAsync(receiveBuffer: 8 * 1024);
        await connection.LogInAsync(tls: tls, sm: null);
        var session = (await connecting.WaitAsync(Play.Patience)).Session!;
        session.Start();
        var stanza = new Message(null, null, null, null, [new Element("urn:x", "m", new string('x', 64 * 1024))]).ToElement();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (await session.SendAsync(stanza, CancellationToken.None, bulk: true)) Interlocked.Increment(ref sent);
        });
        await StillAsync(() => Volatile.Read(ref sent));
        await session.DisposeAsync().AsTask().WaitAsync(Play.Patience);
        (await session.Completion.WaitAsync(Play.Patience)).ShouldBeNull();
        await sending.WaitAsync(Play.Patience);
    }

    [Fact]
    public async Task Disposal_ends_although_somebody_sends_without_pause()
    {
        var play = await Play.BeginAsync(sm: null);
        var stanza = new Message("m", null, null, null, []).ToElement();
        var senders = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await play.Session.SendAsync(stanza, CancellationToken.None))
            {
                // On and on.
            }
        })).ToList();
        await play.Connection.ExpectAsync("<message id='m'/>");
        var closing = Task.Run(play.Connection.ExpectCloseAsync); // its reads never wait
        var disposing = play.Session.DisposeAsync().AsTask();
        await closing.WaitAsync(Play.Patience);
        await disposing.WaitAsync(Play.Patience);
        await Task.WhenAll(senders).WaitAsync(Play.Patience);
        (await play.EndAsync()).ShouldBeNull();
        await play.DisposeAsync();
    }

    /// <summary>Waits until a number has grown and stands still: a queue is full.</summary>
    private static async Task StillAsync(Func<int> number)
    {
        var (last, since) = (0, 0);
        await Eventually.HoldsAsync(
            () =>
            {
                var now = number();
                since = now == last && now > 0 ? since + 1 : 0;
                last = now;
                return since > 300; // looks, a millisecond apart at least
            },
            "the sender waits");
    }

    private static async Task<IqReply> AskAsync(Play play, string? to) =>
        await play.Session.RequestAsync(to is null ? null : Jid.Parse(to), IqType.Get, Question, Play.Patience, CancellationToken.None).WaitAsync(Play.Patience);

    private static async Task<string> AskedAsync(Play play) => (await play.Connection.SkipToAsync("<iq type='get'>...<q xmlns='urn:x'/></iq>")).Attribute("id")!;

    private static string From(string? from) => from is null ? "" : $" from='{from}'";

    // What is asked now is answered next.
    private static async Task ExpectNothingAsync(Play play)
    {
        await play.Connection.SendAsync("<iq type='get' id='after' from='localhost'><none xmlns='urn:nothing'/></iq>");
        await play.Connection.ExpectAsync("<iq type='error' id='after' to='localhost'>...</iq>");
    }
}
