using System.Globalization;
using System.Numerics;
using Ferry.Protocol.FileIndex;

namespace Ferry.Server.Index.Storage;

/// <summary>
/// What an entry is found by: the folded words of share, path and description, and marks, which begin with <c>_</c> as no word does: <c>_tvideo</c> the kind, <c>_mvideo_mp4</c> the media type,
/// <c>_s21</c> the size's bit length, <c>_u5</c> and <c>_v1</c> a fourth and a sixteenth of it, <c>_w340</c> the same with the four bits that follow the first, <c>_hsha_256_…</c> the beginning of a hash. So every condition is a lookup in one full-text index, and the row itself is looked at only for a page's hits.
/// </summary>
internal static class EntryTerms
{
    /// <summary>Words of one entry.</summary>
    public const int MaxWords = 64;

    private const int HashDigits = 24;

    /// <summary>Steps of a power of two.</summary>
    private const int Fine = 16;

    private static readonly (char Letter, int Width)[] Steps = [('v', 16 * Fine), ('u', 4 * Fine), ('s', Fine), ('w', 1)];

    public static string Of(string share, IndexedFile file)
    {
        var words = SearchText.Words(share + "/" + file.Path + " " + file.File.Description, MaxWords);
        var marks = new List<string> { "_t" + FileKinds.ToWire(FileKinds.Of(file.File)) };
        marks.AddRange(Steps.Select(step => Size(step, Scale(file.File.Size ?? 0) / step.Width)));
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
        if (query.MinSize is not null || query.MaxSize is not null) groups.Add(new TermGroup([.. Sizes(query.MinSize ?? 0, query.MaxSize ?? long.MaxValue)], false));
        return groups;
    }

    /// <summary>
    /// The marks that every size of a range has one of, as few as there may be: each one more is one more list to look through for every hit. Of a wide range the ends are rounded outwards to powers of two.
    /// </summary>
    public static IEnumerable<string> Sizes(long least, long most)
    {
        var (from, to) = (Scale(least), Scale(most));
        if (to - from >= Fine) (from, to) = (from / Fine * Fine, (to / Fine * Fine) + Fine - 1);
        for (var at = from; at <= to;)
        {
            var step = Steps.First(step => at % step.Width == 0 && at + step.Width - 1 <= to);
            yield return Size(step, at / step.Width);
            at += step.Width;
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

    // Ascending with the size: its bit length, and the four bits behind its first one.
    private static int Scale(long size)
    {
        if (size <= 0) return 0;
        var bits = BitOperations.Log2((ulong)size) + 1;
        var next = bits > 5 ? size >> (bits - 5) : size << (5 - bits);
        return (bits * Fine) + (int)(next & (Fine - 1));
    }

    private static string Size((char Letter, int Width) step, int number) => "_" + step.Letter + number.ToString(CultureInfo.InvariantCulture);

    private static string Hash(string algorithm, string hex) => $"_h{Plain(algorithm)}_{(hex.Length > HashDigits ? hex[..HashDigits] : hex)}";

    private static string Plain(string text) => string.Create(text.Length, text, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
    });
}
