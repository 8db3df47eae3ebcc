namespace Ferry.Protocol.Sasl;

/// <summary>A failed or refused authentication, as a value.</summary>
/// <param name="Reason">What went wrong, for decisions.</param>
/// <param name="Text">One sentence for people; never holds a secret.</param>
public sealed record SaslFailure(SaslFailureReason Reason, string Text)
{
    /// <summary>The child of <c>&lt;failure/&gt;</c> that a server sends for this (RFC 6120 §6.5).</summary>
    public string Condition => Reason switch
    {
        SaslFailureReason.Malformed or SaslFailureReason.MandatoryExtension => "malformed-request",
        SaslFailureReason.AuthorizationId => "invalid-authzid",
        SaslFailureReason.NoMechanism => "invalid-mechanism",
        SaslFailureReason.PlainRefused => "mechanism-too-weak",
        // RFC 6120 §6.5.10: one answer for every other cause, so that it tells nothing about accounts.
        _ => "not-authorized",
    };
}
