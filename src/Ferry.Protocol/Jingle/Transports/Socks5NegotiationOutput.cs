using System.Collections.Immutable;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>What a <see cref="Socks5Negotiation"/> wants done.</summary>
public abstract record Socks5NegotiationOutput
{
    private Socks5NegotiationOutput()
    {
    }

    /// <summary>Try these candidates of the peer's, the best first.</summary>
    public sealed record Race(ImmutableArray<Socks5Candidate> Theirs) : Socks5NegotiationOutput;

    /// <summary>Stop trying: the peer has something better. No report is due any more.</summary>
    public sealed record StopRace : Socks5NegotiationOutput;

    /// <summary>Tell the peer.</summary>
    public sealed record Notify(Socks5Notice Notice) : Socks5NegotiationOutput;

    /// <summary>The end: the connection that we made is the stream.</summary>
    public sealed record UseTheirs(Socks5Candidate Candidate) : Socks5NegotiationOutput;

    /// <summary>The end, unless OwnFailed follows: the connection that came in by this candidate is the stream.</summary>
    public sealed record UseOurs(Socks5Candidate Candidate) : Socks5NegotiationOutput;

    /// <summary>Connect to this proxy of ours and have it join us: ProxyJoined or OwnFailed follows.</summary>
    public sealed record Join(Socks5Candidate Proxy) : Socks5NegotiationOutput;

    /// <summary>The end: the joined connection to our proxy is the stream.</summary>
    public sealed record UseJoined(Socks5Candidate Proxy) : Socks5NegotiationOutput;

    /// <summary>The end: there is no stream.</summary>
    public sealed record Failed(string Text) : Socks5NegotiationOutput;
}
