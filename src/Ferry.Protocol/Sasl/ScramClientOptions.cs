namespace Ferry.Protocol.Sasl;

/// <summary>What a SCRAM client knows besides user and password.</summary>
public sealed record ScramClientOptions
{
    /// <summary>Keys kept from an earlier login; used when they fit the server's salt and count.</summary>
    public ScramKeys? Keys { get; init; }

    /// <summary>The server's list as received: compared with the challenge's <c>h=</c> if it has one (XEP-0474). Null: not compared.</summary>
    public SaslOffer? Offer { get; init; }

    /// <summary>Refuse a challenge without <c>h=</c>; from <see cref="SaslChoice.Scram"/>.</summary>
    public bool RequireDowngradeHash { get; init; }
}
