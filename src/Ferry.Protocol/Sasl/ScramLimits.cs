namespace Ferry.Protocol.Sasl;

/// <summary>Bounds on what a peer may make us compute or accept.</summary>
public static class ScramLimits
{
    /// <summary>The least iteration count a client accepts (RFC 5802 §5.1, RFC 7677 §4).</summary>
    public const int MinIterations = 4096;

    /// <summary>The greatest one: about half a second of work for us, for a single message of the server.</summary>
    public const int MaxIterations = 1_000_000;

    /// <summary>The longest salt taken, in bytes.</summary>
    public const int MaxSalt = 1024;

    /// <summary>The least length of a nonce of ours, in characters.</summary>
    public const int MinNonce = 16;
}
