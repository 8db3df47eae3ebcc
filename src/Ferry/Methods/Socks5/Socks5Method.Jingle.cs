using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.Socks5;

/// <summary>What the method lends to <see cref="JingleSocks5Attempt"/>: its listener, its proxies, its way to join one.</summary>
internal sealed partial class Socks5Method
{
    /// <summary>Our own address.</summary>
    public Jid Self => Session.Jid;

    /// <summary>How connections are judged now.</summary>
    public StreamhostPolicy PolicyNow() => StreamhostOffer.Policy(Session, options.AllowLocal);

    /// <summary>Where we can be reached, and by which proxies, the best first.</summary>
    public async Task<Reachable> ReachableAsync(StreamhostPolicy policy, Socks5Ways ways, CancellationToken cancellationToken)
    {
        var proxies = ways.Proxy ? await Proxies.FindAsync(cancellationToken).ConfigureAwait(false) : [];
        var byProxy = StreamhostOffer.ByProxy(Session.Jid, policy, proxies);
        var (listener, direct, problem) = ways.Direct ? Listen(policy) : (null, [], null);
        var hosts = StreamhostOffer.Arrange([.. direct.Select(entry => entry.Host)], byProxy, ways.ProxyFirst);
        return new Reachable(listener, hosts, direct, proxies, problem);
    }

    /// <summary>The race for a candidate of the peer's.</summary>
    public RaceDriver RaceFor(
        IReadOnlyList<Socks5Candidate> candidates, StreamhostPolicy policy, Func<int, IReadOnlyList<DestinationAddress>> destinations, ICollection<Socket> losers) =>
        new(
            [.. candidates.Select(candidate => candidate.Host)],
            [.. candidates.Select(candidate => candidate.IsProxy)],
            policy,
            destinations,
            losers,
            options.BindAddresses,
            options.TimeProvider);

    /// <summary>Joins the peer at a proxy that we offered.</summary>
    public Task<(Socket? Socket, MethodFailure? Failure)> JoinAtAsync(
        IReadOnlyList<Streamhost> addresses, StreamhostPolicy policy, DestinationAddress destination, string sid, Jid peer, CancellationToken cancellationToken) =>
        new ProxyConnector(Ask, options.BindAddresses, options.TimeProvider)
            .OpenAsync(addresses, policy, destination, new BytestreamsActivation(sid, peer), empty: false, cancellationToken);

    /// <summary>A socket as a channel.</summary>
    public Socks5Channel ChannelOf(Socket socket, bool byProxy, bool sending, bool peerCloses)
    {
        socket.NoDelay = true;
        return new Socks5Channel(socket, byProxy ? Proxy : Direct, sending, options.IdleTimeout, options.TimeProvider, options.Network, peerCloses: peerCloses && !byProxy);
    }

    /// <summary>Where we can be reached.</summary>
    /// <param name="Listener">Null where nobody can connect to us.</param>
    /// <param name="Hosts">What to offer, the best first.</param>
    /// <param name="Direct">Those of them that are ours, with the local address where there is one.</param>
    /// <param name="Proxies">Each known proxy's addresses.</param>
    /// <param name="Problem">Why there is nothing of our own.</param>
    internal sealed record Reachable(
        Socks5Listener? Listener,
        IReadOnlyList<Streamhost> Hosts,
        IReadOnlyList<(Streamhost Host, IPAddress? Local)> Direct,
        IReadOnlyList<IReadOnlyList<Streamhost>> Proxies,
        string? Problem);
}
