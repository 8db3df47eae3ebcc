namespace Ferry.Net.Tls;

/// <summary>May we talk to whoever holds this certificate?</summary>
public abstract record CertificateVerdict
{
    private CertificateVerdict()
    {
    }

    /// <summary>Yes.</summary>
    public sealed record Trusted : CertificateVerdict;

    /// <summary>No.</summary>
    /// <param name="Fault">For decisions.</param>
    /// <param name="Text">Why, in one sentence.</param>
    /// <param name="Hint">What the user can do.</param>
    public sealed record Refused(CertificateFault Fault, string Text, string Hint) : CertificateVerdict;
}
