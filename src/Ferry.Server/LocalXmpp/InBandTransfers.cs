using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Server.Hosting;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// In-band bytestreams (XEP-0047) between this server's own clients, as they pass by, so that an orderly stop can wait for them: from <c>open</c> until a moment behind
/// <c>close</c>, in which its answer and what ends the offer are said. A stream without a stanza for long is not waited for, and neither is one whose client has gone.
/// </summary>
internal sealed class InBandTransfers(SessionRegistry sessions, TimeProvider time) : IDrainable
{
    /// <summary>Streams that are known at one time; more are not waited for.</summary>
    public const int Most = 4096;

    /// <summary>The longest time without a stanza.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    /// <summary>What is said behind a close.</summary>
    public static readonly TimeSpan Settles = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Moved> _streams = [];
    private bool _draining;

    /// <inheritdoc/>
    public int Running
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _streams.Count;
            }
        }
    }

    /// <summary>A stanza from one client to another goes by.</summary>
    public void Pass(Element stanza, Jid from, Jid to)
    {
        foreach (var payload in stanza.Children)
        {
            if (payload.Namespace != Namespaces.InBandBytestreams || payload.Attribute("sid") is not { } sid) continue;
            lock (_lock) Pass(payload.Name, new Key(from, to, sid));
            return;
        }
    }

    /// <inheritdoc/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock) _draining = true;
        try
        {
            while (Running > 0) await Task.Delay(LookInterval, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The server's end is theirs.
        }
    }

    // Under the lock. Data and the close come from either side.
    private void Pass(string name, Key key)
    {
        if (name == "open")
        {
            if (_draining) return;
            if (_streams.Count >= Most) Forget();
            if (_streams.Count < Most) _streams[key] = new Moved(time.GetTimestamp(), IsClosed: false);
        }
        else if (_streams.ContainsKey(key) || _streams.ContainsKey(key = key.Turned))
        {
            _streams[key] = new Moved(time.GetTimestamp(), _streams[key].IsClosed || name == "close");
        }
    }

    // Under the lock.
    private void Forget()
    {
        foreach (var (key, moved) in _streams)
        {
            var bound = moved.IsClosed ? Settles : Idle;
            if (time.GetElapsedTime(moved.At) >= bound || sessions.Find(key.From) is null || sessions.Find(key.To) is null) _streams.Remove(key);
        }
    }

    private readonly record struct Key(Jid From, Jid To, string Sid)
    {
        public Key Turned => new(To, From, Sid);
    }

    private readonly record struct Moved(long At, bool IsClosed);
}
