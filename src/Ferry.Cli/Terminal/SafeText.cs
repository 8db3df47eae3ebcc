using System.Globalization;
using System.Text;

namespace Ferry.Cli.Terminal;

/// <summary>
/// Makes what others wrote (names, descriptions, error texts) harmless to show: characters that steer a terminal or turn the direction of
/// writing are shown as <c>\u{202e}</c>, and what is too long ends in an ellipsis.
/// </summary>
internal static class SafeText
{
    /// <summary>Longest text shown, in characters before escaping.</summary>
    public const int MaxLength = 200;

    /// <summary>The text for people to look at.</summary>
    public static string Show(string text, int maxLength = MaxLength)
    {
        StringBuilder? shown = null;
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (position >= maxLength) return (shown?.ToString() ?? text[..position]) + "…";
            if (shown is null && !IsHarmless(rune)) shown = new StringBuilder(text, 0, position, text.Length + 16);
            if (shown is not null) Append(shown, rune);
            position += rune.Utf16SequenceLength;
        }

        return shown?.ToString() ?? text;
    }

    private static void Append(StringBuilder shown, Rune rune)
    {
        if (IsHarmless(rune)) shown.Append(rune.ToString());
        else shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
    }

    // U+200D joins emoji and Indic letters, U+200C parts Persian ones: the two format characters that plain words need.
    private static bool IsHarmless(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
