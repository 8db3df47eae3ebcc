using Ferry.Net.Components;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Components;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Components;

/// <summary>A component against a scripted server: it answers every request by an empty result, and remembers what came.</summary>
internal sealed class ComponentPlay : IAsyncDisposable
{
    public const string Domain = "relay.example.org";
    public const string Secret = "a secret";
    public const string Header =
        $"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='{Domain}'>";

    private readonly List<Element> _arrived = [];

    private ComponentPlay(Func<ComponentOptions, ComponentOptions>? change)
    {
        var options = new ComponentOptions
        {
            Host = "127.0.0.1",
            Port = Server.EndPoint.Port,
            Domain = Jid.Parse(Domain),
            Secret = _ => new(Secret),
            Jitter = () => 0.5,
        };
        Component = new ComponentConnection(change?.Invoke(options) ?? options, HandleAsync);
        Component.Start();
    }

    public FakeServer Server { get; } = FakeServer.Start();

    public ComponentConnection Component { get; }

    public IReadOnlyList<Element> Arrived
    {
        get
        {
            lock (_arrived) return [.. _arrived];
        }
    }

    public static ComponentPlay Begin(Func<ComponentOptions, ComponentOptions>? change = null) => new(change);

    /// <summary>The next connection, attached.</summary>
    public async Task<FakeConnection> AttachAsync(int? receiveBuffer = null)
    {
        var connection = await Server.AcceptAsync(receiveBuffer);
        await ShakeHandsAsync(connection);
        await connection.SendRawAsync("<handshake/>");
        await Component.WaitAsync(status => status.IsAttached, Limit());
        return connection;
    }

    /// <summary>As far as the verdict.</summary>
    public static async Task ShakeHandsAsync(FakeConnection connection)
    {
        var header = await connection.ExpectHeaderAsync();
        header.Attribute("to").ShouldBe(Domain);
        await connection.SendRawAsync(Header);
        await connection.ExpectAsync($"<handshake>{ComponentHandshake.Digest("s1", Secret)}</handshake>");
    }

    public async Task<ComponentFailure> FailedAsync(Func<ComponentFailure, bool>? which = null) =>
        (await Component.WaitAsync(status => status.Failure is { } failure && (which?.Invoke(failure) ?? true), Limit())).Failure!;

    public static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token;

    public async ValueTask DisposeAsync()
    {
        // First the server: a component waits a little for the end of its farewell.
        await Server.DisposeAsync();
        await Component.DisposeAsync();
    }

    private async ValueTask HandleAsync(Element stanza, Jid from, Jid to, CancellationToken cancellationToken)
    {
        lock (_arrived) _arrived.Add(stanza);
        if (stanza.FirstChild?.Name == "throw") throw new InvalidOperationException("a handler's own fault");
        if (Iq.TryParse(stanza, out var iq) && iq.IsRequest) await Component.SendAsync(iq.Result().ToElement(), cancellationToken);
    }
}
