using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// A part of a share for the index, from its owner's full address (namespace <c>urn:ferry:jabberfs:index:1</c>). Each one has the next generation. A full
/// series begins with any generation above 0, which all its parts have as <paramref name="Series"/>, and ends with the part that commits.
/// </summary>
/// <param name="Share">The share's name.</param>
/// <param name="Generation">1 or more.</param>
/// <param name="Series">The generation that began the full series; 0 in a delta.</param>
/// <param name="Added">New or changed files.</param>
/// <param name="Removed">Paths of files that are gone.</param>
/// <param name="Commits">The last part of a full series.</param>
/// <param name="Visibility">From now on who finds the share; null: as it is.</param>
public sealed record IndexPublish(
    string Share, long Generation, PublishMode Mode, long Series, IReadOnlyList<IndexedFile> Added, IReadOnlyList<string> Removed, bool Commits = false, Visibility? Visibility = null)
{
    /// <summary>Files added and removed in one stanza.</summary>
    public const int MaxFiles = 200;

    internal static readonly KebabNames<Visibility> Visibilities = new();
    private static readonly KebabNames<PublishMode> Modes = new();

    /// <summary>Reads <c>publish</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element publish, [NotNullWhen(true)] out IndexPublish? read, [NotNullWhen(false)] out StanzaError? error)
    {
        read = null;
        error = Head(publish, out var share, out var generation, out var mode, out var series, out var visibility) ?? Count(publish);
        if (error is not null) return false;
        var added = new List<IndexedFile>();
        var removed = new List<string>();
        foreach (var child in publish.Children)
        {
            if (child.Is(Namespaces.FileIndex, "add"))
            {
                if (!IndexedFile.TryParse(child, share, out var file, out error)) return false;
                added.Add(file);
            }
            else if (child.Is(Namespaces.FileIndex, "remove"))
            {
                if (child.Attribute("path") is not { } path || !IndexPaths.IsPath(share, path)) error = IndexErrors.BadPath;
                else removed.Add(path);
                if (error is not null) return false;
            }
        }

        if (added.DistinctBy(file => file.Path, StringComparer.Ordinal).Count() + removed.Distinct(StringComparer.Ordinal).Count() != added.Count + removed.Count)
        {
            error = IndexErrors.Bad("a path is there twice");
            return false;
        }

        read = new IndexPublish(share, generation, mode, series, added, removed, publish.Child(Namespaces.FileIndex, "commit") is not null, visibility);
        return true;
    }

    public Element ToElement() => new(
        Namespaces.FileIndex,
        "publish",
        ("share", Share),
        ("generation", Number(Generation)),
        ("mode", Modes.ToWire(Mode)),
        ("series", Mode == PublishMode.Full ? Number(Series) : null),
        ("visibility", Visibility is { } given ? Visibilities.ToWire(given) : null),
        Added.Select(file => file.ToElement()).ToArray(),
        Removed.Select(path => new Element(Namespaces.FileIndex, "remove", ("path", path))).ToArray(),
        Commits ? new Element(Namespaces.FileIndex, "commit") : null);

    /// <summary>Reads a generation or a count.</summary>
    internal static bool TryNumber(string? text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    internal static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal static bool TryVisibility(Element element, out Visibility? visibility)
    {
        visibility = null;
        if (element.Attribute("visibility") is not { } text) return true;
        if (!Visibilities.TryParse(text, out var known)) return false;
        visibility = known;
        return true;
    }

    private static StanzaError? Head(Element publish, out string share, out long generation, out PublishMode mode, out long series, out Visibility? visibility)
    {
        (share, series, mode, visibility) = (publish.Attribute("share") ?? "", 0, default, null);
        if (!TryNumber(publish.Attribute("generation"), out generation) || generation == 0) return IndexErrors.Bad("generation is a whole number from 1 on");
        if (!publish.Is(Namespaces.FileIndex, "publish") || !Modes.TryParse(publish.Attribute("mode"), out mode)) return IndexErrors.Bad("mode is delta or full");
        if (!TryVisibility(publish, out visibility)) return IndexErrors.Bad("no such visibility");
        if (!IndexPaths.IsShare(share)) return IndexErrors.BadPath;
        if (mode == PublishMode.Delta) return publish.Child(Namespaces.FileIndex, "commit") is null ? null : IndexErrors.Bad("only a full series is committed");
        series = generation;
        if (publish.Attribute("series") is { } given && (!TryNumber(given, out series) || series == 0 || series > generation)) return IndexErrors.Bad("series is the generation that began it");
        return publish.Child(Namespaces.FileIndex, "remove") is null ? null : IndexErrors.Bad("a full series removes at its commit");
    }

    private static StanzaError? Count(Element publish) =>
        publish.Children.Count() > MaxFiles + 8 || publish.Children.Count(child => child.Name is "add" or "remove") > MaxFiles
            ? IndexErrors.TooMany($"{MaxFiles} files at one time") : null;
}
