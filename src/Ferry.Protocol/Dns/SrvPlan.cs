namespace Ferry.Protocol.Dns;

/// <summary>What the two SRV answers of a domain amount to.</summary>
public abstract record SrvPlan
{
    private SrvPlan()
    {
    }

    /// <summary>Try these in this order.</summary>
    public sealed record Targets(IReadOnlyList<ServerTarget> Ordered) : SrvPlan;

    /// <summary>The domain says by target <c>.</c> that it has no such service. Its own addresses must not be tried.</summary>
    public sealed record Refused : SrvPlan;

    /// <summary>No records. The domain's own addresses may be tried; with direct TLS only if that was not refused.</summary>
    public sealed record Unknown(bool DirectTlsRefused) : SrvPlan;
}
