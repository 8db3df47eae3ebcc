using System.Net;

namespace Ferry.Net.Relaying;

/// <summary>One client of a relay, past its SOCKS5 exchange. It is its engine's; others only name it.</summary>
public abstract class RelayConnection
{
    private volatile bool _hasClosed;

    private protected RelayConnection(IPEndPoint remote) => Remote = remote;

    /// <summary>Where it came from; IPv4 never mapped into IPv6.</summary>
    public IPEndPoint Remote { get; }

    /// <summary>
    /// It said its end before anything else, while it was held: the sender of an empty file that didn't wait, or somebody who gave up. Nobody can
    /// tell, so it stays, until another one wants its place.
    /// </summary>
    public bool HasClosed
    {
        get => _hasClosed;
        private protected set => _hasClosed = value;
    }
}
