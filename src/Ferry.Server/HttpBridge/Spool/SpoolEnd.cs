using Ferry.Protocol.Files;
using Ferry.Protocol.HttpBridge;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>The receiver's end of a stream that waits on disk: it takes everything, tells the receiver where it is, and only then the sender that it is stored.</summary>
internal static class SpoolEnd
{
    private const int Efbig = 27;
    private const int Enospc = 28;
    private const int Edquot = 122;
    private const int EdquotElsewhere = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    /// <param name="transfer">Its receiver's end has been taken for this.</param>
    /// <param name="digest">Of the token that will open it.</param>
    /// <param name="tell">Tells the receiver; false: nobody could be told.</param>
    public static async Task ReceiveAsync(BridgeTransfer transfer, SpoolDraft draft, SpoolStore store, string digest, Func<Task<bool>> tell, TimeProvider time, ILogger log)
    {
        try
        {
            if (!await transfer.WaitForBeginningAsync().ConfigureAwait(false)) return;
            if (!draft.TryReserve(transfer.Size ?? 0)) transfer.Fail(BridgeEnding.SpoolFull);
            else if (await PumpAsync(transfer, draft).ConfigureAwait(false)) await StoreAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            transfer.Fail(BridgeEnding.ReceiverLost);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            var isFull = wrong.HResult is Enospc or Efbig or Edquot or EdquotElsewhere or WindowsDiskFull;
            log.LogError("the spool cannot be written: {Reason}", wrong.Message);
            transfer.Fail(isFull ? BridgeEnding.SpoolFull : BridgeEnding.Internal);
        }
        finally
        {
            await draft.DisposeAsync().ConfigureAwait(false);
            transfer.LeaveReceiver();
        }

        async Task StoreAsync()
        {
            var file = await draft.CommitAsync(digest, size => Describe(transfer, draft, size, time)).ConfigureAwait(false);
            if (await tell().ConfigureAwait(false)) transfer.Finish(BridgeEnding.Stored);
            else transfer.Fail(BridgeEnding.NeverFetched);
            // Whoever was told of a failure, or of nothing, would send it again.
            if (await transfer.Decided.ConfigureAwait(false) != BridgeEnding.Stored) store.Remove(file);
        }
    }

    private static async Task<bool> PumpAsync(BridgeTransfer transfer, SpoolDraft draft)
    {
        while (true)
        {
            var read = await transfer.Bytes.ReadAsync(transfer.Over).ConfigureAwait(false);
            foreach (var piece in read.Buffer)
            {
                if (!await draft.WriteAsync(piece).ConfigureAwait(false))
                {
                    transfer.Fail(BridgeEnding.SpoolFull);
                    return false;
                }

                transfer.Deliver(piece.Length);
            }

            transfer.Bytes.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return !transfer.Over.IsCancellationRequested;
        }
    }

    private static SpoolRecord Describe(BridgeTransfer transfer, SpoolDraft draft, long size, TimeProvider time) => new()
    {
        Size = size,
        Name = transfer.Name is { } name ? FileNames.Sanitise(name) : null,
        Type = SafeMediaTypes.ForDownload(transfer.Type),
        Owner = draft.Owner.ToString(),
        Sender = transfer.Stream.Sender.ToString(),
        Receiver = transfer.Stream.Receiver.ToString(),
        Stored = time.GetUtcNow(),
    };
}
