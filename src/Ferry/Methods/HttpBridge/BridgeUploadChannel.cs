using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Ferry.Net.Sessions;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.HttpBridge;

/// <summary>The sender's end of a bridged stream: a form with SIDHASH and FILE, posted while it is written. The answer says that the receiver's side has everything.</summary>
internal sealed class BridgeUploadChannel : ByteChannel
{
    /// <summary>For the answer behind the last byte: a receiver at a socket has 30 s for its own end.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(90);

    private readonly Pipe _pipe = new(new PipeOptions(useSynchronizationContext: false));
    private readonly CancellationTokenSource _abort = new();
    private readonly HttpClient _http;
    private readonly TimeSpan _idle;
    private readonly TimeProvider _time;
    private readonly Task<MethodFailure?> _answer;

    public BridgeUploadChannel(HttpClient http, Uri url, DestinationAddress stream, long? length, TimeSpan idle, TimeProvider time)
    {
        (_http, _idle, _time) = (http, idle, time);
        Stream = _pipe.Writer.AsStream(leaveOpen: true);
        _answer = Task.Run(() => PostAsync(url, stream, length));
    }

    /// <inheritdoc/>
    public override string Method => MethodNames.HttpBridge;

    /// <inheritdoc/>
    public override Stream Stream { get; }

    /// <inheritdoc/>
    public override TimeSpan IdleTimeout => _idle;

    /// <inheritdoc/>
    public override async Task<MethodFailure> PeerLeftAsync(CancellationToken cancellationToken) =>
        await _answer.WaitAsync(cancellationToken).ConfigureAwait(false)
            ?? new MethodFailure(FailureReason.Protocol, Side.Server, "the bridge answered before it had everything");

    /// <inheritdoc/>
    public override async Task<MethodFailure?> CompleteAsync(CancellationToken cancellationToken)
    {
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        try
        {
            return await _answer.WaitAsync(AnswerTime, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new MethodFailure(FailureReason.Stalled, Side.Network, "the bridge does not say whether the receiver has everything");
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task AbortAsync(AbortCause cause) => await DisposeAsync().ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        // An upload that ends early breaks its connection: the bridge never takes it for whole.
        await _abort.CancelAsync().ConfigureAwait(false);
        await _answer.ConfigureAwait(false);
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private async Task<MethodFailure?> PostAsync(Uri url, DestinationAddress stream, long? length)
    {
        MethodFailure? failure = null;
        try
        {
            using var form = Form(stream, length);
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = form };
            request.Headers.ExpectContinue = true;
            if (length is null) request.Headers.TransferEncodingChunked = true;
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _abort.Token).ConfigureAwait(false);
            failure = answer.StatusCode == HttpStatusCode.OK ? null : BridgeFailures.Of(answer.StatusCode);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException)
        {
            failure = BridgeFailures.Of(broken);
        }

        await _pipe.Reader.CompleteAsync(failure is null ? null : new ChannelException(failure)).ConfigureAwait(false);
        return failure;
    }

    // Without the receiver's knowledge of a name: that stands in the offer.
    private MultipartFormDataContent Form(DestinationAddress stream, long? length)
    {
        var boundary = "ferry" + RandomId.Create(24);
        var form = new MultipartFormDataContent(boundary);
        // Not every reader of 2007 knows a quoted boundary.
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=" + boundary);
        form.Add(new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(stream.Value)), "\"SIDHASH\"");
        form.Add(new FileContent(_pipe.Reader, length), "\"FILE\"", "\"file\"");
        return form;
    }

    /// <summary>What is written to the pipe.</summary>
    private sealed class FileContent : HttpContent
    {
        private readonly PipeReader _reader;
        private readonly long? _length;

        public FileContent(PipeReader reader, long? length)
        {
            (_reader, _length) = (reader, length);
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _reader.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = _length ?? 0;
            return _length is not null;
        }
    }
}
