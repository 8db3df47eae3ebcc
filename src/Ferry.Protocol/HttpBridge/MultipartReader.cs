using System.Text;
using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// Reads the form that a browser posts to the bridge, multipart/form-data with the fields SIDHASH and FILE (bs-proxy, step I.3; RFC 7578),
/// from bytes that arrive cut anywhere.
/// <para>
/// Theory of operation. The caller shows input to <see cref="Next"/> until it needs more, each time without what was consumed, and calls
/// <see cref="Complete"/> where the body ends. A delimiter is a whole line: CR LF <c>--</c> boundary, then CR LF or white space, or <c>--</c>
/// and one of these or the body's end. All else is content, so a file may hold lines that only begin like a delimiter. Content is looked
/// through for CR LF <c>--</c> boundary at once and handed out as slices of the input; only what may yet become a delimiter is held back,
/// at most boundary + 8 bytes. The preamble's search begins as if a CR LF had gone before.
/// </para>
/// <para>
/// Refused, as status 400: a preamble of more than <see cref="MaxPreambleBytes"/>, headers of more than <see cref="MaxHeaderBytes"/>, parts
/// other than the two or one twice, a SIDHASH that is no hash, a body that ends before its closing delimiter. A FILE part without a file
/// name is taken. A fault is final.
/// </para>
/// </summary>
public sealed class MultipartReader
{
    /// <summary>Header bytes of one part.</summary>
    public const int MaxHeaderBytes = 8 * 1024;

    /// <summary>Bytes before the first delimiter.</summary>
    public const int MaxPreambleBytes = 1024;

    /// <summary>Bytes of the SIDHASH part's content: the 40 digits and white space about them.</summary>
    public const int MaxSidHashBytes = 64;

    /// <summary>White space behind a delimiter, in bytes.</summary>
    public const int MaxPaddingBytes = 64;

    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';
    private const byte Dash = (byte)'-';

    private enum State
    {
        Preamble,
        Padding,
        Headers,
        SidHash,
        File,
        Closed,
        Epilogue,
        Failed,
    }

    private enum Verdict
    {
        Possible,
        Content,
        Delimiter,
        ClosingDelimiter,
    }

    private static ReadOnlySpan<byte> HeadersEnd => "\r\n\r\n"u8;

    private readonly bool _sidHashFirst;
    private readonly byte[] _delimiter;      // CR LF -- boundary
    private readonly byte[] _held;           // what may yet become a delimiter
    private readonly byte[] _sidHash = new byte[MaxSidHashBytes];
    private byte[] _headers = [];            // CR LF and the header lines, so that no header at all is no special case
    private int _heldCount;
    private int _headersCount;
    private int _sidHashCount;
    private int _preamble;
    private int _padding;
    private bool _lineEnds;                  // the CR behind padding was there
    private bool _sidHashSeen;
    private bool _completed;
    private long _consumed;
    private State _state = State.Preamble;
    private MultipartFault? _fault;

    /// <param name="boundary">As <see cref="MultipartBoundary.TryParse"/> gives it.</param>
    /// <param name="sidHashFirst">
    /// Whether SIDHASH must be there and go before FILE: true for an upload URL that is the same for everybody; false for one with a token.
    /// </param>
    /// <exception cref="ArgumentException">The boundary is not 1 to 70 allowed characters.</exception>
    public MultipartReader(string boundary, bool sidHashFirst)
    {
        if (!MultipartBoundary.IsBoundary(boundary)) throw new ArgumentException("no boundary of 1 to 70 allowed characters", nameof(boundary));
        _sidHashFirst = sidHashFirst;
        _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
        _held = new byte[boundary.Length + 8];
        _held[0] = CarriageReturn;
        _held[1] = LineFeed;
        _heldCount = 2;
    }

    /// <summary>Bytes of the body before the file's first, once the FILE part has begun; else null. For <see cref="MultipartSize"/>.</summary>
    public long? FileOffset { get; private set; }

    /// <summary>Bytes of the file handed out so far; with <see cref="MultipartEventKind.End"/> the file's size.</summary>
    public long FileLength { get; private set; }

    /// <summary>Bytes of memory for buffers.</summary>
    internal int BufferBytes => _held.Length + _headers.Length + _sidHash.Length;

    /// <summary>The next finding in <paramref name="input"/>, which begins where the last call stopped consuming; may be empty.</summary>
    /// <exception cref="InvalidOperationException">After <see cref="Complete"/>.</exception>
    public MultipartEvent Next(ReadOnlyMemory<byte> input)
    {
        if (_completed) throw new InvalidOperationException("the body has ended");
        var found = Find(input);
        _consumed += found.Consumed;
        return found;
    }

