using System.Collections.Immutable;

namespace Ferry.Protocol.Jingle.Transports;

/// <summary>What happens to a <see cref="Socks5Negotiation"/>.</summary>
public abstract record Socks5NegotiationInput
{
    private Socks5NegotiationInput()
    {
    }

    /// <summary>Both sides agreed on the transport; ours are these. Once.</summary>
    public sealed record Start(ImmutableArray<Socks5Candidate> Ours) : Socks5NegotiationInput;

    /// <summary>Candidates of the peer's, in its offer or answer or later.</summary>
    public sealed record Theirs(ImmutableArray<Socks5Candidate> Candidates) : Socks5NegotiationInput;

    /// <summary>We are connected to that candidate of the peer's.</summary>
    public sealed record RaceWon(string Cid) : Socks5NegotiationInput;

    /// <summary>None of the peer's candidates could be reached.</summary>
    public sealed record RaceLost(string Text) : Socks5NegotiationInput;

    /// <summary>The peer says something.</summary>
    public sealed record Noticed(Socks5Notice Notice) : Socks5NegotiationInput;

    /// <summary>The proxy of ours has joined us with the peer.</summary>
    public sealed record ProxyJoined : Socks5NegotiationInput;

    /// <summary>It did not, or the connection that the peer speaks of did not come in.</summary>
    public sealed record OwnFailed(string Text) : Socks5NegotiationInput;

    /// <summary>Time has passed; due at <see cref="Socks5Negotiation.NextDeadline"/>.</summary>
    public sealed record Tick : Socks5NegotiationInput;
}
