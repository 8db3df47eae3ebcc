using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Ferry.Protocol.Sasl;

/// <summary>What a server stores of a password (RFC 5802 §3): enough to check a login, not enough to make one.</summary>
/// <param name="Hash">The hash they were made with.</param>
/// <param name="Salt">Random bytes, <see cref="SaltLength"/> when made here.</param>
/// <param name="Iterations">The count, <see cref="DefaultIterations"/> when made here.</param>
/// <param name="StoredKey">H(ClientKey).</param>
/// <param name="ServerKey">HMAC(SaltedPassword, "Server Key").</param>
public sealed record ScramCredentials(ScramHash Hash, byte[] Salt, int Iterations, byte[] StoredKey, byte[] ServerKey)
{
    /// <summary>Bytes of salt for a new account. A made-up challenge for an unknown user has as many.</summary>
    public const int SaltLength = 16;

    /// <summary>The count for a new account. A made-up challenge for an unknown user has the same.</summary>
    public const int DefaultIterations = 10_000;

    /// <summary>Derives what to store.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="password">As typed; is prepared here.</param>
    /// <param name="salt">1 to <see cref="ScramLimits.MaxSalt"/> random bytes.</param>
    /// <param name="iterations"><see cref="ScramLimits.MinIterations"/> to <see cref="ScramLimits.MaxIterations"/>.</param>
    /// <param name="credentials">The result.</param>
    /// <param name="failure">Why the password cannot be used.</param>
    /// <exception cref="ArgumentOutOfRangeException">Salt or count are out of range.</exception>
    public static bool TryDerive(
        ScramHash hash,
        string password,
        byte[] salt,
        int iterations,
        [NotNullWhen(true)] out ScramCredentials? credentials,
        [NotNullWhen(false)] out SaslFailure? failure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, ScramLimits.MinIterations);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, ScramLimits.MaxIterations);
        ArgumentOutOfRangeException.ThrowIfZero(salt.Length, nameof(salt));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(salt.Length, ScramLimits.MaxSalt, nameof(salt));

        credentials = null;
        if (!SaslPrep.TryPrepare(password, out var prepared, out failure))
            return false;

        var keys = ScramKeys.Derive(hash, prepared, salt, iterations);
        credentials = new ScramCredentials(hash, salt, iterations, ScramAlgorithm.Of(hash).Digest(keys.ClientKey), keys.ServerKey);
        return true;
    }

    /// <summary>Checks a password that came in the clear (PLAIN). Costs a whole derivation.</summary>
    public bool Accepts(string password) =>
        TryDerive(Hash, password, Salt, Iterations, out var other, out _) &&
        CryptographicOperations.FixedTimeEquals(other.StoredKey, StoredKey);

    /// <summary>One line, <c>SCRAM-SHA-256$COUNT:SALT$STOREDKEY:SERVERKEY</c>, as RFC 5803 and PostgreSQL write it.</summary>
    public string Serialise() => string.Create(
        CultureInfo.InvariantCulture,
        $"{new ScramMechanism(Hash, Plus: false)}${Iterations}:{Convert.ToBase64String(Salt)}${Convert.ToBase64String(StoredKey)}:{Convert.ToBase64String(ServerKey)}");

    /// <summary>Reads what <see cref="Serialise"/> wrote; false when anything in it is off.</summary>
    public static bool TryParse(string line, [NotNullWhen(true)] out ScramCredentials? credentials)
    {
        credentials = null;
        if (line.Length > ScramMessage.MaxLength || line.Split('$') is not [var name, var salted, var keys] ||
            salted.Split(':') is not [var count, var saltText] || keys.Split(':') is not [var storedText, var serverText] ||
            !ScramMechanism.TryParse(name, out var mechanism) || mechanism.Plus ||
            !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) ||
            iterations is < ScramLimits.MinIterations or > ScramLimits.MaxIterations ||
            !ScramMessage.TryBase64(saltText, out var salt) || salt.Length is 0 or > ScramLimits.MaxSalt ||
            !ScramMessage.TryBase64(storedText, out var storedKey) || !ScramMessage.TryBase64(serverText, out var serverKey))
        {
            return false;
        }

        var size = ScramAlgorithm.Of(mechanism.Hash).Size;
        if (storedKey.Length != size || serverKey.Length != size)
            return false;
        credentials = new ScramCredentials(mechanism.Hash, salt, iterations, storedKey, serverKey);
        return true;
    }

    /// <summary>Credentials of nobody, always the same for one user and secret, which no password fits.</summary>
    internal static ScramCredentials OfNobody(ScramHash hash, string user, byte[] secret)
    {
        var algorithm = ScramAlgorithm.Of(hash);
        byte[] Seeded(string label) => algorithm.Hmac(secret, $"{label}\0{algorithm.Label}\0{user}");
        return new ScramCredentials(hash, Seeded("salt")[..SaltLength], DefaultIterations, Seeded("stored"), Seeded("server"));
    }

    /// <summary>Without the keys, so that a log line can never hold them.</summary>
    public override string ToString() => $"{new ScramMechanism(Hash, Plus: false)} credentials, {Iterations} iterations";
}
