namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// What of a file a receiver has, as far as its requests show: every part that was sent to its end, and of a part that broke off as much as the receiver
/// didn't ask for again when it went on. So a file is whole neither because its last byte was looked at nor because a connection swallowed the rest.
/// Not for several threads at once.
/// </summary>
/// <param name="size">Of the file in bytes, from 0 on.</param>
public sealed class ByteCoverage(long size)
{
    /// <summary>Separate parts that are known at one time, of each kind. Of more the file is never whole: whoever fetches so lets it expire.</summary>
    public const int MaxParts = 64;

    /// <summary>Apart from each other, in their order.</summary>
    private readonly List<(long From, long End)> _had = [];

    /// <summary>Broken off: sent, but who knows how much of it arrived.</summary>
    private readonly List<(long From, long End)> _broken = [];

    private bool _completed;

    /// <summary>The receiver has every byte.</summary>
    public bool IsWhole => _completed && (size == 0 || (_had is [(0, var end)] && end >= size));

    /// <summary>A request asks for bytes from here on: what broke off before, or at, this point has arrived up to it.</summary>
    public void Begin(long from)
    {
        for (int i = _broken.Count - 1; i >= 0; i--)
        {
            (long start, long end) = _broken[i];
            if (start < from && from <= end)
            {
                _broken.RemoveAt(i);
                Have(start, from);
            }
        }
    }

    /// <summary>These were sent, and their receiver has them. Both may be the same: nothing.</summary>
    public void Complete(long from, long end)
    {
        _completed = true;
        Have(from, end);
    }

    /// <summary>These were sent, and the connection broke.</summary>
    public void Break(long from, long end)
    {
        if (end <= from)
        {
            return;
        }

        if (_broken.Count >= MaxParts)
        {
            _broken.RemoveAt(0);
        }

        _broken.Add((from, end));
    }

    private void Have(long from, long end)
    {
        if (end <= from)
        {
            return;
        }

        int at = _had.FindIndex(part => part.End >= from);
        if (at < 0)
        {
            at = _had.Count;
        }

        while (at < _had.Count && _had[at].From <= end)
        {
            (from, end) = (Math.Min(from, _had[at].From), Math.Max(end, _had[at].End));
            _had.RemoveAt(at);
        }

        if (_had.Count < MaxParts)
        {
            _had.Insert(at, (from, end));
        }
    }
}
