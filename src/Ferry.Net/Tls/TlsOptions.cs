namespace Ferry.Net.Tls;

/// <summary>Whom to trust as the server.</summary>
public sealed record TlsOptions
{
    /// <summary>PEM files with authorities trusted besides those of the system.</summary>
    public IReadOnlyList<string> AuthorityFiles { get; init; } = [];

    /// <summary>Exactly this certificate, by its <see cref="Fingerprint"/>; then nothing else is checked.</summary>
    public string? Pin { get; init; }
}
