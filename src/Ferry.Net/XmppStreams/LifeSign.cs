namespace Ferry.Net.XmppStreams;

/// <summary>How long the other end of a stream has sent nothing. Belongs to one loop.</summary>
internal sealed class LifeSign(TimeProvider time, XmppStream stream)
{
    private long _seen = stream.BytesRead;
    private long _since = time.GetTimestamp();
    private bool _probed;

    /// <summary>The silence so far; null where something came since the last look.</summary>
    public TimeSpan? Silence()
    {
        if (stream.BytesRead == _seen) return time.GetElapsedTime(_since);
        (_seen, _since, _probed) = (stream.BytesRead, time.GetTimestamp(), false);
        return null;
    }

    /// <summary>True once in each silence: the moment to ask for a sign of life.</summary>
    public bool ProbeDue() => !_probed && (_probed = true);
}
