using System.Globalization;
using System.Numerics;
using Ferry.Protocol.FileIndex;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// What an entry is found by: the folded words of share, path and description, and marks, which begin with <c>_</c> as no word does: <c>_tvideo</c> the kind, <c>_mvideo_mp4</c> the media type,
/// <c>_s21</c> the size's bit length, <c>_u5</c> and <c>_v1</c> a fourth and a sixteenth of it, <c>_hsha_256_…</c> the beginning of a hash. So every condition is a lookup in one full-text index, and the row itself is looked at only for a page's hits.
/// </summary>
internal static class EntryTerms
{
    /// <summary>Words of one entry.</summary>
    public const int MaxWords = 64;

    private const int HashDigits = 24;
    private const int MaxBits = 63;
    private static readonly (char Letter, int Bits)[] Steps = [('v', 16), ('u', 4), ('s', 1)];

    public static string Of(string share, IndexedFile file)
    {
        var words = SearchText.Words(share + "/" + file.Path + " " + file.File.Description, MaxWords);
        var marks = new List<string> { "_t" + FileKinds.ToWire(FileKinds.Of(file.File)) };
        marks.AddRange(Steps.Select(step => Size(step, Bits(file.File.Size ?? 0) / step.Bits)));
        if (file.File.MediaType is { } type) marks.Add("_m" + Plain(type));
        marks.AddRange(file.File.Hashes.Select(hash => Hash(hash.Algorithm, hash.Hex)));
        return string.Join(' ', words.Concat(marks));
    }

    /// <summary>What a search looks up: every group, of each at least one term.</summary>
    public static List<TermGroup> Groups(SearchQuery query)
    {
        var groups = new List<TermGroup>();
        groups.AddRange(query.Words.Select(word => new TermGroup([word], word.EnumerateRunes().Count() >= SearchQuery.PrefixLength)));
        groups.AddRange(query.Prefixes.Select(word => new TermGroup([word], true)));
        if (query.Kind is { } kind) groups.Add(new TermGroup(["_t" + FileKinds.ToWire(kind)], false));
        if (query.MediaType is { } type) groups.Add(new TermGroup(["_m" + Plain(type)], false));
        if (query.Hash is { } hash) groups.Add(new TermGroup([Hash(hash.Algorithm, hash.Hex)], false));
        var (least, most) = (Bits(query.MinSize ?? 0), Bits(query.MaxSize ?? long.MaxValue));
        if (least > 0 || most < MaxBits) groups.Add(new TermGroup([.. Sizes(least, most)], false));
        return groups;
    }

    /// <summary>The marks of all sizes with from <paramref name="least"/> to <paramref name="most"/> bits, as few as there may be: each one more is one more list to look through for every hit.</summary>
    public static IEnumerable<string> Sizes(int least, int most)
    {
        for (var bits = least; bits <= most;)
        {
            var step = Steps.First(step => bits % step.Bits == 0 && bits + step.Bits - 1 <= most);
            yield return Size(step, bits / step.Bits);
            bits += step.Bits;
        }
    }

    /// <summary>Whether a term is a size's mark.</summary>
    public static bool IsSize(string term) => term.Length > 1 && term[0] == '_' && Steps.Any(step => step.Letter == term[1]);

    /// <summary>The three-character parts that every match of the patterns has in its name.</summary>
    public static List<string> Trigrams(SearchQuery query) =>
        [.. query.Patterns.SelectMany(pattern => pattern.Literals).SelectMany(TrigramsOf).Distinct(StringComparer.Ordinal)];

    /// <summary>All runs of three characters of a folded text.</summary>
    public static IEnumerable<string> TrigramsOf(string fold)
    {
        var runes = fold.EnumerateRunes().Select(rune => rune.ToString()).ToArray();
        for (var i = 0; i + 3 <= runes.Length; i++) yield return runes[i] + runes[i + 1] + runes[i + 2];
    }

    private static int Bits(long size) => size == 0 ? 0 : BitOperations.Log2((ulong)size) + 1;

    private static string Size((char Letter, int Bits) step, int number) => "_" + step.Letter + number.ToString(CultureInfo.InvariantCulture);

    private static string Hash(string algorithm, string hex) => $"_h{Plain(algorithm)}_{(hex.Length > HashDigits ? hex[..HashDigits] : hex)}";

    private static string Plain(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
    });
}
