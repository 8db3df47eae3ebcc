using System.Security.Cryptography;

namespace Ferry.Net.Sessions;

/// <summary>Ids that nobody can guess: stanza ids, stream ids, nonces.</summary>
public static class RandomId
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>An id of that many characters, five bits of randomness in each; letters and digits only.</summary>
    public static string Create(int length) => RandomNumberGenerator.GetString(Alphabet, length);
}
