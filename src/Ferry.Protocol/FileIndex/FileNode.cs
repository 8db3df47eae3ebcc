using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;

namespace Ferry.Protocol.FileIndex;

/// <summary>A place in the index's tree, as disco nodes name it (after XEP-0135): <c>files</c>, <c>files/OWNER</c>, <c>files/OWNER/SHARE/folder/name</c>.</summary>
/// <param name="Owner">A bare address; null: the root.</param>
/// <param name="Path"><c>SHARE/folder/name</c>; null: the owner's shares, or the root.</param>
public sealed record FileNode(Jid? Owner, string? Path)
{
    private const string Start = "files";

    /// <summary>Where everything begins.</summary>
    public static FileNode Root { get; } = new(null, null);

    /// <summary>The share, or null above it.</summary>
    public string? Share => Path is null ? null : Path.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? Path[..slash] : Path;

    /// <summary>The path inside the share; empty: the share itself.</summary>
    public string Inside => Path is not null && Path.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? Path[(slash + 1)..] : "";

    /// <summary>What people call it.</summary>
    public string Name => Path is not null ? IndexPaths.NameOf(Path) : Owner?.ToString() ?? Start;

    /// <summary>Reads a disco node.</summary>
    public static bool TryParse(string? node, [NotNullWhen(true)] out FileNode? read)
    {
        read = node == Start ? Root : null;
        if (read is not null) return true;
        return node is not null && node.Length > Start.Length + 1 && node.StartsWith(Start + "/", StringComparison.Ordinal) && TryParsePath(node[(Start.Length + 1)..], out read);
    }

    /// <summary>Reads <c>OWNER</c> or <c>OWNER/SHARE/…</c>, as file sharing names it (XEP-0329); an empty one is the root.</summary>
    public static bool TryParsePath(string text, [NotNullWhen(true)] out FileNode? read)
    {
        read = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var rest = slash < 0 ? null : text[(slash + 1)..];
        if (text.Length == 0) read = Root;
        else if (text.Length <= 4096 && Jid.TryParse(slash < 0 ? text : text[..slash], out var owner) && !owner.IsFull && (rest is null || SharePath.IsValid(rest))) read = new FileNode(owner, rest);
        return read is not null;
    }

    /// <summary>What is inside of this one under that name.</summary>
    public FileNode Child(string name) => Owner is null ? new FileNode(Jid.Parse(name).Bare, null) : this with { Path = Path is null ? name : Path + "/" + name };

    /// <summary>The path of <see cref="TryParsePath"/>.</summary>
    public string ToPath() => Owner is null ? "" : Path is null ? Owner.ToString() : Owner + "/" + Path;

    /// <summary>The disco node.</summary>
    public override string ToString() => Owner is null ? Start : Start + "/" + ToPath();
}
