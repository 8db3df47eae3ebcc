using System.Collections.Concurrent;
using Ferry.Methods.Socks5;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Tests.Methods.Socks5;

/// <summary>A server's services as a client asks them: what nobody was set up to answer is an error.</summary>
internal sealed class FakeServices
{
    public static readonly Jid Server = Jid.Parse("localhost");

    private readonly ConcurrentDictionary<(string Service, string Payload), Func<CancellationToken, Task<IqReply>>> _answers = new();
    private int _asked;

    /// <summary>Questions so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public ServiceRequest Ask => (to, _, payload, _, cancellationToken) =>
    {
        Interlocked.Increment(ref _asked);
        return _answers.TryGetValue((to.ToString(), payload.Namespace), out var answer) ? answer(cancellationToken) : Task.FromResult(Error(ErrorCondition.ServiceUnavailable));
    };

    public static IqReply Error(ErrorCondition condition) => IqReply.Refused(new StanzaError(ErrorType.Cancel, condition));

    public FakeServices Lists(params string[] services) =>
        Answer("localhost", new DiscoItems([.. services.Select(service => new DiscoItem(Jid.Parse(service)))]).ToElement());

    public FakeServices Proxy(string service, params Streamhost[] hosts) => Is(service, "proxy", "bytestreams").Answer(service, new ProxyAddress(hosts).ToElement());

    public FakeServices Is(string service, string category, string type, params string[] features) =>
        Answer(service, new DiscoInfo([new DiscoIdentity(category, type)], features, []).ToElement());

    public FakeServices Answer(string service, Element payload) => On(service, payload.Namespace, _ => Task.FromResult(IqReply.Result(payload)));

    /// <summary>Answers nothing until cancelled.</summary>
    public FakeServices Silent(string service) => On(service, Ferry.Protocol.Namespaces.DiscoInfo, Never);

    public FakeServices On(string service, string ns, Func<CancellationToken, Task<IqReply>> answer)
    {
        _answers[(service, ns)] = answer;
        return this;
    }

    public static Streamhost Host(string jid, string host = "192.0.2.1", int port = 7777) => new(Jid.Parse(jid), host, port);

    private static async Task<IqReply> Never(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return IqReply.None(NoReply.TimedOut);
    }
}
