using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Microsoft.AspNetCore.Http;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// A form at the address without a token that the document of 2007 had for everybody. Its SIDHASH must go first and says whose it is; only so much is read before
/// that is known, and from there on it is an upload like any other.
/// </summary>
internal static class LegacyUploadRequest
{
    public static async Task RunAsync(HttpContext context, BridgeOptions options, Func<DestinationAddress, BridgeTransfer?> find)
    {
        try
        {
            if (!MultipartBoundary.TryParse(context.Request.ContentType, out var boundary, out var fault)) await BridgeAnswers.WriteAsync(context, fault.Status, fault.Text).ConfigureAwait(false);
            else if (UploadRequest.IsTooLarge(context.Request, options)) await BridgeAnswers.WriteAsync(context, 413, "the file is too large").ConfigureAwait(false);
            else await BeginAsync(context, options, new MultipartReader(boundary, sidHashFirst: true), find).ConfigureAwait(false);
        }
        catch (BadHttpRequestException wrong)
        {
            await BridgeAnswers.WriteAsync(context, wrong.StatusCode, "the form cannot be read").ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is OperationCanceledException or IOException)
        {
            // Whoever asked is gone.
        }
    }

    private static async Task BeginAsync(HttpContext context, BridgeOptions options, MultipartReader form, Func<DestinationAddress, BridgeTransfer?> find)
    {
        UploadRequest.Bound(context, options);
        var found = await ReadAsync(context, form).ConfigureAwait(false);
        if (found.SidHash is null) await BridgeAnswers.WriteAsync(context, 400, found.Fault?.Text ?? "the form ends before its SIDHASH").ConfigureAwait(false);
        else if (find(found.SidHash) is not { } transfer) await BridgeAnswers.WriteAsync(context, 400, "no transfer with that SIDHASH waits").ConfigureAwait(false);
        else await UploadRequest.RunAsync(context, transfer, options, form).ConfigureAwait(false);
    }

    // Up to the SIDHASH, a fault or the body's end; what the reader bounds is all that is read.
    private static async Task<MultipartEvent> ReadAsync(HttpContext context, MultipartReader form)
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            long consumed = 0;
            MultipartEvent found = default;
            foreach (var piece in read.Buffer)
            {
                found = Find(form, piece, ref consumed);
                if (found.Kind != MultipartEventKind.NeedMore) break;
            }

            body.AdvanceTo(read.Buffer.GetPosition(consumed));
            if (found.Kind != MultipartEventKind.NeedMore || read.IsCompleted) return found;
        }
    }

    private static MultipartEvent Find(MultipartReader form, ReadOnlyMemory<byte> piece, ref long consumed)
    {
        while (true)
        {
            var found = form.Next(piece);
            piece = piece[found.Consumed..];
            consumed += found.Consumed;
            // That the SIDHASH's part begins is no news.
            if (found.Kind != MultipartEventKind.Part) return found;
        }
    }
}
