using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>A file that a search found.</summary>
/// <param name="Id">The index's number.</param>
/// <param name="Owner">A full address while its client is there, else the bare one.</param>
/// <param name="Node">Where it is in the tree.</param>
public sealed record SearchHit(long Id, Jid Owner, FileNode Node, FileMetadata File)
{
    /// <summary>The columns of a result, in the order that clients rely on: Pidgin's button uses the first, Psi looks for <c>jid</c> and <c>nick</c>.</summary>
    internal static readonly (string Name, string Type, string Label)[] Columns =
    [
        ("jid", "jid-single", "Owner"),
        ("nick", "text-single", "Name"),
        ("x-size", "text-single", "Bytes"),
        ("x-date", "text-single", "Changed"),
        ("x-hash", "text-single", "Hash"),
        ("x-node", "text-single", "Place"),
        ("x-url", "text-single", "Link"),
    ];

    /// <summary>The owner's client is there.</summary>
    public bool IsOnline => Owner.IsFull;

    /// <summary>Reads a row of a result; false where it is none. The index's number and the media type are not in it.</summary>
    public static bool TryParse(IReadOnlyList<DataFormField> row, [NotNullWhen(true)] out SearchHit? hit)
    {
        hit = null;
        if (!Jid.TryParse(Value("jid"), out var owner) || !FileNode.TryParse(Value("x-node"), out var node) || node.Owner != owner.Bare) return false;
        if (Value("nick") is not { } name || !FileMetadata.IsName(name) || !IndexPublish.TryNumber(Value("x-size"), out var size)) return false;
        var hash = Value("x-hash") is { Length: > 0 } text ? SearchWords.Hash(text) : null;
        hit = new SearchHit(0, owner, node, new FileMetadata(name, size, null, XmppDateTime.Parse(Value("x-date"))) { Hashes = hash is null ? [] : [hash] });
        return true;

        string? Value(string column) => row.FirstOrDefault(field => field.Var == column) is { Values: [var first, ..] } ? first : null;
    }

    internal List<DataFormField> ToRow() => [.. Columns.Select(column => DataFormField.OfValues(column.Name, null, Value(column.Name)))];

    /// <summary>For clients without forms: the fields that they have.</summary>
    internal Element ToItem() => new(
        Namespaces.Search,
        "item",
        ("jid", Owner.ToString()),
        new Element(Namespaces.Search, "first", IndexPublish.Number(File.Size ?? 0)),
        new Element(Namespaces.Search, "nick", File.Name),
        new Element(Namespaces.Search, "email", Node.Path ?? ""));

    private string Value(string column) => column switch
    {
        "jid" => Owner.ToString(),
        "nick" => File.Name,
        "x-size" => IndexPublish.Number(File.Size ?? 0),
        "x-date" => File.Date is { } date ? XmppDateTime.Format(date) : "",
        "x-hash" => File.Hashes is [var hash, ..] ? $"{hash.Algorithm}:{hash.Hex}" : "",
        "x-node" => Node.ToString(),
        _ => IsOnline ? FileLink.JingleRequest(Owner) : "",
    };
}
