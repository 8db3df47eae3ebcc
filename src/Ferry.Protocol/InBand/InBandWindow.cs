namespace Ferry.Protocol.InBand;

/// <summary>
/// How many blocks may be under way (XEP-0047 leaves it open), and which are.
/// <para>
/// Theory of operation. Servers shape what a client sends, and a shaped stream delays chat and pings too; so the window stays small until the
/// path has shown that it is fast. It begins at two blocks. Bytes acknowledged are counted over spans of 64 KiB or a second, whichever ends
/// first; while the last span's rate is 64 KiB/s or less, no more than 16 KiB are under way. Above, the window doubles each round trip, as in
/// TCP's slow start, until the first delay: an acknowledgement that takes 250 ms longer than the fastest one. Then it halves, and grows by one
/// block each round trip from there; it halves at most once a round trip.
/// </para>
/// Cheap by design: a ring of values, no allocation for a block.
/// </summary>
internal sealed class InBandWindow
{
    private const int SlowBytes = 16 * 1024;
    private const int FastBytesPerSecond = 64 * 1024;
    private const int SpanBytes = 64 * 1024;
    private const int MaxBlocks = 4096;
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    private readonly int _blockSize;
    private readonly long _maxBytes;
    private Block[] _ring = new Block[16];
    private int _first;
    private ushort _firstSeq;
    private long _window;
    private bool _fast;
    private bool _delayed;
    private TimeSpan _fastest = TimeSpan.MaxValue;
    private DateTimeOffset _spanStart;
    private long _spanBytes;
    private DateTimeOffset _halvedAt = DateTimeOffset.MinValue;

    public InBandWindow(int blockSize, int maxBytes, DateTimeOffset now)
    {
        _blockSize = blockSize;
        _maxBytes = maxBytes;
        _window = Math.Min(2L * blockSize, SlowBytes);
        _spanStart = LastProgress = now;
    }

    /// <summary>Blocks under way.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes under way.</summary>
    public long Bytes { get; private set; }

    /// <summary>The number that the next block gets.</summary>
    public ushort NextSeq => unchecked((ushort)(_firstSeq + Count));

    /// <summary>When something was last acknowledged, or sent while nothing was under way.</summary>
    public DateTimeOffset LastProgress { get; private set; }

    /// <summary>Whether one more block may be sent.</summary>
    public bool HasRoom => Count == 0 || (Count < MaxBlocks && Bytes + _blockSize <= Math.Min(_window, _maxBytes));

    /// <summary>Whether that block is under way.</summary>
    public bool Holds(ushort seq) => unchecked((ushort)(seq - _firstSeq)) < Count && !At(unchecked((ushort)(seq - _firstSeq))).Acknowledged;

    /// <summary>Whether that block was the last one sent.</summary>
    public bool IsLast(ushort seq) => Count > 0 && unchecked((ushort)(seq + 1)) == NextSeq;

    public ushort Send(int length, DateTimeOffset now)
    {
        if (Count == 0) LastProgress = now;
        if (Count == _ring.Length) Grow();
        var seq = NextSeq;
        At(Count) = new Block(length, now, Acknowledged: false);
        Count++;
        Bytes += length;
        return seq;
    }

    /// <summary>The same block leaves once more: its time starts again.</summary>
    public void Resend(ushort seq, DateTimeOffset now)
    {
        ref var block = ref At(unchecked((ushort)(seq - _firstSeq)));
        block = block with { SentAt = now };
        LastProgress = now;
    }

    public void Acknowledge(ushort seq, DateTimeOffset now)
    {
        ref var block = ref At(unchecked((ushort)(seq - _firstSeq)));
        var (length, roundTrip) = (block.Length, now - block.SentAt);
        block = block with { Acknowledged = true };
        while (Count > 0 && At(0).Acknowledged)
        {
            Bytes -= At(0).Length;
            _first = (_first + 1) & (_ring.Length - 1);
            _firstSeq++;
            Count--;
        }

        LastProgress = now;
        Measure(length, now);
        Adjust(length, roundTrip, now);
    }

    private void Measure(int length, DateTimeOffset now)
    {
        _spanBytes += length;
        var elapsed = now - _spanStart;
        if (_spanBytes < SpanBytes && elapsed < Span) return;
        _fast = _spanBytes > FastBytesPerSecond * elapsed.TotalSeconds;
        _spanStart = now;
        _spanBytes = 0;
    }

    private void Adjust(int length, TimeSpan roundTrip, DateTimeOffset now)
    {
        if (roundTrip < _fastest) _fastest = roundTrip;
        var floor = Math.Min(2L * _blockSize, SlowBytes);
        if (roundTrip - _fastest > Delay)
        {
            if (now - _halvedAt < roundTrip) return;
            _halvedAt = now;
            _delayed = true;
            _window = Math.Max(floor, _window / 2);
            return;
        }

        _window += _delayed ? Math.Max(1, (long)length * _blockSize / _window) : length;
        _window = Math.Min(_window, _fast ? _maxBytes : SlowBytes);
    }

    private ref Block At(int index) => ref _ring[(_first + index) & (_ring.Length - 1)];

    private void Grow()
    {
        var larger = new Block[_ring.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = At(i);
        _ring = larger;
        _first = 0;
    }

    private readonly record struct Block(int Length, DateTimeOffset SentAt, bool Acknowledged);
}
