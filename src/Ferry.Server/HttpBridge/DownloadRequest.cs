using System.Net.Sockets;
using Ferry.Protocol.HttpBridge;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Ferry.Server.HttpBridge;

/// <summary>The receiver's end behind HTTP: one GET, whole. A failure behind its first byte breaks the connection, so that the body never looks complete.</summary>
internal static class DownloadRequest
{
    private const string DefaultName = "file";

    public static async Task RunAsync(HttpContext context, BridgeTransfer transfer)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            SetHeaders(context.Response, transfer);
            return;
        }

        if (!transfer.TryTakeReceiver())
        {
            await BridgeAnswers.WriteAsync(context, StatusCodes.Status410Gone, "this download was used").ConfigureAwait(false);
            return;
        }

        try
        {
            await using var gone = context.RequestAborted.Register(transfer.ReceiverHangsUp).ConfigureAwait(false);
            if (await transfer.WaitForBeginningAsync().ConfigureAwait(false)) await SendAsync(context, transfer).ConfigureAwait(false);
            else await RefuseAsync(context, transfer).ConfigureAwait(false);
        }
        finally
        {
            transfer.LeaveReceiver();
        }
    }

    private static async Task SendAsync(HttpContext context, BridgeTransfer transfer)
    {
        SetHeaders(context.Response, transfer);
        try
        {
            if (transfer.Size == 0) transfer.HandOverLast();
            // A head in a write of its own: libpurple reads no further.
            await context.Response.StartAsync(transfer.Over).ConfigureAwait(false);
            await using var failed = transfer.Over.Register(() => Break(context)).ConfigureAwait(false);
            await PumpAsync(context.Response, transfer).ConfigureAwait(false);
            transfer.HandOverLast();
            await context.Response.CompleteAsync().ConfigureAwait(false);
            transfer.Finish();
        }
        catch (Exception broken) when (broken is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            transfer.Fail(BridgeEnding.ReceiverLost);
            Break(context);
        }
    }

    private static async Task PumpAsync(HttpResponse response, BridgeTransfer transfer)
    {
        while (true)
        {
            var read = await transfer.Bytes.ReadAsync(transfer.Over).ConfigureAwait(false);
            foreach (var piece in read.Buffer)
            {
                if (transfer.Delivered + piece.Length == transfer.Size) transfer.HandOverLast();
                await response.Body.WriteAsync(piece, transfer.Over).ConfigureAwait(false);
                transfer.Deliver(piece.Length);
            }

            transfer.Bytes.AdvanceTo(read.Buffer.End);
            transfer.Over.ThrowIfCancellationRequested();
            if (read.IsCompleted) return;
        }
    }

    private static async Task RefuseAsync(HttpContext context, BridgeTransfer transfer)
    {
        var (status, text) = (await transfer.Decided.ConfigureAwait(false)).ForReceiver();
        await BridgeAnswers.WriteAsync(context, status, text).ConfigureAwait(false);
    }

    private static void SetHeaders(HttpResponse response, BridgeTransfer transfer)
    {
        BridgeAnswers.SetHeaders(response);
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = SafeMediaTypes.ForDownload(transfer.Type);
        response.Headers.ContentDisposition = ContentDisposition.Attachment(transfer.Name ?? DefaultName);
        response.Headers.AcceptRanges = "none";
        response.ContentLength = transfer.Size;
    }

    // By a reset: to a client of HTTP/1.0, which has neither a length nor chunks, an ordinary end would be the file's.
    private static void Break(HttpContext context)
    {
        context.Features.Get<IConnectionSocketFeature>()?.Socket.Close(0);
        context.Abort();
    }
}
