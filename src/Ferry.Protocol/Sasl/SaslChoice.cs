namespace Ferry.Protocol.Sasl;

/// <summary>How to log in, or why not.</summary>
public abstract record SaslChoice
{
    private SaslChoice()
    {
    }

    /// <summary>Use SCRAM.</summary>
    /// <param name="Mechanism">The strongest that may be used.</param>
    /// <param name="Binding">For <see cref="ScramClient"/>.</param>
    /// <param name="RequireDowngradeHash">
    /// For <see cref="ScramClientOptions"/>: there was no common binding type, which is only honest if the server proves its list.
    /// </param>
    public sealed record Scram(ScramMechanism Mechanism, ScramBinding Binding, bool RequireDowngradeHash) : SaslChoice;

    /// <summary>Use PLAIN.</summary>
    public sealed record Plain : SaslChoice;

    /// <summary>Do not log in.</summary>
    public sealed record Refused(SaslFailure Failure) : SaslChoice;
}
