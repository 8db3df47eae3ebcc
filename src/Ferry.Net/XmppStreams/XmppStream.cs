using System.Buffers;
using System.Runtime.InteropServices;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Net.XmppStreams;

/// <summary>
/// One XMPP stream over one connection, in either role: bytes in, elements out, elements in, bytes out. It knows nothing of what the
/// elements mean. One reader and one writer at a time: their owner loops see to that. Memory is bounded by the stanza limit.
/// </summary>
public sealed class XmppStream : IAsyncDisposable
{
    private const int ReadChunk = 16 * 1024;
    private const int KeepBuffer = 256 * 1024;

    /// <summary>More than the end tags of an element with one or two levels of children.</summary>
    private const int EndTagsBytes = 64;

    // A buffer grows by doubling, so one that took a batch of large stanzas may be twice as large as they were.
    private const int KeepOutput = 512 * 1024;

    private readonly XmlLimits _limits;
    private readonly string _contentNamespace;
    private readonly StanzaFramer _framer;
    private readonly ElementReader _reader;
    private ArrayBufferWriter<byte> _out = new(4096);
    private byte[] _in = new byte[ReadChunk];
    private int _start;
    private int _end;

    /// <summary>Wraps a connection. The stream owns <paramref name="transport"/> and disposes it.</summary>
    public XmppStream(Stream transport, XmlLimits limits, string contentNamespace)
    {
        Transport = transport;
        _limits = limits;
        _contentNamespace = contentNamespace;
        _framer = new StanzaFramer(limits);
        _reader = new ElementReader(limits);
    }

    /// <summary>The connection: a socket's stream, later the TLS stream around it.</summary>
    public Stream Transport { get; private set; }

    /// <summary>Bytes queued by <see cref="Append(Element)"/> and not yet flushed.</summary>
    public int PendingBytes => _out.WrittenCount;

    /// <summary>
    /// Bytes of one write to the transport at most; under TLS each is a record of its own. No element is divided between two that fits into one, and a longer one begins with one and has
    /// its end tags in one: white space goes before it. Where a connection breaks, the other end has whole records only, and so at worst half of an element's content.
    /// </summary>
    public int PieceBytes { get; set; } = int.MaxValue;

    /// <summary>Bytes read since the stream was made; grows with keep-alives too, so it shows life.</summary>
    public long BytesRead { get; private set; }

    /// <summary>
    /// Continues over <paramref name="secured"/> after STARTTLS. What came after <c>proceed</c> in clear text is dropped, so that nobody can
    /// inject it (RFC 6120 section 5.4.3.3).
    /// </summary>
    public void Upgrade(Stream secured)
    {
        Transport = secured;
        _start = _end = 0;
        _framer.Reset();
    }

    /// <summary>Expects a new header on the same connection, after SASL. Bytes already received belong to the new stream.</summary>
    public void Restart() => _framer.Reset();

