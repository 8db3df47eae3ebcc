using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Ferry.Server.LocalXmpp;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

public sealed class StreamManagementTests
{
    private const string Sm = "urn:xmpp:sm:3";

    [Fact]
    public async Task A_resumed_stream_loses_nothing_and_repeats_nothing()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var bob = await server.LogInAsync("bob", "b");
        var alice = await server.LogInAsync("alice", "a");
        var id = await EnableAsync(alice);

        // Two stanzas handled by the server; three sent to alice, of which she saw two and acknowledged one.
        await alice.SendAsync("<message to='bob@localhost/b' id='from-alice-1'/>");
        await alice.SendAsync("<message to='bob@localhost/b' id='from-alice-2'/>");
        await bob.SkipToAsync("<message from='alice@localhost/a' to='bob@localhost/b' id='from-alice-2'/>");
        for (var i = 1; i <= 3; i++) await bob.SendAsync($"<message to='alice@localhost/a' id='{i}'/>");
        await alice.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='1'/>");
        await alice.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='2'/>");
        await alice.SendAsync($"<a xmlns='{Sm}' h='1'/>");
        alice.Break();
        await bob.SendAsync("<message to='alice@localhost/a' id='4'/>");
        await bob.ExpectNothingAsync();

        await using var again = await ResumeAsync(server, id, handled: 2);
        await again.ExpectAsync($"<resumed xmlns='{Sm}' previd='{id}' h='2'/>");
        await again.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='3'/>");
        await again.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='4'/>");
        await bob.SendAsync("<message to='alice@localhost/a' id='5'/>");
        await again.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='5'/>");
        await again.SendAsync($"<r xmlns='{Sm}'/>");
        await again.ExpectAsync($"<a xmlns='{Sm}' h='2'/>");
        await again.SendAsync("<message to='bob@localhost/b' id='from-alice-3'/>");
        await bob.ExpectAsync("<message from='alice@localhost/a' to='bob@localhost/b' id='from-alice-3'/>");
        await alice.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_can_be_resumed_before_the_server_knows_that_it_broke()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice", "a");
        var id = await EnableAsync(alice);
        await using var again = await ResumeAsync(server, id, handled: 0);
        await again.ExpectAsync($"<resumed xmlns='{Sm}' previd='{id}' h='0'/>");
        await using var bob = await server.LogInAsync("bob", "b");
        await bob.SendAsync("<message to='alice@localhost/a' id='1'/>");
        await again.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='1'/>");
    }

    [Fact]
    public async Task Of_two_that_wait_to_resume_the_later_one_gets_the_stream()
    {
        await using var server = await TestServer.StartAsync("alice");
        var xmpp = server.Local.Xmpp;
        using var sockets = new Connections(xmpp);
        var (old, first, second) = (sockets.Open(), sockets.Open(), sockets.Open());
        var account = Jid.Parse("alice@localhost");
        var session = (await xmpp.BindAsync(account, "a", old)).Session.ShouldNotBeNull();
        var id = xmpp.MakeResumable(session);
        session.Out.StartCounting(new Element(Sm, "enabled"));
        // Both come while the old connection is not yet taken apart.
        var resumings = (xmpp.ResumeAsync(account, id, 0, first), xmpp.ResumeAsync(account, id, 0, second));
        session.TryDetach(DateTimeOffset.UnixEpoch).ShouldBeTrue();
        await old.RunAsync(new CancellationToken(canceled: true));
        var got = (First: await resumings.Item1.WaitAsync(TimeSpan.FromSeconds(10)), Second: await resumings.Item2.WaitAsync(TimeSpan.FromSeconds(10)));
        session.TryDetach(DateTimeOffset.UnixEpoch).ShouldBeTrue(); // nobody serves these connections, so nobody would end it with the server
        got.ShouldBe((null, session));
    }

    [Fact]
    public async Task A_session_waits_only_so_long_and_then_its_stanzas_come_back()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(new LocalServerLimits { ResumeTimeout = TimeSpan.FromSeconds(60) }, ["alice", "bob"], time: time);
        await using var bob = await server.JoinAsync("bob", "b");
        var alice = await server.LogInAsync("alice", "a");
        var id = await EnableAsync(alice, max: 60);
        alice.Break();
        await Ferry.Testing.Eventually.HoldsAsync(() => server.Local.Xmpp.Sessions.ByResumeId(id) is { Connection: null }, "the session waits for a connection");
        await bob.SendAsync("<iq type='get' id='1' to='alice@localhost/a'><ping xmlns='urn:xmpp:ping'/></iq>");
        await bob.ExpectNothingAsync();
        await AdvanceAsync(time, TimeSpan.FromSeconds(70));
        await bob.SkipToAsync("<iq type='error' id='1' from='alice@localhost/a' to='bob@localhost/b'><error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");

        await using var late = await ResumeAsync(server, id, handled: 0);
        await late.ExpectAsync($"<failed xmlns='{Sm}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        await late.BindAsync("a");
        await alice.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_resumes_the_stream_of_another()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice", "a");
        var id = await EnableAsync(alice);
        await using var bob = await server.ConnectAsync();
        await bob.StartTlsAsync();
        await bob.AuthenticateAsync("bob", "bob");
        await bob.SendAsync($"<resume xmlns='{Sm}' previd='{id}' h='0'/>");
        await bob.ExpectAsync($"<failed xmlns='{Sm}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        await alice.ExpectNothingAsync();
    }

    /// <summary>As a client sends whose answer waited while its stream was resumed: it cost the session, and the transfer its last acknowledgement.</summary>
    [Fact]
    public async Task Less_acknowledged_than_before_is_no_news()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var bob = await server.LogInAsync("bob", "b");
        await using var alice = await server.LogInAsync("alice", "a");
        await EnableAsync(alice);
        await bob.SendAsync("<message to='alice@localhost/a' id='1'/>");
        await alice.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='1'/>");
        await alice.SendAsync($"<a xmlns='{Sm}' h='1'/>");
        await alice.SendAsync($"<a xmlns='{Sm}' h='0'/>");
        await bob.SendAsync("<message to='alice@localhost/a' id='2'/>");
        await alice.ExpectAsync("<message from='bob@localhost/b' to='alice@localhost/a' id='2'/>");
        await alice.SendAsync($"<a xmlns='{Sm}' h='2'/>");
        await alice.SendAsync($"<r xmlns='{Sm}'/>");
        await alice.ExpectAsync($"<a xmlns='{Sm}' h='0'/>");
    }

    [Fact]
    public async Task More_acknowledged_than_sent_ends_the_stream()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await server.LogInAsync("alice");
        await EnableAsync(alice);
        await alice.SendAsync($"<a xmlns='{Sm}' h='7'/>");
        var error = await alice.ExpectStreamErrorAsync();
        error.Condition.ShouldBe(StreamCondition.UndefinedCondition);
        error.Text!.ShouldStartWith("handled-count-too-high");
    }

    [Fact]
    public async Task Enabling_is_for_bound_streams_and_once()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await server.ConnectAsync();
        await alice.StartTlsAsync();
        await alice.AuthenticateAsync("alice", "alice");
        await alice.SendAsync($"<enable xmlns='{Sm}'/>");
        await alice.ExpectAsync($"<failed xmlns='{Sm}'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        await alice.BindAsync("a");
        await alice.SendAsync($"<enable xmlns='{Sm}'/>");
        await alice.ExpectAsync($"<enabled xmlns='{Sm}'/>");
        await alice.SendAsync($"<enable xmlns='{Sm}'/>");
        await alice.ExpectAsync($"<failed xmlns='{Sm}'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
    }

    [Fact]
    public async Task A_clean_close_leaves_nothing_to_resume()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await server.LogInAsync("alice");
        var id = await EnableAsync(alice);
        await alice.CloseAsync();
        await using var again = await ResumeAsync(server, id, handled: 0);
        await again.ExpectAsync($"<failed xmlns='{Sm}'>...</failed>");
    }

    [Fact]
    public async Task A_silent_client_is_asked_and_then_given_up()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(new LocalServerLimits(), ["alice"], time: time);
        await using var alice = await server.LogInAsync("alice", "a");
        await alice.ExpectNothingAsync();
        var session = server.Local.Xmpp.Sessions.Find(alice.Jid)!;
        await AdvanceAsync(time, TimeSpan.FromSeconds(130));
        await alice.SkipToAsync("<iq type='get' id='*' from='localhost' to='alice@localhost/a'><ping xmlns='urn:xmpp:ping'/></iq>");
        await AdvanceAsync(time, TimeSpan.FromSeconds(70));
        await session.Gone.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Connections that nobody serves unless told to.</summary>
    private sealed class Connections(LocalXmppServer server) : IDisposable
    {
        private readonly List<IDisposable> _ends = [];

        public C2sConnection Open()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            socket.Connect(listener.LocalEndPoint!);
            _ends.Add(socket);
            _ends.Add(listener.Accept());
            return new C2sConnection(server, socket, IPAddress.Loopback, directTls: false);
        }

        public void Dispose() => _ends.ForEach(end => end.Dispose());
    }

    // In the steps of the sweep, which is a task of its own and needs its turn.
    private static async Task AdvanceAsync(ManualTime time, TimeSpan by)
    {
        for (var gone = TimeSpan.Zero; gone < by; gone += TimeSpan.FromSeconds(5))
        {
            await Ferry.Testing.Eventually.HoldsAsync(() => time.Armed > 0, "the sweep waits for its next turn");
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
    }

    private static async Task<string> EnableAsync(ScriptedClient client, int max = 300)
    {
        await client.SendAsync($"<enable xmlns='{Sm}' resume='true'/>");
        var enabled = await client.ExpectAsync($"<enabled xmlns='{Sm}' id='*' resume='true' max='{max}'/>");
        return enabled.Attribute("id")!;
    }

    private static async Task<ScriptedClient> ResumeAsync(TestServer server, string id, int handled)
    {
        var client = await server.ConnectAsync();
        await client.StartTlsAsync();
        await client.AuthenticateAsync("alice", "alice");
        await client.SendAsync($"<resume xmlns='{Sm}' previd='{id}' h='{handled}'/>");
        return client;
    }
}
