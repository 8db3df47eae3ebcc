using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Xml;

namespace Ferry.Protocol.Xml;

/// <summary>Which characters and names XML 1.0 allows (XML 1.0 section 2.2; Namespaces in XML section 3).</summary>
public static class XmlCharacters
{
    private static readonly SearchValues<char> Suspicious = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (char)i).Where(c => c is not ('\t' or '\n' or '\r')),
         .. Enumerable.Range(0xD800, 0x800).Select(i => (char)i), '\uFFFE', '\uFFFF']);

    /// <summary>Whether every character may stand in an XML document; lone surrogates may not.</summary>
    public static bool AreLegal(ReadOnlySpan<char> text)
    {
        int at;
        while ((at = text.IndexOfAny(Suspicious)) >= 0)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return false;
            text = text[(at + 2)..];
        }

        return true;
    }

    /// <summary>The text without the characters that XML cannot carry: each becomes U+FFFD.</summary>
    public static string Replace(string text)
    {
        if (AreLegal(text)) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                result.Append(text, i++, 2);
            }
            else
            {
                result.Append(Suspicious.Contains(text[i]) ? '\uFFFD' : text[i]);
            }
        }

        return result.ToString();
    }

    internal static void Require([NotNull] string? text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!AreLegal(text)) throw new ArgumentException("the text has characters that XML cannot carry", nameof(text));
    }

    internal static void RequireName([NotNull] string? name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!XmlConvert.IsStartNCNameChar(name[0])) throw new ArgumentException($"'{name}' is not an XML name", nameof(name));
        foreach (var c in name.AsSpan(1))
        {
            if (!XmlConvert.IsNCNameChar(c)) throw new ArgumentException($"'{name}' is not an XML name", nameof(name));
        }
    }
}