    /// <summary>
    /// The body has ended, and all of it was consumed. Call until <see cref="MultipartEventKind.End"/> (which comes again if
    /// <see cref="Next"/> had it) or <see cref="MultipartEventKind.Fault"/>.
    /// </summary>
    public MultipartEvent Complete()
    {
        _completed = true;
        if (InContent && _heldCount == _delimiter.Length + 2 && _held[_delimiter.Length] == Dash && Separate(0, State.Closed) is { } last) return last;
        return _state switch
        {
            State.Closed or State.Epilogue => Close(0),
            State.Failed => new MultipartEvent(MultipartEventKind.Fault, 0, Fault: _fault),
            _ => Fail(0, "the body ends before its closing delimiter"),
        };
    }

    private bool InContent => _state is State.Preamble or State.SidHash or State.File;

    private MultipartEvent Find(ReadOnlyMemory<byte> input)
    {
        var at = 0;
        while (true)
        {
            if (_state == State.Failed) return new MultipartEvent(MultipartEventKind.Fault, at, Fault: _fault);
            if (_state == State.Closed) return Close(at);
            if (_state == State.Epilogue) at = input.Length;
            if (at == input.Length) return new MultipartEvent(MultipartEventKind.NeedMore, at);
            var found = _state switch
            {
                State.Padding => StepPadding(input.Span[at], ref at),
                State.Headers => StepHeaders(input.Span, ref at),
                _ => StepContent(input, ref at),
            };
            if (found is { } one) return one;
        }
    }

    private MultipartEvent? StepPadding(byte next, ref int at)
    {
        at++;
        if (_lineEnds && next == LineFeed)
        {
            BeginHeaders();
            return null;
        }

        var white = next is (byte)' ' or (byte)'\t';
        if (white) _padding++;
        if (_lineEnds || (!white && next != CarriageReturn) || _padding > MaxPaddingBytes) return Fail(at, "a delimiter's line does not end");
        _lineEnds = !white;
        return null;
    }

    private MultipartEvent? StepHeaders(ReadOnlySpan<byte> input, ref int at)
    {
        var lineEnd = input[at..].IndexOf(LineFeed);
        var line = lineEnd < 0 ? input[at..] : input.Slice(at, lineEnd + 1);
        at += line.Length;
        if (line.Length > MaxHeaderBytes + 2 - _headersCount) return Fail(at, "a part's headers are too long");
        KeepHeaders(line);
        return _headers.AsSpan(0, _headersCount).EndsWith(HeadersEnd) ? BeginPart(at) : null;
    }

    private void BeginHeaders()
    {
        _state = State.Headers;
        _headersCount = 0;
        KeepHeaders("\r\n"u8);
    }

    private void KeepHeaders(ReadOnlySpan<byte> bytes)
    {
        var needed = _headersCount + bytes.Length;
        if (needed > _headers.Length) Array.Resize(ref _headers, Math.Min(Math.Max(needed, 2 * _headers.Length), MaxHeaderBytes + 2));
        bytes.CopyTo(_headers.AsSpan(_headersCount));
        _headersCount = needed;
    }

    private MultipartEvent BeginPart(int at)
    {
        if (!MultipartPart.TryParse(_headers.AsSpan(2, _headersCount - 4), out var part, out var fault)) return Fail(at, fault);
        if (part.Field == MultipartField.SidHash)
        {
            if (_sidHashSeen) return Fail(at, "SIDHASH is there twice");
            _sidHashSeen = true;
            _state = State.SidHash;
        }
        else
        {
            if (FileOffset is not null) return Fail(at, "FILE is there twice");
            if (_sidHashFirst && !_sidHashSeen) return Fail(at, "SIDHASH is not before FILE");
            FileOffset = _consumed + at;
            _state = State.File;
        }

        return new MultipartEvent(MultipartEventKind.Part, at, Part: part);
    }

    private MultipartEvent? StepContent(ReadOnlyMemory<byte> input, ref int at)
    {
        if (_heldCount == 0)
        {
            var content = ContentLength(input.Span[at..]);
            if (content > 0)
            {
                at += content;
                return Content(input.Slice(at - content, content), at);
            }
        }

        return StepHeld(input.Span, ref at);
    }

