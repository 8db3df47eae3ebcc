using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.Relaying;

/// <summary>
/// A relay's memory, without I/O: who waits at which stream (XEP-0065 §6, the HTTP bridge's §6). A stream is known by the SHA-1 that its parties
/// show; the first two belong to it, whichever is the requester.
/// <code>
/// nobody → waiting (one party) → complete (two) → active → nobody
///                          ↖ left, or the time is up ↙
/// </code>
/// Not for several threads at once.
/// </summary>
/// <typeparam name="TParty">A party, compared by reference.</typeparam>
public sealed class RelayBook<TParty>(RelayBookOptions options)
    where TParty : class, IRelayParty
{
    private readonly Dictionary<DestinationAddress, Stream> _streams = [];

    /// <summary>Those that are not active, oldest first.</summary>
    private readonly LinkedList<Stream> _waiting = [];

    /// <summary>Streams that are not active yet.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Active streams.</summary>
    public int Active => _streams.Count - _waiting.Count;

    /// <summary>A party shows a stream's hash.</summary>
    public RelayArrival<TParty> Arrive(DestinationAddress stream, TParty party, DateTimeOffset now)
    {
        if (!_streams.TryGetValue(stream, out Stream? found))
        {
            return new RelayArrival<TParty>(true, Begin(stream, party, now));
        }

        if (found.Place is null)
        {
            return new RelayArrival<TParty>(false, []);
        }

        if (found.Second is null)
        {
            found.Second = party;
            Renew(found, now);
            return new RelayArrival<TParty>(true, []);
        }

        return GiveWay(found, party) is { } gone ? new RelayArrival<TParty>(true, [gone]) : new RelayArrival<TParty>(false, []);
    }

    /// <summary>A party is gone by itself. Nothing happens to an active stream: its own end says more.</summary>
    public void Leave(DestinationAddress stream, TParty party)
    {
        if (!_streams.TryGetValue(stream, out Stream? found) || found.Place is null)
        {
            return;
        }

        if (ReferenceEquals(found.Second, party))
        {
            found.Second = null;
        }
        else if (ReferenceEquals(found.First, party))
        {
            (found.First, found.Second) = (found.Second!, null);
        }

        if (found.First is null)
        {
            Remove(found);
        }
    }

    /// <summary>The requester's order to join the two that are there (XEP-0065 §6.3.5).</summary>
    public RelayActivation Activate(DestinationAddress stream, out TParty? first, out TParty? second)
    {
        (first, second) = (null, null);
        RelayActivation verdict = Look(stream, out Stream? found);
        if (verdict == RelayActivation.Active && found!.Second is null)
        {
            return RelayActivation.Incomplete;
        }

        if (verdict == RelayActivation.Active)
        {
            (first, second) = (found!.First, found.Second);
            Start(found);
        }

        return verdict;
    }

    /// <summary>
    /// The order of a requester that is a party itself without having connected, as one behind HTTP is: it is joined to the one that waits.
    /// </summary>
    /// <param name="requester">Becomes the second party.</param>
    public RelayActivation ActivateAs(DestinationAddress stream, TParty requester, [NotNullWhen(true)] out TParty? target)
    {
        target = null;
        RelayActivation verdict = Look(stream, out Stream? found);
        if (verdict == RelayActivation.Active && found!.Second is not null)
        {
            return RelayActivation.AlreadyActive;
        }

        if (verdict == RelayActivation.Active)
        {
            target = found!.First;
            found.Second = requester;
            Start(found);
        }

        return verdict;
    }

    /// <summary>An active stream has ended.</summary>
    public void End(DestinationAddress stream)
    {
        if (_streams.TryGetValue(stream, out Stream? found) && found.Place is null)
        {
            _streams.Remove(stream);
        }
    }

    /// <summary>Whose time is up: they must go.</summary>
    public IReadOnlyList<TParty> Expire(DateTimeOffset now)
    {
        var gone = new List<TParty>();
        while (_waiting.First?.Value is { } oldest && now - oldest.Since >= options.PairingTime)
        {
            gone.AddRange(oldest.Parties);
            Remove(oldest);
        }

        return gone;
    }

    /// <summary>Forgets everybody who waits: they must go.</summary>
    public IReadOnlyList<TParty> Clear()
    {
        var gone = _waiting.SelectMany(stream => stream.Parties).ToList();
        while (_waiting.First?.Value is { } stream)
        {
            Remove(stream);
        }

        return gone;
    }

    private static TParty? GiveWay(Stream stream, TParty party)
    {
        if (stream.First.MayGiveWay)
        {
            TParty gone = stream.First;
            stream.First = party;
            return gone;
        }

        if (stream.Second!.MayGiveWay)
        {
            TParty gone = stream.Second;
            stream.Second = party;
            return gone;
        }

        return null;
    }

    private RelayActivation Look(DestinationAddress stream, out Stream? found)
    {
        if (!_streams.TryGetValue(stream, out found))
        {
            return RelayActivation.Unknown;
        }

        return found.Place is null ? RelayActivation.AlreadyActive : RelayActivation.Active;
    }

    private IReadOnlyList<TParty> Begin(DestinationAddress address, TParty party, DateTimeOffset now)
    {
        IReadOnlyList<TParty> gone = [];
        if (_waiting.Count >= options.MaxWaiting && _waiting.First?.Value is { } oldest)
        {
            gone = [.. oldest.Parties];
            Remove(oldest);
        }

        var stream = new Stream(address, party) { Since = now };
        stream.Place = _waiting.AddLast(stream);
        _streams.Add(address, stream);
        return gone;
    }

    /// <summary>A pair has its own time until it is activated.</summary>
    private void Renew(Stream stream, DateTimeOffset now)
    {
        stream.Since = now;
        _waiting.Remove(stream.Place!);
        _waiting.AddLast(stream.Place!);
    }

    private void Start(Stream stream)
    {
        _waiting.Remove(stream.Place!);
        stream.Place = null;
    }

    private void Remove(Stream stream)
    {
        _waiting.Remove(stream.Place!);
        _streams.Remove(stream.Address);
    }

    private sealed class Stream(DestinationAddress address, TParty first)
    {
        internal DestinationAddress Address => address;

        internal TParty First { get; set; } = first;

        internal TParty? Second { get; set; }

        internal DateTimeOffset Since { get; set; }

        /// <summary>Null once it is active.</summary>
        internal LinkedListNode<Stream>? Place { get; set; }

        internal IEnumerable<TParty> Parties => Second is null ? [First] : [First, Second];
    }
}
