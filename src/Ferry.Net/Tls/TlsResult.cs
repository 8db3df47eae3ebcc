using System.Net.Security;
using Ferry.Protocol.Sasl;

namespace Ferry.Net.Tls;

/// <summary>What came of a TLS handshake.</summary>
public abstract record TlsResult
{
    private TlsResult()
    {
    }

    /// <summary>The channel is secure and the server is the domain's.</summary>
    /// <param name="Stream">The caller's to dispose; disposes the stream below.</param>
    /// <param name="Channel">For <see cref="SaslMechanismChoice"/>.</param>
    /// <param name="CertificateFingerprint">Of the server's certificate.</param>
    public sealed record Secured(SslStream Stream, SaslChannel Channel, string CertificateFingerprint) : TlsResult;

    /// <summary>No secure channel; the stream below is closed.</summary>
    /// <param name="Fault">What is wrong with the certificate; null when the handshake failed for another reason.</param>
    /// <param name="Text">Why, in one sentence.</param>
    /// <param name="Hint">What the user can do.</param>
    /// <param name="CertificateFingerprint">Of the certificate that was refused, if one was.</param>
    public sealed record Failed(CertificateFault? Fault, string Text, string Hint, string? CertificateFingerprint) : TlsResult;
}
