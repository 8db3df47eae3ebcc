using System.Buffers;
using System.Net.Sockets;

namespace Ferry.Server.HttpBridge;

/// <summary>The ends of a bridged stream that are at a socket. Each owns its socket; after a failure it is reset, so that nobody takes the end for the file's.</summary>
internal static class SocketEnds
{
    private const int ReadBytes = 64 * 1024;

    /// <summary>How long a receiver has for its own end behind ours.</summary>
    private static readonly TimeSpan ReceiverCloses = TimeSpan.FromSeconds(30);

    /// <summary>How long a sender has for more than it announced, or for its end: some wait for the receiver's.</summary>
    private static readonly TimeSpan SenderCloses = TimeSpan.FromSeconds(1);

    /// <summary>From the sender's socket into the transfer, which has been taken for it.</summary>
    /// <param name="socket">Null: it broke before.</param>
    public static async Task SendAsync(BridgeTransfer transfer, Socket? socket, TimeProvider time)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            if (socket is null || !await transfer.WaitForReceiverAsync().ConfigureAwait(false)) return;
            var sent = 0L;
            while (await ReadAsync(transfer, socket, buffer, sent == transfer.Size, time).ConfigureAwait(false) is > 0 and var count)
            {
                if (!await transfer.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false)) return;
                sent += count;
            }

            await transfer.EndAsync().ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            transfer.Fail(BridgeEnding.SenderLost);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Close(socket, transfer);
            transfer.LeaveSender();
        }
    }

    /// <summary>From the transfer, which has been taken for it, into the receiver's socket; what the receiver says is discarded.</summary>
    /// <param name="socket">Null: it broke before.</param>
    public static async Task ReceiveAsync(BridgeTransfer transfer, Socket? socket, TimeProvider time)
    {
        try
        {
            if (socket is null) return;
            var closed = DiscardAsync(transfer, socket);
            if (!await PumpAsync(transfer, socket).ConfigureAwait(false)) return;
            socket.Shutdown(SocketShutdown.Send);
            await Task.WhenAny(closed, Task.Delay(ReceiverCloses, time, transfer.Over)).ConfigureAwait(false);
            transfer.Finish();
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            transfer.Fail(BridgeEnding.ReceiverLost);
        }
        finally
        {
            Close(socket, transfer);
            transfer.LeaveReceiver();
        }
    }

    // 0 is the end: the sender's own, or, when it has sent what it announced, its silence.
    private static async ValueTask<int> ReadAsync(BridgeTransfer transfer, Socket socket, byte[] buffer, bool isWhole, TimeProvider time)
    {
        if (!isWhole) return await socket.ReceiveAsync(buffer, transfer.Over).ConfigureAwait(false);
        using var silence = new CancellationTokenSource(SenderCloses, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, transfer.Over);
        try
        {
            return await socket.ReceiveAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!transfer.Over.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static async Task<bool> PumpAsync(BridgeTransfer transfer, Socket socket)
    {
        while (true)
        {
            var read = await transfer.Bytes.ReadAsync(transfer.Over).ConfigureAwait(false);
            foreach (var piece in read.Buffer) await SendAllAsync(transfer, socket, piece).ConfigureAwait(false);
            transfer.Bytes.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return !transfer.Over.IsCancellationRequested;
        }
    }

    private static async ValueTask SendAllAsync(BridgeTransfer transfer, Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = await socket.SendAsync(bytes, transfer.Over).ConfigureAwait(false);
            transfer.Deliver(sent);
            bytes = bytes[sent..];
        }
    }

    // Ends with the receiver's own end; a reset ends the transfer, even while there is nothing to send.
    private static async Task DiscardAsync(BridgeTransfer transfer, Socket socket)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (await socket.ReceiveAsync(buffer, transfer.Over).ConfigureAwait(false) > 0)
            {
                // A receiver has nothing to say to a sender behind HTTP.
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            transfer.Fail(BridgeEnding.ReceiverLost);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Close(Socket? socket, BridgeTransfer transfer)
    {
        if (transfer.Over.IsCancellationRequested) socket?.Close(0);
        else socket?.Dispose();
    }
}
