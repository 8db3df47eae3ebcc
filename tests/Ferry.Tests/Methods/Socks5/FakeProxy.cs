using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;

namespace Ferry.Tests.Methods.Socks5;

/// <summary>A small relay on loopback: takes two connections for one destination, joins them when it is told to, and counts what came before.</summary>
internal sealed class FakeProxy : IAsyncDisposable
{
    public static readonly Jid Jid = Jid.Parse("proxy.localhost");

    private readonly Socks5Listener _listener;
    private readonly Queue<ErrorCondition> _refusals;

    public FakeProxy(DestinationAddress destination, params ErrorCondition[] refusals)
    {
        Socks5Listener.TryStart(new Socks5ListenerOptions { Addresses = [IPAddress.Loopback] }, out var listener, out _).ShouldBeTrue();
        _listener = listener!;
        _refusals = new Queue<ErrorCondition>(refusals);
        Connections = _listener.Expect(destination);
        Services = new FakeServices().On(Jid.ToString(), Ferry.Protocol.Namespaces.Bytestreams, _ => Task.FromResult(Activate()));
    }

    public FakeServices Services { get; }

    public Socks5Registration Connections { get; }

    public int Port => _listener.Port;

    public Streamhost Host => new(Jid, "127.0.0.1", Port);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private IqReply Activate() => _refusals.TryDequeue(out var refusal) ? FakeServices.Error(refusal) : IqReply.Result(null);
}
