using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Streams;

/// <summary>
/// What was sent and handled on one stream-managed stream (XEP-0198 section 4): counters that wrap at 2^32, and the stanzas that the peer
/// has not acknowledged, kept for resumption. Only stanzas (iq, message, presence) are counted. Pure; the owner loop of the stream feeds it.
/// </summary>
/// <param name="capacityBytes">Unacknowledged bytes above which <see cref="IsFull"/> asks the owner to stop sending until an ack comes.</param>
public sealed class StreamLedger(int capacityBytes)
{
    /// <summary>Bytes after which an acknowledgement is asked for: not more often, since servers with Nagle answer each request late.</summary>
    public const int RequestBytes = 256 * 1024;

    /// <summary>Time after which an acknowledgement is asked for while something is outstanding.</summary>
    public static readonly TimeSpan RequestInterval = TimeSpan.FromSeconds(5);

    private readonly Queue<(Element Stanza, int Bytes)> _unacknowledged = new();
    private uint _acknowledged;
    private long _everAcknowledged;
    private int _sinceRequest;
    private DateTimeOffset? _lastRequest;

    /// <summary>Stanzas of the peer that we have handled: our <c>h</c>.</summary>
    public uint Handled { get; private set; }

    /// <summary>Stanzas sent and not acknowledged.</summary>
    public int Outstanding => _unacknowledged.Count;

    /// <summary>The first of them, or null.</summary>
    public Element? Oldest => _unacknowledged.TryPeek(out var first) ? first.Stanza : null;

    /// <summary>Their bytes.</summary>
    public int OutstandingBytes { get; private set; }

    /// <summary>Whether so much is unacknowledged that sending should wait.</summary>
    public bool IsFull => OutstandingBytes > capacityBytes;

    /// <summary>Whether this element counts.</summary>
    public static bool Counts(Element element) => element.Name is "iq" or "message" or "presence" && element.Namespace == Namespaces.Client;

    /// <summary>A stanza of the peer was handled.</summary>
    public void Receive() => Handled = unchecked(Handled + 1);

    /// <summary>A stanza was handed to the transport, which took <paramref name="bytes"/>.</summary>
    public void Sent(Element stanza, int bytes)
    {
        _unacknowledged.Enqueue((stanza, bytes));
        OutstandingBytes += bytes;
        _sinceRequest += bytes;
    }

    /// <summary>The peer says that it has handled <paramref name="h"/>. False: more than was sent, the stream must end.</summary>
    public bool TryAcknowledge(uint h)
    {
        var newly = unchecked(h - _acknowledged);
        if (newly > (uint)_unacknowledged.Count) return false;
        _everAcknowledged += newly;
        for (; newly > 0; newly--) OutstandingBytes -= _unacknowledged.Dequeue().Bytes;
        _acknowledged = h;
        return true;
    }

    /// <summary>
    /// The same in the middle of a stream, where less than was acknowledged before is no news and no fault: an answer that waited over a resumption
    /// says less than the resumption did. False: more than was sent, the stream must end.
    /// </summary>
    public bool TryHear(uint h) => TryAcknowledge(h) || unchecked(_acknowledged - h) <= Math.Min(_everAcknowledged, int.MaxValue);

    /// <summary>Whether to ask for an acknowledgement now; saying yes starts the next interval.</summary>
    public bool ShouldRequest(DateTimeOffset now)
    {
        if (_unacknowledged.Count == 0)
        {
            _lastRequest = null;
            return false;
        }

        _lastRequest ??= now;
        if (_sinceRequest < RequestBytes && now - _lastRequest < RequestInterval) return false;
        _sinceRequest = 0;
        _lastRequest = now;
        return true;
    }

    /// <summary>What must be sent again after a resumption, oldest first; empties the ledger of them, for they are sent anew.</summary>
    public IReadOnlyList<Element> TakeUnacknowledged()
    {
        var again = _unacknowledged.Select(entry => entry.Stanza).ToList();
        _unacknowledged.Clear();
        OutstandingBytes = 0;
        return again;
    }
}
