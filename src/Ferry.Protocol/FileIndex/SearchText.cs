using System.Buffers;
using System.Globalization;
using System.Text;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>How texts are compared: without case and diacritics, by their letters and digits. Both stores index what this makes, so both find the same.</summary>
public static class SearchText
{
    /// <summary>Characters of one word; what is longer is cut.</summary>
    public const int MaxWord = 64;

    /// <summary>
    /// The text in compatibility decomposition without marks, in lower case, a few letters that have no decomposition spelt out. Folding a result changes nothing.
    /// </summary>
    public static string Fold(string text)
    {
        if (Ascii.IsValid(text)) return text.ToLowerInvariant();
        // Folding may compose anew what a later look takes apart: it settles after a round or two.
        var current = Round(XmlCharacters.Replace(text));
        for (var i = 0; i < 4; i++)
        {
            var next = Round(current);
            if (next == current) break;
            current = next;
        }

        return current;
    }

    /// <summary>The words of a text: runs of letters and digits of the folded text, each once, in their order, at most <paramref name="most"/>.</summary>
    public static IReadOnlyList<string> Words(string text, int most = int.MaxValue)
    {
        var words = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var folded = Fold(text);
        for (var at = 0; at < folded.Length && words.Count < most;)
        {
            var (start, end) = (at, at);
            while (at < folded.Length && Rune.DecodeFromUtf16(folded.AsSpan(at), out var rune, out var length) == OperationStatus.Done && Rune.IsLetterOrDigit(rune))
            {
                at += length;
                if (at - start <= MaxWord) end = at;
            }

            if (end > start && folded[start..end] is var word && seen.Add(word)) words.Add(word);
            // Over what ended it: half a pair stands for itself.
            at++;
        }

        return words;
    }

    private static string Round(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) continue;
            var lower = Rune.ToLowerInvariant(rune);
            result.Append(lower.Value switch
            {
                'ß' => "ss",
                'æ' => "ae",
                'œ' => "oe",
                'ø' => "o",
                'đ' => "d",
                'ð' => "d",
                'þ' => "th",
                'ł' => "l",
                'ħ' => "h",
                'ı' => "i",
                'ς' => "σ",
                _ => lower.ToString(),
            });
        }

        return result.ToString();
    }
}
