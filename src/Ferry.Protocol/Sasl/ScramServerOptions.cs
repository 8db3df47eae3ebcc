namespace Ferry.Protocol.Sasl;

/// <summary>What a SCRAM server knows besides the stored credentials.</summary>
public sealed record ScramServerOptions
{
    /// <summary>The XMPP domain: <c>user@Domain</c> is taken as the user's own authorization identity. Null: only the bare name is.</summary>
    public string? Domain { get; init; }

    /// <summary>Binding data of this TLS channel by type; empty when none was offered. With any, a client's <c>y</c> is a downgrade.</summary>
    public IReadOnlyDictionary<string, byte[]> Bindings { get; init; } = new Dictionary<string, byte[]>(StringComparer.Ordinal);

    /// <summary>The offer as sent: adds <c>h=</c> to the challenge (XEP-0474). Null: no such attribute.</summary>
    public SaslOffer? Offer { get; init; }

    /// <summary>At least 16 secret bytes that stay the same over restarts: unknown users get a salt made from them.</summary>
    public required byte[] UnknownUserSecret { get; init; }
}
