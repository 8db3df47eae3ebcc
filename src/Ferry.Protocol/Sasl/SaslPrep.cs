using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ferry.Protocol.Sasl;

/// <summary>SASLprep (RFC 4013): makes two ways of typing one user name or password the same string.</summary>
public static class SaslPrep
{
    /// <summary>The longest text taken, in UTF-16 units; RFC 7622 gives a localpart 1023 bytes.</summary>
    public const int MaxLength = 1024;

    /// <summary>Prepares <paramref name="text"/> as a query string: code points unassigned in Unicode 3.2 pass (RFC 3454 §7).</summary>
    /// <returns>False with a failure when the text is empty afterwards, too long, not well-formed, or holds what RFC 4013 §2.3 and §2.4 refuse.</returns>
    public static bool TryPrepare(
        string text, [NotNullWhen(true)] out string? prepared, [NotNullWhen(false)] out SaslFailure? failure)
    {
        prepared = null;
        failure = null;
        if (text.Length > MaxLength)
        {
            failure = Refuse($"is longer than {MaxLength} characters");
            return false;
        }

        var result = Ascii.IsValid(text) ? text : MapAndNormalise(text);
        failure = result is null ? Refuse("is not well-formed Unicode") : FindFault(result);
        prepared = failure is null ? result : null;
        return failure is null;
    }

    /// <summary>§2.1 and §2.2. Spaces go first: U+200B stands in both tables and counts as a space.</summary>
    private static string? MapAndNormalise(string text)
    {
        var mapped = new StringBuilder(text.Length);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done)
                return null;
            rest = rest[used..];
            if (Contains(SaslPrepTables.Spaces, rune.Value))
                mapped.Append(' ');
            else if (!Contains(SaslPrepTables.MappedToNothing, rune.Value))
                mapped.Append(rune.ToString());
        }

        try
        {
            return mapped.ToString().Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            // Noncharacters: some platforms' normalisers refuse them before we can.
            return null;
        }
    }

    private static SaslFailure? FindFault(string text)
    {
        if (text.Length == 0)
            return Refuse("is empty");

        bool rightToLeft = false, leftToRight = false;
        Rune first = default, last = default;
        var atStart = true;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Contains(SaslPrepTables.Prohibited, rune.Value) || rune.Value is < 0x20 or 0x7F)
                return Refuse($"holds U+{rune.Value:X4}, which is not allowed there");
            rightToLeft |= Contains(SaslPrepTables.RightToLeft, rune.Value);
            leftToRight |= Contains(SaslPrepTables.LeftToRight, rune.Value);
            if (atStart)
                first = rune;
            atStart = false;
            last = rune;
        }

        if (!rightToLeft)
            return null;

        var framed = Contains(SaslPrepTables.RightToLeft, first.Value) && Contains(SaslPrepTables.RightToLeft, last.Value);
        return leftToRight || !framed ? Refuse("mixes writing directions in a way that is not allowed") : null;
    }

    private static SaslFailure Refuse(string why) => new(SaslFailureReason.NotPreparable, $"the user name or password {why}");

    /// <summary>Binary search over ascending (first, last) pairs.</summary>
    private static bool Contains(ReadOnlySpan<int> ranges, int codePoint)
    {
        int low = 0, high = ranges.Length / 2 - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < ranges[2 * middle])
                high = middle - 1;
            else if (codePoint > ranges[2 * middle + 1])
                low = middle + 1;
            else
                return true;
        }

        return false;
    }
}
