using Ferry.Protocol.Streams;

namespace Ferry.Protocol.Xml;

/// <summary>
/// Finds where one top-level element of an XMPP stream ends, in bytes that arrive cut anywhere.
/// <para>
/// Theory of operation. The caller keeps the bytes; each call of <see cref="Next"/> shows those not yet consumed, from the start of the
/// current frame, and the framer remembers how far it has looked, so no byte is looked at twice. It knows tags, quotes and CDATA: enough to
/// count depth, not to judge well-formedness, which the reader does on the complete frame. It refuses what XMPP forbids before a parser
/// sees it: comments, processing instructions, DTDs (RFC 6120 section 11.1), text between stanzas, frames that are too long or too deep.
/// After STARTTLS and SASL, <see cref="Reset"/> starts the new stream. A violation is final.
/// </para>
/// </summary>
public sealed class StanzaFramer(XmlLimits limits)
{
    private enum State
    {
        Text,
        LessThan,
        OpenTag,
        SingleQuoted,
        DoubleQuoted,
        CloseTag,
        Declaration,
        BangStart,
        CData,
    }

    private static ReadOnlySpan<byte> CDataStart => "<![CDATA["u8;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private State _state;
    private int _depth;        // open elements, the stream's own included
    private int _at;           // bytes of the current frame already looked at
    private int _tagStart;     // where the tag under way began
    private bool _headSeen;    // the stream's opening tag has been delivered
    private bool _declarationAllowed = true;
    private XmlViolation? _dead;

    /// <summary>Begins a new stream on the same connection (after STARTTLS or SASL).</summary>
    public void Reset()
    {
        _state = State.Text;
        _depth = _at = _tagStart = 0;
        _headSeen = false;
        _declarationAllowed = true;
        _dead = null;
    }

    /// <summary>Looks for the next frame at the start of <paramref name="bytes"/>, which begin where the last frame ended.</summary>
    public Frame Next(ReadOnlySpan<byte> bytes)
    {
        if (_dead is not null) return new Frame(FrameKind.Violation, 0, _dead);
        if (_at == 0 && Leading(bytes) is { } filler) return filler;
        while (_at < bytes.Length)
        {
            if (Step(bytes) is { } frame) return frame;
            if (_at > limits.MaxStanzaBytes) return TooLong();
        }

        return bytes.Length > limits.MaxStanzaBytes ? TooLong() : new Frame(FrameKind.NeedMore, 0);
    }

    private bool BetweenStanzas => _depth <= (_headSeen ? 1 : 0);

    // White space (and at the very start a byte order mark) before a frame is handed back at once, so keep-alives never pile up.
    private Frame? Leading(ReadOnlySpan<byte> bytes)
    {
        if (_declarationAllowed && !bytes.IsEmpty && bytes[0] == ByteOrderMark[0])
        {
            var have = Math.Min(bytes.Length, ByteOrderMark.Length);
            if (!bytes[..have].SequenceEqual(ByteOrderMark[..have])) return Fail(StreamCondition.NotWellFormed, "bytes before the stream header");
            return have < ByteOrderMark.Length ? new Frame(FrameKind.NeedMore, 0) : new Frame(FrameKind.Filler, have);
        }

        var length = bytes.IndexOfAnyExcept(" \t\r\n"u8);
        if (length < 0) length = bytes.Length;
        if (length == 0) return null;
        if (!_headSeen) _declarationAllowed = false;
        return new Frame(FrameKind.Filler, length);
    }

    private Frame? Step(ReadOnlySpan<byte> bytes)
    {
        switch (_state)
        {
            case State.Text: return StepText(bytes);
            case State.LessThan: return StepLessThan(bytes[_at]);
            case State.OpenTag: return StepOpenTag(bytes);
            case State.SingleQuoted: SkipTo(bytes, (byte)'\'', State.OpenTag); return null;
            case State.DoubleQuoted: SkipTo(bytes, (byte)'"', State.OpenTag); return null;
            case State.CloseTag: return StepCloseTag(bytes);
            case State.Declaration: return StepDeclaration(bytes);
            case State.BangStart: return StepBang(bytes);
            default: return StepCData(bytes);
        }
    }

    private Frame? StepText(ReadOnlySpan<byte> bytes)
    {
        if (BetweenStanzas && bytes[_at] != (byte)'<')
        {
            return Fail(_headSeen ? StreamCondition.InvalidXml : StreamCondition.NotWellFormed, "text outside of a stanza");
        }

        var found = bytes[_at..].IndexOf((byte)'<');
        if (found < 0)
        {
            _at = bytes.Length;
            return null;
        }

        _tagStart = _at + found;
        _at = _tagStart + 1;
        _state = State.LessThan;
        return null;
    }

