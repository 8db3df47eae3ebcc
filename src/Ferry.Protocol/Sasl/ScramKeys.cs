namespace Ferry.Protocol.Sasl;

/// <summary>What a client may keep instead of the password (RFC 5802 §3): good for one salt and count only.</summary>
/// <remarks>As secret as the password towards this server: keep it in a file that only its owner can read.</remarks>
/// <param name="Hash">The hash it was made with; -PLUS or not makes no difference.</param>
/// <param name="Salt">The server's salt.</param>
/// <param name="Iterations">The server's iteration count.</param>
/// <param name="ClientKey">HMAC(SaltedPassword, "Client Key").</param>
/// <param name="ServerKey">HMAC(SaltedPassword, "Server Key").</param>
public sealed record ScramKeys(ScramHash Hash, byte[] Salt, int Iterations, byte[] ClientKey, byte[] ServerKey)
{
    /// <summary>Derives the keys from a password that has passed SASLprep.</summary>
    internal static ScramKeys Derive(ScramHash hash, string preparedPassword, byte[] salt, int iterations)
    {
        var algorithm = ScramAlgorithm.Of(hash);
        var salted = algorithm.SaltedPassword(preparedPassword, salt, iterations);
        return new ScramKeys(hash, salt, iterations, algorithm.ClientKey(salted), algorithm.ServerKey(salted));
    }

    /// <summary>True when these are the keys for that challenge.</summary>
    internal bool Fit(ScramHash hash, byte[] salt, int iterations) =>
        Hash == hash && Iterations == iterations && Salt.AsSpan().SequenceEqual(salt);

    /// <summary>Without the keys, so that a log line can never hold them.</summary>
    public override string ToString() => $"keys for {new ScramMechanism(Hash, Plus: false)}, {Iterations} iterations";
}
