using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Protocol.Addressing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>A session and the scripted server that it talks to.</summary>
internal sealed class Play : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private Play(FakeServer server, FakeConnection connection, StanzaSession session) => (Server, Connection, Session) = (server, connection, session);

    public FakeServer Server { get; }

    /// <summary>The first connection.</summary>
    public FakeConnection Connection { get; }

    public StanzaSession Session { get; }

    /// <summary>Options that suit a fake server: plain text, since TLS has tests of its own.</summary>
    public static SessionOptions Options(FakeServer server) => new()
    {
        Account = Jid.Parse("alice@localhost"),
        Password = _ => new ValueTask<string>("secret"),
        Resource = "r",
        Server = $"127.0.0.1:{server.EndPoint.Port}",
        InsecurePlaintext = true,
        ConnectTimeout = TimeSpan.FromSeconds(15),
    };

    /// <summary>The same with STARTTLS and the server's pin.</summary>
    public static SessionOptions Secure(FakeServer server) =>
        Options(server) with { InsecurePlaintext = false, Tls = new TlsOptions { Pin = server.Pin } };

    /// <summary>Begins after log-in; <paramref name="prepare"/> registers handlers.</summary>
    public static async Task<Play> BeginAsync(
        Action<StanzaSession>? prepare = null, string? sm = "<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true'/>", Func<SessionOptions, SessionOptions>? with = null, int? receiveBuffer = null)
    {
        var server = FakeServer.Start();
        var options = Options(server);
        var connecting = StanzaSession.ConnectAsync(with is null ? options : with(options), CancellationToken.None);
        var connection = await server.AcceptAsync(receiveBuffer);
        await connection.LogInAsync(sm: sm);
        var (session, failure) = await connecting.WaitAsync(Patience);
        failure.ShouldBeNull();
        prepare?.Invoke(session!);
        session!.Start();
        return new Play(server, connection, session);
    }

    /// <summary>How the session ended.</summary>
    public Task<SessionFailure?> EndAsync() => Session.Completion.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Connection.Break(); // nobody waits for a close in order
        Server.StopListening();
        await Session.DisposeAsync();
        await Server.DisposeAsync();
    }
}
