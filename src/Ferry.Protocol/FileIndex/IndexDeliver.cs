using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// The index asks an owner's client to offer a file to somebody (an iq of type set). It is a request, no order: the owner's own rules say whether it happens, and an empty
/// result only says that it is being looked at.
/// </summary>
/// <param name="Entry">The index's number of the file, 1 or more.</param>
/// <param name="Share">The share's name.</param>
/// <param name="Path">The path inside it.</param>
/// <param name="To">The full address that wants it.</param>
/// <param name="Retrieve">The offer's id is to be the file's name (XEP-0135).</param>
public sealed record IndexDeliver(long Entry, string Share, string Path, Jid To, bool Retrieve = false)
{
    /// <summary>The last component of the path.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Reads <c>deliver</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out IndexDeliver? deliver, [NotNullWhen(false)] out StanzaError? error)
    {
        deliver = null;
        error = null;
        if (!element.Is(Namespaces.FileIndex, "deliver")) error = IndexErrors.Bad("no deliver");
        else if (!IndexPublish.TryNumber(element.Attribute("entry"), out var entry)) error = IndexErrors.Bad("entry is a number");
        else if (element.Attribute("share") is not { } share || element.Attribute("path") is not { } path || !IndexPaths.IsShare(share) || !IndexPaths.IsPath(share, path)) error = IndexErrors.BadPath;
        else if (!Jid.TryParse(element.Attribute("to"), out var to) || !to.IsFull) error = new StanzaError(ErrorType.Modify, ErrorCondition.JidMalformed, "to is a full address");
        else deliver = new IndexDeliver(entry, share, path, to, element.Attribute("retrieve") is "true" or "1");
        return deliver is not null;
    }

    public Element ToElement() => new(
        Namespaces.FileIndex, "deliver", ("entry", IndexPublish.Number(Entry)), ("share", Share), ("path", Path), ("to", To.ToString()), ("retrieve", Retrieve ? "true" : null));
}
