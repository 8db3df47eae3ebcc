using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Relaying;

/// <summary>
/// The moving part of a SOCKS5 relay: takes connections, leads their SOCKS5 exchange, holds those that the gate lets in without reading a byte of
/// theirs, and moves bytes between two once they are joined. Who belongs to whom, and who may, is the gate's business.
/// </summary>
public interface IRelayEngine : IAsyncDisposable
{
    /// <summary>How bytes are moved, for a log: <c>splice</c> or <c>copy</c>.</summary>
    string Method { get; }

    /// <summary>Where it listens.</summary>
    ImmutableArray<IPEndPoint> EndPoints { get; }

    /// <summary>Connections whose SOCKS5 exchange is under way.</summary>
    int Handshakes { get; }

    /// <summary>
    /// Joins two held connections: from now on what comes in on one goes out on the other. Bytes that came earlier go first. A connection that broke
    /// meanwhile ends the flow at once.
    /// </summary>
    RelayFlow Join(RelayConnection first, RelayConnection second, RelayTerms terms);

    /// <summary>Hands a held connection over as a socket; null when it broke meanwhile. Whoever takes it closes it.</summary>
    Task<Socket?> TakeAsync(RelayConnection connection);

    /// <summary>Closes a held connection; the gate is not told.</summary>
    void Drop(RelayConnection connection);

    /// <summary>Takes no more connections. What is joined goes on.</summary>
    void StopListening();
}
