namespace Ferry.Protocol.Sasl;

/// <summary>What is known of the connection when a mechanism is chosen.</summary>
public sealed record SaslChannel
{
    /// <summary>There is TLS and the certificate was checked. False also for no TLS at all.</summary>
    public bool TlsVerified { get; init; }

    /// <summary>The version is TLS 1.3 or later, where tls-unique does not exist.</summary>
    public bool Tls13 { get; init; }

    /// <summary>Binding data that our TLS yields, by type; empty without TLS.</summary>
    public IReadOnlyDictionary<string, byte[]> Bindings { get; init; } = new Dictionary<string, byte[]>(StringComparer.Ordinal);
}