    // How many bytes at the start can be no part of a delimiter. It has one CR, so only the last CR of the input can begin a cut one.
    private int ContentLength(ReadOnlySpan<byte> bytes)
    {
        var from = 0;
        while (bytes[from..].IndexOf(_delimiter) is >= 0 and var found)
        {
            var behind = from + found + _delimiter.Length;
            if (Judge(bytes[behind..]) != Verdict.Content) return from + found;
            from = behind;
        }

        var tail = Math.Max(from, bytes.Length - _delimiter.Length + 1);
        var last = bytes[tail..].LastIndexOf(CarriageReturn);
        return last >= 0 && _delimiter.AsSpan().StartsWith(bytes[(tail + last)..]) ? tail + last : bytes.Length;
    }

    private MultipartEvent? StepHeld(ReadOnlySpan<byte> input, ref int at)
    {
        while (at < input.Length)
        {
            var next = input[at];
            switch (Judge(next))
            {
                case Verdict.Possible:
                    _held[_heldCount++] = next;
                    at++;
                    break;
                case Verdict.Content:
                    // What is held begins with the only CR that could begin a delimiter, so the next search begins behind it.
                    var content = _held.AsMemory(0, _heldCount);
                    _heldCount = 0;
                    return Content(content, at);
                case Verdict.Delimiter:
                    at++;
                    return Separate(at, next == LineFeed ? State.Headers : State.Padding);
                default:
                    at++;
                    return Separate(at, State.Closed);
            }
        }

        return null;
    }

    // What one more byte behind those held makes of them.
    private Verdict Judge(byte next)
    {
        if (_heldCount < _delimiter.Length) return next == _delimiter[_heldCount] ? Verdict.Possible : Verdict.Content;
        _held[_heldCount] = next;
        return Judge(_held.AsSpan(_delimiter.Length, _heldCount + 1 - _delimiter.Length));
    }

    // What the bytes behind CR LF -- boundary make of it.
    private static Verdict Judge(ReadOnlySpan<byte> behind) => behind switch
    {
        [] or [CarriageReturn] or [Dash] or [Dash, Dash] or [Dash, Dash, CarriageReturn] => Verdict.Possible,
        [CarriageReturn, LineFeed, ..] or [(byte)' ' or (byte)'\t', ..] => Verdict.Delimiter,
        [Dash, Dash, CarriageReturn, LineFeed, ..] or [Dash, Dash, (byte)' ' or (byte)'\t', ..] => Verdict.ClosingDelimiter,
        _ => Verdict.Content,
    };

    private MultipartEvent? Content(ReadOnlyMemory<byte> bytes, int at)
    {
        switch (_state)
        {
            case State.File:
                FileLength += bytes.Length;
                return new MultipartEvent(MultipartEventKind.FileBytes, at, bytes);
            case State.SidHash:
                if (bytes.Length > MaxSidHashBytes - _sidHashCount) return Fail(at, "SIDHASH is too long");
                bytes.Span.CopyTo(_sidHash.AsSpan(_sidHashCount));
                _sidHashCount += bytes.Length;
                return null;
            default:
                // The CR LF that the search began with counts, too.
                if (bytes.Length > MaxPreambleBytes + 2 - _preamble) return Fail(at, "no delimiter at the start of the body");
                _preamble += bytes.Length;
                return null;
        }
    }

    // A delimiter ends the content before it.
    private MultipartEvent? Separate(int at, State next)
    {
        var ended = _state;
        _heldCount = 0;
        _padding = 1;
        _lineEnds = false;
        _state = next;
        if (next == State.Headers) BeginHeaders();
        if (ended != State.SidHash) return null;
        var value = _sidHash.AsSpan(0, _sidHashCount).Trim(" \t\r\n"u8);
        return DestinationAddress.TryParse((ReadOnlySpan<byte>)value, out var hash)
            ? new MultipartEvent(MultipartEventKind.SidHash, at, SidHash: hash)
            : Fail(at, "SIDHASH is not 40 hexadecimal digits");
    }

    private MultipartEvent Close(int at)
    {
        if (FileOffset is null) return Fail(at, "the form has no FILE");
        _state = State.Epilogue;
        return new MultipartEvent(MultipartEventKind.End, at);
    }

    private MultipartEvent Fail(int at, string text) => Fail(at, MultipartFault.Bad(text));

    private MultipartEvent Fail(int at, MultipartFault fault)
    {
        _fault = fault;
        _state = State.Failed;
        return new MultipartEvent(MultipartEventKind.Fault, at, Fault: fault);
    }
}
