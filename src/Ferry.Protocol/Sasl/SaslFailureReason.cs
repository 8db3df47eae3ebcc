namespace Ferry.Protocol.Sasl;

/// <summary>Why an authentication could not be begun or did not hold.</summary>
public enum SaslFailureReason
{
    /// <summary>The peer's message does not follow its grammar, or is too long.</summary>
    Malformed,

    /// <summary>The user name or password cannot be prepared (RFC 4013).</summary>
    NotPreparable,

    /// <summary>The nonce does not continue ours, or adds nothing to it.</summary>
    Nonce,

    /// <summary>The iteration count is below the safe minimum or above what we are willing to compute.</summary>
    Iterations,

    /// <summary>A mandatory extension (<c>m=</c>) that nobody here knows.</summary>
    MandatoryExtension,

    /// <summary>User or password are wrong, or the server refused with <c>e=</c>.</summary>
    NotAuthorized,

    /// <summary>The server could not prove that it knows the password.</summary>
    ServerSignature,

    /// <summary>The list of mechanisms was changed on the way (XEP-0474, or <c>y</c> where -PLUS was offered).</summary>
    Downgrade,

    /// <summary>The TLS channels at both ends are not the same one, or no common way to bind exists.</summary>
    ChannelBinding,

    /// <summary>None of the server's mechanisms is one that we may use.</summary>
    NoMechanism,

    /// <summary>Only PLAIN is left and it is not allowed here.</summary>
    PlainRefused,

    /// <summary>To act as somebody else is not allowed.</summary>
    AuthorizationId,

    /// <summary>The stored keys do not fit what the server asks for and there is no password.</summary>
    PasswordNeeded,
}
