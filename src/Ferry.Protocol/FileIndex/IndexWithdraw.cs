using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>An owner takes a share, or all that is published, out of the index.</summary>
/// <param name="Share">Null: all.</param>
public sealed record IndexWithdraw(string? Share)
{
    /// <summary>Reads <c>withdraw</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out IndexWithdraw? withdraw, [NotNullWhen(false)] out StanzaError? error)
    {
        var share = element.Attribute("share");
        error = !element.Is(Namespaces.FileIndex, "withdraw") ? IndexErrors.Bad("no withdraw") : share is null || IndexPaths.IsShare(share) ? null : IndexErrors.BadPath;
        withdraw = error is null ? new IndexWithdraw(share) : null;
        return withdraw is not null;
    }

    public Element ToElement() => new(Namespaces.FileIndex, "withdraw", ("share", Share));
}
