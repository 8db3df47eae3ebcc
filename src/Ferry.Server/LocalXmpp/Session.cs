using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// One bound resource. It belongs to a connection and, with stream management, outlives it for a while. Presence fields are changed only in
/// the turn of <see cref="PresenceService"/>.
/// </summary>
internal sealed class Session(Jid jid, int maxQueueBytes)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private C2sConnection? _connection;
    private StreamError? _end;
    private bool _ending;
    private int _finished;
    private int _claims;
    private (string Text, Jid Jid)? _lastTo;

    /// <summary>The full address.</summary>
    public Jid Jid { get; } = jid;

    /// <summary>The account.</summary>
    public Jid Account { get; } = jid.Bare;

    /// <summary>The full address as it is stamped on stanzas.</summary>
    public string From { get; } = jid.ToString();

    public OutboundQueue Out { get; } = new(maxQueueBytes);

    /// <summary>The last broadcast presence; null while not available.</summary>
    public Element? Presence { get; set; }

    public volatile bool Available;

    public volatile sbyte Priority;

    /// <summary>Addresses that got directed presence.</summary>
    public HashSet<Jid> Directed { get; } = [];

    /// <summary>The roster was asked for: pushes are wanted (RFC 6121 section 2.1.6).</summary>
    public volatile bool WantsRoster;

    /// <summary>With what the stream may be resumed, or null.</summary>
    public string? ResumeId { get; set; }

    /// <summary>When the connection was lost.</summary>
    public DateTimeOffset DetachedAt { get; private set; }

    /// <summary>Completes when nothing is left of the session.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Its connection; null while it waits for one.</summary>
    public C2sConnection? Connection
    {
        get
        {
            lock (_gate) return _connection;
        }
    }

    /// <summary>Why it has to end, once it has to.</summary>
    public (bool Ending, StreamError? Error) End
    {
        get
        {
            lock (_gate) return (_ending, _end);
        }
    }

    /// <summary>
    /// Reads an address on a stanza of this session. Stanzas come in runs to one address, so the last one is remembered. Called by the reader only.
    /// </summary>
    public bool TryRecall(string text, [NotNullWhen(true)] out Jid? jid)
    {
        if (_lastTo is { } last && last.Text == text)
        {
            jid = last.Jid;
            return true;
        }

        if (!Jid.TryParse(text, out jid)) return false;
        _lastTo = (text, jid);
        return true;
    }

    /// <summary>Gives it a connection. False: it has one, or is ending.</summary>
    public bool TryAttach(C2sConnection connection)
    {
        lock (_gate)
        {
            if (_ending || _connection is not null) return false;
            _connection = connection;
            return true;
        }
    }

    /// <summary>Somebody comes to resume it: the number of this attempt.</summary>
    public int Claim() => Interlocked.Increment(ref _claims);

    /// <summary>Whether nobody came after that attempt.</summary>
    public bool IsLatest(int claim) => Volatile.Read(ref _claims) == claim;

    /// <summary>Takes the connection away and keeps the session for resumption. False: it is ending.</summary>
    public bool TryDetach(DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_ending) return false;
            _connection = null;
            DetachedAt = now;
            return true;
        }
    }

    /// <summary>Says that it has to end; the first reason counts. Whoever owns it does the ending.</summary>
    /// <returns>The connection that will do it; null: nobody owns it.</returns>
    public C2sConnection? RequestEnd(StreamError? error)
    {
        C2sConnection? connection;
        lock (_gate)
        {
            if (!_ending) (_ending, _end) = (true, error);
            connection = _connection;
        }

        connection?.StopServing();
        return connection;
    }

    /// <summary>True for the one caller that takes the session apart.</summary>
    public bool TryFinish() => Interlocked.Exchange(ref _finished, 1) == 0;

    public void MarkGone() => _gone.TrySetResult();
}
