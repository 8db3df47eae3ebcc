using System.Net.Sockets;
using Ferry.Net.JabberFs;

namespace Ferry.Methods.Tcp;

/// <summary>An open port of ours, and what the peer is told of it.</summary>
internal sealed class RawTcpPort(TokenPort port, IReadOnlyList<string> hosts, int number, string? token, Action closed) : IAsyncDisposable
{
    private Action? _closed = closed;

    /// <summary>Addresses, best first; empty: the peer can reach none.</summary>
    public IReadOnlyList<string> Hosts => hosts;

    /// <summary>The port behind these addresses; a router may forward it to ours.</summary>
    public int Number => number;

    /// <summary>What a connection must say; empty with peers of the old dialect.</summary>
    public string Token => token ?? "";

    /// <summary>Completes with the peer's connection, which is then the caller's; cancelled when the port closes before.</summary>
    public Task<Socket> Connected => port.Connected;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _closed, null)?.Invoke();
        await port.DisposeAsync().ConfigureAwait(false);
    }
}
