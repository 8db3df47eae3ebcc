using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Dialing;

/// <summary>What came of dialling a host.</summary>
public abstract record DialResult
{
    private DialResult()
    {
    }

    /// <summary>Connected; the socket is the caller's.</summary>
    public sealed record Connected(Socket Socket, IPEndPoint EndPoint) : DialResult;

    /// <summary>No address took the connection.</summary>
    /// <param name="Text">One line with every address and why.</param>
    /// <param name="Attempts">The same, one by one.</param>
    public sealed record Failed(string Text, IReadOnlyList<DialAttempt> Attempts) : DialResult;
}
