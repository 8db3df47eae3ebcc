using System.Threading.Channels;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;

namespace Ferry.Methods;

/// <summary>
/// Brings requests to open a stream to whoever agreed on that stream: by the peer's full address and the stream's id, so that nobody else can
/// open it. What nobody expects goes to <see cref="Unexpected"/>, or is refused.
/// </summary>
internal sealed class OpenRequests
{
    /// <summary>Requests that wait for one stream; a peer that sends more is refused.</summary>
    public const int PerStream = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<(Jid Peer, string Sid), Channel<OpenRequest>> _expected = [];

    /// <summary>Offered what nobody expects; true if it takes it (and will answer).</summary>
    public Func<OpenRequest, bool>? Unexpected { get; set; }

    /// <summary>Expects requests for this stream until disposed. Null when it is expected already.</summary>
    public Expectation? Expect(Jid peer, string sid)
    {
        var channel = Channel.CreateBounded<OpenRequest>(PerStream);
        lock (_lock)
        {
            return _expected.TryAdd((peer, sid), channel) ? new Expectation(this, (peer, sid), channel.Reader) : null;
        }
    }

    /// <summary>Called by a method's handler: null when somebody will answer, else the answer.</summary>
    public Iq? Deliver(OpenRequest request)
    {
        Channel<OpenRequest>? waiting;
        lock (_lock) _expected.TryGetValue((request.Peer, request.Sid), out waiting);
        var taken = waiting is null ? Unexpected?.Invoke(request) == true : waiting.Writer.TryWrite(request);
        return taken ? null : request.Iq.Refuse(request.Refusal);
    }

    /// <summary>A stream that requests may come for.</summary>
    public sealed class Expectation(OpenRequests owner, (Jid, string) key, ChannelReader<OpenRequest> requests) : IDisposable
    {
        /// <summary>The requests as they come.</summary>
        public ChannelReader<OpenRequest> Requests => requests;

        public void Dispose()
        {
            lock (owner._lock) owner._expected.Remove(key);
        }
    }
}
