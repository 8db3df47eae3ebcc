using System.Buffers;
using System.Text;

namespace Ferry.Protocol.Files;

/// <summary>The one place where a peer's file name becomes one of ours. Nothing else looks at a peer's name first.</summary>
public static class FileNames
{
    /// <summary>What a name with nothing usable in it becomes.</summary>
    public const string Fallback = "file";

    /// <summary>The end of a partial file's name; its start is a dot.</summary>
    public const string PartialSuffix = ".ferry-part";

    /// <summary>
    /// Longest result in UTF-8 bytes. File systems take 255; a partial file's dot and suffix and a " (999)" must fit beside the name.
    /// </summary>
    public const int MaxBytes = 255 - 1 - 11 - 6;

    /// <summary>Longer extensions are cut like any other text.</summary>
    private const int MaxExtensionBytes = 32;

    /// <summary>Direction marks, embeddings, overrides and isolates, and the two separators that end a line.</summary>
    private static readonly SearchValues<char> Deceptive =
        SearchValues.Create("\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u2028\u2029\uFEFF");

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM\u00B9", "COM\u00B2", "COM\u00B3",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT\u00B9", "LPT\u00B2", "LPT\u00B3",
    };

    /// <summary>
    /// A plain file name from anything: the last component behind <c>/</c> and <c>\</c>, without control and direction characters and
    /// trailing dots and spaces, never a Windows device, empty, <c>.</c> or <c>..</c>, at most <see cref="MaxBytes"/> of UTF-8 with the
    /// extension kept, lone surrogates replaced by U+FFFD. A name in the form of our partial files loses its dot.
    /// Sanitising a result changes nothing.
    /// </summary>
    public static string Sanitise(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string last = name[(name.AsSpan().LastIndexOfAny('/', '\\') + 1)..];
        string current = Visible(last);

        // One rule's result may need another again (a name cut short may end in a space, or be a device). It settles:
        // after the first round each further one only shortens, and a device's prefix is added once.
        while (true)
        {
            string next = Round(current);
            if (next == current)
            {
                return next;
            }

            current = next;
        }
    }

    /// <summary>The name of the partial file for a sanitised name.</summary>
    public static string Partial(string sanitised) => "." + sanitised + PartialSuffix;

    /// <summary>The same name with a number before its extension: <c>a (2).txt</c>. Numbers are 2–999.</summary>
    public static string Numbered(string sanitised, int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 999);
        int dot = ExtensionAt(sanitised);
        return $"{sanitised[..dot]} ({number}){sanitised[dot..]}";
    }

    private static string Visible(string text)
    {
        var kept = new StringBuilder(Math.Min(text.Length, 1024));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && !(rune.IsBmp && Deceptive.Contains((char)rune.Value)))
            {
                kept.Append(rune.ToString());
            }
        }

        return kept.ToString();
    }

    private static string Round(string name)
    {
        string trimmed = TrimEnd(name);
        if (trimmed.Length == 0)
        {
            return Fallback;
        }

        if (trimmed[0] == '.' && trimmed.EndsWith(PartialSuffix, StringComparison.OrdinalIgnoreCase))
        {
            return trimmed.TrimStart('.');
        }

        return Shorten(IsDevice(trimmed) ? "_" + trimmed : trimmed);
    }

    private static string TrimEnd(string name)
    {
        int end = name.Length;
        while (end > 0 && (name[end - 1] == '.' || char.IsWhiteSpace(name[end - 1])))
        {
            end--;
        }

        return name[..end];
    }

    /// <summary>Windows opens the device whatever extension follows, spaces before it included.</summary>
    private static bool IsDevice(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return Devices.Contains(TrimEnd(dot < 0 ? name : name[..dot]));
    }

    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
        {
            return name;
        }

        int dot = ExtensionAt(name);
        string extension = name[dot..];
        return TrimEnd(Prefix(name[..dot], MaxBytes - Encoding.UTF8.GetByteCount(extension))) + extension;
    }

    /// <summary>Where the extension's dot is; the name's length when there is none worth keeping.</summary>
    private static int ExtensionAt(string name)
    {
        int dot = name.LastIndexOf('.');
        bool kept = dot > 0 && name.Length - dot <= MaxExtensionBytes && Encoding.UTF8.GetByteCount(name.AsSpan(dot)) <= MaxExtensionBytes;
        return kept ? dot : name.Length;
    }

    private static string Prefix(string text, int maxBytes)
    {
        int bytes = 0;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
