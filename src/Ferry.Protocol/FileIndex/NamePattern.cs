using System.Text;

namespace Ferry.Protocol.FileIndex;

/// <summary>A file name with <c>*</c> (any characters) and <c>?</c> (one), matched against the whole name, both folded.</summary>
public sealed record NamePattern
{
    /// <summary>Characters of a pattern, and the shortest literal part by which an index finds anything.</summary>
    public const int MaxLength = 128;

    public const int MinLiteral = 3;

    private readonly Rune[] _pattern;

    public NamePattern(string text)
    {
        Text = SearchText.Fold(text);
        _pattern = [.. Text.EnumerateRunes()];
    }

    /// <summary>The folded pattern.</summary>
    public string Text { get; }

    /// <summary>Runs of at least <see cref="MinLiteral"/> characters that every match contains.</summary>
    public IEnumerable<string> Literals =>
        Text.Split('*', '?').Where(part => part.EnumerateRunes().Count() >= MinLiteral);

    public bool Equals(NamePattern? other) => other is not null && other.Text == Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Whether a folded name matches. Its time is at most the product of both lengths.</summary>
    public bool Matches(string foldedName)
    {
        Rune[] name = [.. foldedName.EnumerateRunes()];
        // The usual two marks: at the last star the pattern may take one character more.
        int at = 0, p = 0, star = -1, mark = 0;
        while (at < name.Length)
        {
            if (p < _pattern.Length && _pattern[p].Value == '*')
            {
                star = p++;
                mark = at;
            }
            else if (p < _pattern.Length && (_pattern[p].Value == '?' || _pattern[p] == name[at]))
            {
                p++;
                at++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                at = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < _pattern.Length && _pattern[p].Value == '*') p++;
        return p == _pattern.Length;
    }
}