    /// <summary>Reads the next header, element or end. Broken connections are a value; only cancellation throws.</summary>
    public async ValueTask<StreamRead> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var frame = _framer.Next(_in.AsSpan(_start, _end - _start));
            switch (frame.Kind)
            {
                case FrameKind.NeedMore:
                    if (await FillAsync(cancellationToken).ConfigureAwait(false) is { } ended) return ended;
                    break;
                case FrameKind.Filler:
                    _start += frame.Length;
                    break;
                case FrameKind.Violation:
                    return new StreamRead(StreamReadKind.Violation, Violation: frame.Violation);
                case FrameKind.StreamClose:
                    _start += frame.Length;
                    return new StreamRead(StreamReadKind.Closed, Bytes: frame.Length);
                default:
                    return Parse(frame);
            }
        }
    }

    /// <summary>Queues an element for the next flush; see <see cref="PieceBytes"/>.</summary>
    public void Append(Element element)
    {
        var start = _out.WrittenCount;
        ElementWriter.Write(element, _out, _contentNamespace, streamPrefix: true);
        if (PieceBytes < int.MaxValue) KeepWhole(start);
    }

    /// <summary>Queues bytes as they are: a header, a closing tag, a keep-alive.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _out.Write(bytes);

    /// <summary>Queues the opening tag.</summary>
    public void Append(StreamHeader header) => Append(header.ToBytes());

    /// <summary>Queues the closing tag.</summary>
    public void AppendClose() => Append("</stream:stream>"u8);

    /// <summary>Queues white space, which may stand between stanzas (RFC 6120 section 11.7), up to the next multiple of so many bytes; nothing where nothing is queued.</summary>
    public void Fill(int unit)
    {
        var missing = (unit - (_out.WrittenCount % unit)) % unit;
        if (missing == 0) return;
        _out.GetSpan(missing)[..missing].Fill((byte)' ');
        _out.Advance(missing);
    }

    /// <summary>Writes everything queued, in pieces of <see cref="PieceBytes"/>.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_out.WrittenCount == 0) return;
        var memory = _out.WrittenMemory;
        for (; memory.Length > PieceBytes; memory = memory[PieceBytes..]) await Transport.WriteAsync(memory[..PieceBytes], cancellationToken).ConfigureAwait(false);
        await Transport.WriteAsync(memory, cancellationToken).ConfigureAwait(false);
        await Transport.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (_out.Capacity > KeepOutput) _out = new ArrayBufferWriter<byte>(4096);
        else _out.ResetWrittenCount();
    }

    /// <summary>Writes one element at once.</summary>
    public ValueTask WriteAsync(Element element, CancellationToken cancellationToken)
    {
        Append(element);
        return FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Transport.DisposeAsync();

    // Of what is queued, the element that begins at `start` is moved behind as much white space as keeps it, or its tags, in one piece.
    private void KeepWhole(int start)
    {
        var length = _out.WrittenCount - start;
        var used = start % PieceBytes;
        if (used + length <= PieceBytes) return;
        var gap = (PieceBytes - used) % PieceBytes;
        if (length > PieceBytes && length % PieceBytes is > 0 and < EndTagsBytes) gap += EndTagsBytes;
        if (gap == 0) return;
        _out.GetSpan(gap);
        _out.Advance(gap);
        var queued = MemoryMarshal.AsMemory(_out.WrittenMemory).Span[start..];
        queued[..length].CopyTo(queued[gap..]);
        queued[..gap].Fill((byte)' ');
    }

    private StreamRead Parse(Frame frame)
    {
        var bytes = _in.AsSpan(_start, frame.Length);
        var head = frame.Kind == FrameKind.StreamOpen;
        var parsed = head ? _reader.ReadOpenTag(bytes) : _reader.Read(bytes, _contentNamespace);
        _start += frame.Length;
        return parsed.Element is { } element
            ? new StreamRead(head ? StreamReadKind.Header : StreamReadKind.Element, element, Bytes: frame.Length)
            : new StreamRead(StreamReadKind.Violation, Violation: parsed.Violation);
    }

    private async ValueTask<StreamRead?> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        try
        {
            var read = await Transport.ReadAsync(_in.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0) return new StreamRead(StreamReadKind.Ended);
            _end += read;
            BytesRead += read;
            return null;
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            return new StreamRead(StreamReadKind.Ended, Cause: broken);
        }
    }

    // The buffer grows to the stanza limit at most (the framer says so before), and shrinks again when it is empty.
    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_in.Length > KeepBuffer) _in = new byte[ReadChunk];
        }

        if (_in.Length - _end >= ReadChunk / 2) return;
        var have = _end - _start;
        var target = have + ReadChunk <= _in.Length ? _in : new byte[Math.Min(Math.Max(_in.Length * 2, ReadChunk), _limits.MaxStanzaBytes + (2 * ReadChunk))];
        Buffer.BlockCopy(_in, _start, target, 0, have);
        (_in, _start, _end) = (target, 0, have);
    }
}
