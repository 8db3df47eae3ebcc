using System.Buffers;
using System.Net.Sockets;
using Ferry.Protocol.HttpBridge;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// The sender's end behind HTTP: one POST of the form, or one PUT of the bare bytes. Its body isn't read, and no <c>100 Continue</c> leaves, before the
/// receiver is there. The answer comes when the receiver's side has every byte, or as soon as that can't be any more.
/// </summary>
internal sealed class UploadRequest
{
    /// <summary>Bytes that a form may have beside the file's: preamble, two parts' headers, delimiters, SIDHASH.</summary>
    private const long FormBytes = 32 * 1024;

    private readonly HttpContext _context;
    private readonly BridgeTransfer _transfer;
    private readonly BridgeOptions _options;
    private readonly MultipartReader? _begun;

    private UploadRequest(HttpContext context, BridgeTransfer transfer, BridgeOptions options, MultipartReader? begun) =>
        (_context, _transfer, _options, _begun) = (context, transfer, options, begun);

    /// <param name="begun">What has read the form's beginning already; null: nobody has.</param>
    public static Task RunAsync(HttpContext context, BridgeTransfer transfer, BridgeOptions options, MultipartReader? begun = null) =>
        new UploadRequest(context, transfer, options, begun).RunAsync();

    /// <summary>Whether it says of itself that it is more than a transfer may have.</summary>
    public static bool IsTooLarge(HttpRequest request, BridgeOptions options) => request.ContentLength - (HttpMethods.IsPost(request.Method) ? FormBytes : 0) > options.MaxBytes;

    /// <summary>Bounds what is read of the body; before any of it is.</summary>
    public static void Bound(HttpContext context, BridgeOptions options) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = options.MaxBytes + (2 * FormBytes);

    private async Task RunAsync()
    {
        string? boundary = null;
        var isForm = HttpMethods.IsPost(_context.Request.Method);
        if (isForm && !MultipartBoundary.TryParse(_context.Request.ContentType, out boundary, out var fault)) await AnswerAsync(fault.Status, fault.Text).ConfigureAwait(false);
        else if (IsTooLarge(_context.Request, _options)) await AnswerAsync(413, "the file is too large").ConfigureAwait(false);
        else if (!isForm && _context.Request.Headers.ContentRange.Count > 0) await AnswerAsync(400, "a part of a file is none").ConfigureAwait(false);
        else if (!_transfer.TryTakeSender()) await AnswerAsync(_transfer.Decided.IsCompleted ? 410 : 409, "this upload was used").ConfigureAwait(false);
        else await TakenAsync(boundary).ConfigureAwait(false);
    }

    private async Task TakenAsync(string? boundary)
    {
        try
        {
            await using (_context.RequestAborted.Register(() => _transfer.Fail(BridgeEnding.SenderLost)).ConfigureAwait(false))
            {
                await CarryAsync(boundary).ConfigureAwait(false);
                var ending = await _transfer.Decided.ConfigureAwait(false);
                var (status, text) = ending.ForSender();
                await AnswerAsync(status, _transfer.Detail ?? text).ConfigureAwait(false);
            }
        }
        finally
        {
            _transfer.LeaveSender();
        }
    }

    private async Task CarryAsync(string? boundary)
    {
        if (boundary is null && !_transfer.Describe(_context.Request.ContentLength, null, _context.Request.ContentType)) _transfer.Fail(BridgeEnding.SizeMismatch);
        if (_transfer.Draft?.TryReserve(_transfer.Size ?? Least(boundary is not null)) == false) _transfer.Fail(BridgeEnding.SpoolFull);
        if (!await _transfer.WaitForReceiverAsync().ConfigureAwait(false)) return;
        try
        {
            if (_begun is null) Bound(_context, _options);
            var whole = boundary is null ? await CarryBareAsync().ConfigureAwait(false) : await CarryFormAsync(boundary).ConfigureAwait(false);
            if (whole) await _transfer.EndAsync().ConfigureAwait(false);
        }
        catch (BadHttpRequestException wrong)
        {
            _transfer.Fail(wrong.StatusCode == 413 ? BridgeEnding.TooLarge : wrong.StatusCode == 408 ? BridgeEnding.SenderStalled : BridgeEnding.SenderLost);
        }
        catch (Exception broken) when (broken is OperationCanceledException or IOException or SocketException)
        {
            _transfer.Fail(BridgeEnding.SenderLost);
        }
    }

