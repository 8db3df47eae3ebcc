using System.Globalization;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// What people type: <c>holiday 2024</c>, <c>repor*</c>, <c>*part*</c>, <c>*.pdf</c>, <c>type:video</c>, <c>size:>10MB</c>, <c>hash:…</c>, <c>owner:alice@example.org</c>,
/// <c>online:yes</c>, separated by white space. A pattern with its only <c>*</c> at the end is the beginning of a word; any other is for the whole name.
/// </summary>
public static class SearchWords
{
    /// <summary>Characters of one search.</summary>
    public const int MaxLength = 512;

    /// <summary>Reads a search; null and what is wrong with it where it is none.</summary>
    public static (SearchQuery? Query, string? Problem) Parse(string text) => Add(new SearchQuery(), text);

    /// <summary>The same, on top of what other fields said.</summary>
    public static (SearchQuery? Query, string? Problem) Add(SearchQuery query, string text)
    {
        if (text.Length > MaxLength) return (null, $"a search has at most {MaxLength} characters");
        foreach (var term in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var (next, problem) = AddTerm(query, term);
            if (next is null) return (null, problem);
            query = next;
        }

        return query.Words.Count + query.Prefixes.Count + query.Patterns.Count > SearchQuery.MaxTerms
            ? (null, $"a search has at most {SearchQuery.MaxTerms} words") : (query, null);
    }

    /// <summary>Reads a size: bytes, or a number with kB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024).</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        text = text.Trim();
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (digits is 0 or > 20 || !decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (Factor(text[digits..].Trim()) is not { } factor || number > long.MaxValue / factor) return false;
        bytes = (long)(number * factor);
        return true;
    }

    /// <summary>Reads <c>ALGORITHM:VALUE</c> or a value alone (then its length tells MD5, SHA-1, SHA-256 or SHA-512), in hexadecimal.</summary>
    public static FileHash? Hash(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var hex = text[(colon + 1)..].Trim().ToLowerInvariant();
        if (hex.Length is 0 or > 128 || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit)) return null;
        var algorithm = colon >= 0 ? text[..colon].Trim().ToLowerInvariant() : hex.Length switch { 32 => "md5", 40 => "sha-1", 64 => "sha-256", 128 => "sha-512", _ => "" };
        return algorithm.Length is > 0 and <= 32 ? new FileHash(algorithm, hex) : null;
    }

    private static (SearchQuery? Query, string? Problem) AddTerm(SearchQuery query, string term)
    {
        var colon = term.IndexOf(':', StringComparison.Ordinal);
        var value = term[(colon + 1)..];
        switch (colon < 0 ? "" : term[..colon].ToLowerInvariant())
        {
            case "type":
                return Typed(query, value) is { } typed ? (typed, null) : (null, $"type: one of {string.Join(", ", FileKinds.All)}, or a media type");
            case "size":
                return Sized(query, value) is { } sized ? (sized, null) : (null, "size: such as >10MB, <1GiB or 5MB-20MB");
            case "hash":
                return Hash(value) is { } hash ? (query with { Hash = hash }, null) : (null, "hash: hexadecimal, such as sha-256:…");
            case "owner":
                return Jid.TryParse(value, out var owner) ? (query with { Owner = owner.Bare }, null) : (null, "owner: an address");
            case "online":
                return (query with { Online = value.ToLowerInvariant() is not ("no" or "false" or "0") }, null);
            default:
                return Word(query, term);
        }
    }

    private static SearchQuery? Typed(SearchQuery query, string value)
    {
        if (FileKinds.TryParse(value, out var kind)) return query with { Kind = kind };
        var type = value.ToLowerInvariant();
        return type.Length <= 100 && type.Count(c => c == '/') == 1 && type.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '+' or '-' or '_') ? query with { MediaType = type } : null;
    }

    private static SearchQuery? Sized(SearchQuery query, string value)
    {
        if (value is ['>', ..]) return TrySize(value[1..].TrimStart('='), out var least) ? query with { MinSize = least } : null;
        if (value is ['<', ..]) return TrySize(value[1..].TrimStart('='), out var most) ? query with { MaxSize = most } : null;
        var parts = value.Split('-');
        if (parts.Length == 1 && TrySize(value, out var exact)) return query with { MinSize = exact, MaxSize = exact };
        return parts.Length == 2 && TrySize(parts[0], out var from) && TrySize(parts[1], out var to) ? query with { MinSize = from, MaxSize = to } : null;
    }

    private static (SearchQuery? Query, string? Problem) Word(SearchQuery query, string term)
    {
        var wild = term.IndexOfAny(['*', '?']);
        if (wild < 0) return (query with { Words = [.. query.Words.Union(SearchText.Words(term), StringComparer.Ordinal)] }, null);
        if (term.Length > NamePattern.MaxLength) return (null, $"a pattern has at most {NamePattern.MaxLength} characters");
        if (wild == term.Length - 1 && term[wild] == '*')
        {
            // Words before the last are whole: new-yea* is new and yea*.
            var words = SearchText.Words(term[..^1]);
            if (words.Count == 0) return (query, null);
            if (words[^1].EnumerateRunes().Count() < 2) return (null, "the beginning of a word has at least two characters");
            return (query with { Words = [.. query.Words.Union(words.SkipLast(1), StringComparer.Ordinal)], Prefixes = [.. query.Prefixes.Union([words[^1]], StringComparer.Ordinal)] }, null);
        }

        if (term.All(c => c is '*' or '?')) return (query, null);
        return (query with { Patterns = [.. query.Patterns, new NamePattern(term)] }, null);
    }

    private static long? Factor(string unit) => unit.ToLowerInvariant() switch
    {
        "" or "b" => 1,
        "k" or "kb" => 1000,
        "m" or "mb" => 1_000_000,
        "g" or "gb" => 1_000_000_000,
        "t" or "tb" => 1_000_000_000_000,
        "kib" => 1L << 10,
        "mib" => 1L << 20,
        "gib" => 1L << 30,
        "tib" => 1L << 40,
        _ => null,
    };
}
