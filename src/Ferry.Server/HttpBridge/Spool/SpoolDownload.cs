using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Ferry.Net.Relaying;
using Ferry.Protocol.HttpBridge;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>
/// A receiver fetches a stored file: whole, or one range of it at a time, as often as connections break. When it has every byte the file goes. What counts as had is
/// what its system has acknowledged: a connection that breaks with bytes on the way leaves the file where it is.
/// </summary>
internal sealed class SpoolDownload(HttpContext context, SpooledFile file, SpoolStore store, SpoolReader reader)
{
    private const string DefaultName = "file";
    private const int ReadBytes = 128 * 1024;

    /// <summary>How long the other end's system has for the next acknowledgement behind the last byte.</summary>
    private static readonly TimeSpan Acknowledges = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Answers; true: the receiver has everything now.</summary>
    public async Task<bool> RunAsync()
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            SetHeaders(new ByteRange(ByteRangeKind.Whole, 0, file.Size));
            return false;
        }

        var range = ByteRange.Of(Asked(), file.Size);
        if (range.Kind != ByteRangeKind.Unsatisfiable) return await SendAsync(range).ConfigureAwait(false);
        context.Response.Headers.ContentRange = new ContentRangeHeaderValue(file.Size).ToString();
        await BridgeAnswers.WriteAsync(context, StatusCodes.Status416RangeNotSatisfiable, "the file has no such bytes").ConfigureAwait(false);
        return false;
    }

    // A range is of this file, or it is none.
    private string? Asked() => context.Request.Headers.IfRange is { Count: > 0 } tag && tag != file.Tag ? null : context.Request.Headers.Range is [var range] ? range : null;

    private async Task<bool> SendAsync(ByteRange range)
    {
        var stream = store.TryRead(file, range.From);
        if (stream is null)
        {
            await BridgeAnswers.WriteAsync(context, StatusCodes.Status429TooManyRequests, "it is being fetched too often at once").ConfigureAwait(false);
            return false;
        }

        using var sent = context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket ? SentBytes.Of(socket) : null;
        var (written, isWhole) = (0L, false);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                SetHeaders(range);
                await context.Response.StartAsync(reader.Stop).ConfigureAwait(false);
                stream.Position = range.From;
                await PumpAsync(stream, range.Length, count => written = count).ConfigureAwait(false);
                if (written == range.Length) await context.Response.CompleteAsync().ConfigureAwait(false);
                isWhole = written == range.Length && await IsHadAsync(sent, range.Length).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is OperationCanceledException or IOException or SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // What it has of it shows when it comes again.
            }
        }

        var isDone = store.EndRead(file, range.From, range.From + written, isWhole);
        if (!isWhole) context.Abort();
        return isDone;
    }

    private async Task PumpAsync(FileStream stream, long length, Action<long> note)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            var sent = 0L;
            while (sent < length && !file.IsExpired)
            {
                reader.Stop.ThrowIfCancellationRequested();
                context.RequestAborted.ThrowIfCancellationRequested();
                var count = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - sent)), reader.Stop).ConfigureAwait(false);
                if (count == 0) break;
                await reader.Rates.TakeAsync(count, reader.Time, waited: null, reader.Stop).ConfigureAwait(false);
                // It may have any part of what is being written.
                note(sent += count);
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, count), reader.Stop).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // One who closes when it has everything is done, too. By the real clock: it is the system that is waited for.
    private async Task<bool> IsHadAsync(SentBytes? sent, long body)
    {
        if (sent is null) return !context.RequestAborted.IsCancellationRequested;
        var wanted = HeadBytes() + body;
        var (most, since) = (-1L, Stopwatch.GetTimestamp());
        while (true)
        {
            var isOver = sent.IsOver;
            var had = sent.Acknowledged;
            if (had >= wanted) return true;
            if (isOver) return false;
            if (had > most) (most, since) = (had, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) >= Acknowledges) return false;
            await Task.Delay(LookInterval, reader.Stop).ConfigureAwait(false);
        }
    }

    // At least: encryption and what Kestrel may add make it more.
    private long HeadBytes()
    {
        var bytes = "HTTP/1.1 200 OK\r\n\r\n".Length;
        foreach (var (name, value) in context.Response.Headers) bytes += name.Length + value.ToString().Length + ": \r\n".Length;
        return bytes;
    }

    private void SetHeaders(ByteRange range)
    {
        var response = context.Response;
        BridgeAnswers.SetHeaders(response);
        response.Headers.AccessControlExposeHeaders = "Content-Length, Content-Disposition, Content-Range, Accept-Ranges, ETag";
        response.StatusCode = range.Kind == ByteRangeKind.Part ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        response.ContentType = SafeMediaTypes.ForDownload(file.Record.Type);
        response.Headers.ContentDisposition = ContentDisposition.Attachment(file.Record.Name ?? DefaultName);
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ETag = file.Tag;
        response.ContentLength = range.Length;
        if (range.Kind == ByteRangeKind.Part) response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.From}-{range.End - 1}/{file.Size}");
    }
}

/// <summary>What a download is granted: its share of the bandwidth, and until when.</summary>
internal sealed record SpoolReader(ImmutableArray<RateLimit> Rates, TimeProvider Time, CancellationToken Stop);