    private Frame? StepLessThan(byte next)
    {
        switch (next)
        {
            case (byte)'/':
                _at++;
                _state = State.CloseTag;
                return null;
            case (byte)'?':
                if (!_declarationAllowed || _headSeen) return Fail(StreamCondition.RestrictedXml, "processing instruction");
                _at++;
                _state = State.Declaration;
                return null;
            case (byte)'!':
                if (BetweenStanzas) return Fail(StreamCondition.RestrictedXml, "comment, DTD or CDATA outside of a stanza");
                _state = State.BangStart;
                return null;
            default:
                _declarationAllowed = false;
                _state = State.OpenTag;
                return null;
        }
    }

    private Frame? StepOpenTag(ReadOnlySpan<byte> bytes)
    {
        var found = bytes[_at..].IndexOfAny((byte)'>', (byte)'\'', (byte)'"');
        if (found < 0)
        {
            _at = bytes.Length;
            return null;
        }

        _at += found + 1;
        var stop = bytes[_at - 1];
        if (stop != (byte)'>')
        {
            _state = stop == (byte)'\'' ? State.SingleQuoted : State.DoubleQuoted;
            return null;
        }

        _state = State.Text;
        var selfClosed = bytes[_at - 2] == (byte)'/';
        if (!_headSeen)
        {
            if (selfClosed) return Fail(StreamCondition.NotWellFormed, "the stream header is an empty element");
            _headSeen = true;
            _depth = 1;
            return Take(FrameKind.StreamOpen);
        }

        if (selfClosed) return _depth == 1 ? Take(FrameKind.Stanza) : null;
        _depth++;
        return _depth - 1 > limits.MaxDepth ? Fail(StreamCondition.PolicyViolation, $"elements nested deeper than {limits.MaxDepth}") : null;
    }

    private Frame? StepCloseTag(ReadOnlySpan<byte> bytes)
    {
        var found = bytes[_at..].IndexOf((byte)'>');
        if (found < 0)
        {
            _at = bytes.Length;
            return null;
        }

        _at += found + 1;
        _state = State.Text;
        if (_depth == 0) return Fail(StreamCondition.NotWellFormed, "a closing tag before the stream header");
        _depth--;
        if (_depth == 0) return Take(FrameKind.StreamClose);
        return _depth == 1 ? Take(FrameKind.Stanza) : null;
    }

    private Frame? StepDeclaration(ReadOnlySpan<byte> bytes)
    {
        var found = bytes[_at..].IndexOf((byte)'>');
        if (found < 0)
        {
            _at = bytes.Length;
            return null;
        }

        _at += found + 1;
        if (!bytes.StartsWith("<?xml "u8) || bytes[_at - 2] != (byte)'?') return Fail(StreamCondition.RestrictedXml, "processing instruction");
        _declarationAllowed = false;
        _state = State.Text;
        return Take(FrameKind.Filler);
    }

    private Frame? StepBang(ReadOnlySpan<byte> bytes)
    {
        var have = Math.Min(bytes.Length - _tagStart, CDataStart.Length);
        if (!bytes.Slice(_tagStart, have).SequenceEqual(CDataStart[..have])) return Fail(StreamCondition.RestrictedXml, "comment or DTD");
        _at = _tagStart + have;
        if (have == CDataStart.Length) _state = State.CData;
        return null;
    }

    private Frame? StepCData(ReadOnlySpan<byte> bytes)
    {
        // The last two bytes looked at may be the beginning of the end.
        var from = Math.Max(_tagStart + CDataStart.Length, _at - 2);
        var found = bytes[from..].IndexOf("]]>"u8);
        if (found < 0)
        {
            _at = bytes.Length;
            return null;
        }

        _at = from + found + 3;
        _state = State.Text;
        return null;
    }

    private void SkipTo(ReadOnlySpan<byte> bytes, byte end, State then)
    {
        var found = bytes[_at..].IndexOf(end);
        if (found < 0)
        {
            _at = bytes.Length;
            return;
        }

        _at += found + 1;
        _state = then;
    }

    private Frame Take(FrameKind kind)
    {
        var length = _at;
        if (length > limits.MaxStanzaBytes) return TooLong();
        _at = _tagStart = 0;
        return new Frame(kind, length);
    }

    private Frame TooLong() => Fail(StreamCondition.PolicyViolation, $"a stanza is longer than {limits.MaxStanzaBytes} bytes");

    private Frame Fail(StreamCondition condition, string text)
    {
        _dead = new XmlViolation(condition, text);
        return new Frame(FrameKind.Violation, 0, _dead);
    }
}