    // The file has at least so many bytes, by what the request says of itself.
    private long Least(bool isForm) => Math.Max(0, (_context.Request.ContentLength ?? 0) - (isForm ? FormBytes : 0));

    private async Task<bool> CarryBareAsync()
    {
        return await ReadAsync(async piece => await _transfer.WriteAsync(piece).ConfigureAwait(false) ? null : false).ConfigureAwait(false) ?? true;
    }

    private async Task<bool> CarryFormAsync(string boundary)
    {
        var form = _begun ?? new MultipartReader(boundary, sidHashFirst: false);
        return await ReadAsync(piece => ShowAsync(form, piece, boundary.Length)).ConfigureAwait(false)
            ?? await CompleteAsync(form, boundary.Length).ConfigureAwait(false);
    }

    // Shows the body until somebody has a verdict; null at its end.
    private async Task<bool?> ReadAsync(Func<ReadOnlyMemory<byte>, ValueTask<bool?>> show)
    {
        var body = _context.Request.BodyReader;
        await using var over = _transfer.Over.Register(body.CancelPendingRead).ConfigureAwait(false);
        while (true)
        {
            var read = await body.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            bool? verdict = _transfer.Over.IsCancellationRequested ? false : null;
            foreach (var piece in read.Buffer) verdict ??= await show(piece).ConfigureAwait(false);
            body.AdvanceTo(read.Buffer.End);
            if (verdict is not null || read.IsCompleted) return verdict;
        }
    }

    // True: the form is whole; false: it is not, and the transfer has failed; null: more is needed.
    private async ValueTask<bool?> ShowAsync(MultipartReader form, ReadOnlyMemory<byte> bytes, int boundaryLength)
    {
        while (true)
        {
            var found = form.Next(bytes);
            bytes = bytes[found.Consumed..];
            if (found.Kind == MultipartEventKind.NeedMore) return null;
            if (found.Kind == MultipartEventKind.End) return true;
            if (!await TakeAsync(form, found, boundaryLength).ConfigureAwait(false)) return false;
        }
    }

    private async ValueTask<bool> CompleteAsync(MultipartReader form, int boundaryLength)
    {
        while (true)
        {
            var found = form.Complete();
            if (found.Kind == MultipartEventKind.End) return true;
            if (!await TakeAsync(form, found, boundaryLength).ConfigureAwait(false)) return false;
        }
    }

    private async ValueTask<bool> TakeAsync(MultipartReader form, MultipartEvent found, int boundaryLength)
    {
        switch (found.Kind)
        {
            case MultipartEventKind.FileBytes:
                return await _transfer.WriteAsync(found.Bytes).ConfigureAwait(false);
            case MultipartEventKind.Fault:
                return Refuse(BridgeEnding.BadForm, found.Fault!.Text);
            case MultipartEventKind.SidHash when found.SidHash != _transfer.Stream.Address:
                return Refuse(BridgeEnding.BadForm, "SIDHASH is another stream's");
            case MultipartEventKind.Part when found.Part!.Field == MultipartField.File:
                _transfer.Describe(null, found.Part.FileName, found.Part.ContentType);
                return Reckon(form.FileOffset!.Value, boundaryLength);
            default:
                return true;
        }
    }

    // Early, so that nobody sends gigabytes for nothing; what the reader counts in the end is the truth.
    private bool Reckon(long offset, int boundaryLength)
    {
        if (_context.Request.ContentLength is not { } length) return true;
        if (!MultipartSize.TryReckon(length, offset, boundaryLength, out var size)) return Refuse(BridgeEnding.BadForm, "the body is too short for its form");
        if (_transfer.Size > size.Most) return Refuse(BridgeEnding.SizeMismatch, null);
        _transfer.Estimate = size.Least;
        return true;
    }

    private bool Refuse(BridgeEnding ending, string? text)
    {
        _transfer.Fail(ending, text);
        return false;
    }

    private async Task AnswerAsync(int status, string text)
    {
        try
        {
            await BridgeAnswers.WriteAsync(_context, status, text).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is OperationCanceledException or IOException)
        {
            // Whoever asked is gone.
        }
    }
}
