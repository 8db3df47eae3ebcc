using System.Diagnostics.CodeAnalysis;

namespace Ferry.Protocol.Sasl;

/// <summary>The one message of PLAIN (RFC 4616). Only for the inside of verified TLS.</summary>
/// <param name="AuthorizationId">Whom to act as; empty means the user itself.</param>
/// <param name="User">The localpart.</param>
/// <param name="Password">In the clear.</param>
public sealed record PlainMessage(string AuthorizationId, string User, string Password)
{
    /// <summary>The longest part taken, in UTF-16 units (RFC 4616 §2 allows 255 characters; XMPP's localparts are longer).</summary>
    public const int MaxPartLength = SaslPrep.MaxLength;

    /// <summary>Writes the message. User and password are sent as they are: the server prepares them (RFC 4616 §2).</summary>
    /// <exception cref="ArgumentException">A part holds NUL, or user or password is empty.</exception>
    public string Encode()
    {
        if (AuthorizationId.Contains('\0') || User.Contains('\0') || Password.Contains('\0'))
            throw new ArgumentException("PLAIN cannot carry U+0000");
        if (User.Length == 0 || Password.Length == 0)
            throw new ArgumentException("PLAIN needs a user and a password");
        return $"{AuthorizationId}\0{User}\0{Password}";
    }

    /// <summary>Reads a client's message; false unless it is exactly three bounded parts with user and password filled.</summary>
    public static bool TryParse(string message, [NotNullWhen(true)] out PlainMessage? plain)
    {
        plain = null;
        if (message.Length > 3 * MaxPartLength + 2)
            return false;
        var parts = message.Split('\0');
        if (parts.Length != 3 || parts.Any(p => p.Length > MaxPartLength) || parts[1].Length == 0 || parts[2].Length == 0)
            return false;
        plain = new PlainMessage(parts[0], parts[1], parts[2]);
        return true;
    }

    /// <summary>Without the password, so that a log line can never hold it.</summary>
    public override string ToString() => $"PLAIN {User}";
}
