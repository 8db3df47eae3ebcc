using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// An activation whose sender will upload by HTTP: XEP-0065's with an <c>x</c> of the bridge in it (bs-proxy, step I.2). Answered by a
/// <see cref="BridgeActivated"/>; one without the <c>x</c> is a SOCKS5 sender's and has an empty result.
/// </summary>
/// <param name="Activation">Which stream.</param>
/// <param name="Size">The file's size in bytes, or null.</param>
/// <param name="Progress">Whether the sender, too, wants <see cref="BridgeProgress"/>.</param>
public sealed record BridgeActivation(BytestreamsActivation Activation, long? Size = null, bool Progress = false)
{
    /// <summary>Whether the query is such an activation, well-formed or not.</summary>
    public static bool IsOne(Element query) => BytestreamsActivation.IsOne(query) && query.Child(Namespaces.HttpBridge, "x") is not null;

    /// <summary>Reads <c>query</c>; on false <paramref name="error"/> answers it.</summary>
    public static bool TryParse(Element query, [NotNullWhen(true)] out BridgeActivation? activation, [NotNullWhen(false)] out StanzaError? error)
    {
        activation = null;
        if (!BytestreamsActivation.TryParse(query, out var plain, out error)) return false;
        if (plain.Sid.Length > BridgeConnect.MaxSidLength) error = BridgeErrors.BadRequest("the sid is too long");
        else if (!query.TryChild(Namespaces.HttpBridge, "x", out var x)) error = BridgeErrors.BadRequest("no x of the bridge");
        else if (!ByteCount.TryParse(x.Attribute("size"), out var size)) error = BridgeErrors.BadRequest("size is no number of bytes");
        else if (x.Attribute("progress") is not (null or "true" or "1" or "false" or "0")) error = BridgeErrors.BadRequest("progress is neither true nor false");
        else activation = new BridgeActivation(plain, size, x.Attribute("progress") is "true" or "1");
        return activation is not null;
    }

    public Element ToElement() => Activation.ToElement().WithChild(
        new Element(Namespaces.HttpBridge, "x", ("size", ByteCount.Write(Size)), ("progress", Progress ? "true" : null)));
}
