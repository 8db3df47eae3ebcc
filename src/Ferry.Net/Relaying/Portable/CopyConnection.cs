using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Relaying.Portable;

/// <summary>A socket of the copying engine. Whoever takes it out of the engine's held ones owns it.</summary>
internal sealed class CopyConnection(Socket socket, IPEndPoint remote, long since) : RelayConnection(remote)
{
    private readonly CancellationTokenSource _watch = new();

    internal Socket Socket => socket;

    /// <summary>Timestamp of its acceptance.</summary>
    internal long Since => since;

    /// <summary>Completes when the reply to CONNECT is written: nothing else may be sent before.</summary>
    internal TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends the look-out for a client that leaves; the socket stays.</summary>
    internal CancellationToken Watch => _watch.Token;

    /// <summary>The look-out; it has let go of the socket when it has ended.</summary>
    internal Task LookOut { get; set; } = Task.CompletedTask;

    internal void SayClosed() => HasClosed = true;

    internal async Task ReleaseAsync()
    {
        await Answered.Task.ConfigureAwait(false);
        await _watch.CancelAsync().ConfigureAwait(false);
        await LookOut.ConfigureAwait(false);
        _watch.Dispose();
    }

    /// <summary>Closes so that what went over the connection can't be taken for whole.</summary>
    internal void Reset()
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Broken already.
        }

        socket.Dispose();
    }
}
