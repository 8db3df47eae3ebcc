using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// The receiver's wish, an iq set to the proxy, that it be connected to one of the sender's streamhosts in the receiver's stead, which will
/// fetch the bytes by HTTP (bs-proxy, step II.1). Whoever names streamhosts is not trusted: judge each before dialling.
/// </summary>
/// <param name="Sid">The stream's id: 1 to <see cref="MaxSidLength"/> characters.</param>
/// <param name="Sender">The sender's address, as it enters the hash.</param>
/// <param name="Streamhosts">In the order in which the sender offered them; not empty, at most <see cref="MaxStreamhosts"/>.</param>
/// <param name="Size">The file's size in bytes as the sender announced it, or null.</param>
/// <param name="Name">The file's name as the sender announced it, or null. Not yet one of ours: see <see cref="Files.FileNames"/>.</param>
/// <param name="Type">The file's media type as the sender announced it, or null: see <see cref="SafeMediaTypes"/>.</param>
public sealed record BridgeConnect(
    string Sid, Jid Sender, IReadOnlyList<Streamhost> Streamhosts, long? Size = null, string? Name = null, string? Type = null)
{
    /// <summary>In characters.</summary>
    public const int MaxSidLength = 128;

    /// <summary>How many streamhosts are read; the rest is ignored.</summary>
    public const int MaxStreamhosts = 16;

    /// <summary>In characters.</summary>
    public const int MaxNameLength = 1024;

    /// <summary>In characters.</summary>
    public const int MaxTypeLength = 255;

    /// <summary>Reads <c>connect</c>; on false <paramref name="error"/> answers it. Unusable streamhosts are left out.</summary>
    public static bool TryParse(Element element, [NotNullWhen(true)] out BridgeConnect? connect, [NotNullWhen(false)] out StanzaError? error)
    {
        connect = null;
        error = null;
        if (!element.Is(Namespaces.HttpBridge, "connect")) error = BridgeErrors.BadRequest("not a connect");
        else if (element.Attribute("sid") is not { Length: > 0 and <= MaxSidLength } sid) error = BridgeErrors.BadRequest("no sid, or one too long");
        else if (element.Attribute("jid") is not { Length: > 0 } address) error = BridgeErrors.BadRequest("no jid");
        else if (!Jid.TryParse(address, out var sender)) error = new StanzaError(ErrorType.Modify, ErrorCondition.JidMalformed, "jid is no address");
        else if (!ByteCount.TryParse(element.Attribute("size"), out var size)) error = BridgeErrors.BadRequest("size is no number of bytes");
        else if (element.Attribute("name") is { Length: > MaxNameLength }) error = BridgeErrors.BadRequest("the name is too long");
        else if (element.Attribute("type") is { Length: > MaxTypeLength }) error = BridgeErrors.BadRequest("the type is too long");
        else if (ReadStreamhosts(element) is not { Count: > 0 } streamhosts) error = BridgeErrors.BadRequest("no usable streamhost");
        else connect = new BridgeConnect(sid, sender, streamhosts, size, element.Attribute("name"), element.Attribute("type"));
        return connect is not null;
    }

    public Element ToElement() => new(
        Namespaces.HttpBridge,
        "connect",
        ("sid", Sid),
        ("jid", Sender.ToString()),
        ("size", ByteCount.Write(Size)),
        ("name", Name is null ? null : XmlCharacters.Replace(Name)),
        ("type", Type is null ? null : XmlCharacters.Replace(Type)),
        Streamhosts.Select(streamhost => streamhost.ToElement(Namespaces.HttpBridge)).ToArray());

    private static List<Streamhost> ReadStreamhosts(Element connect)
    {
        var streamhosts = new List<Streamhost>();
        foreach (var child in connect.Children)
        {
            // The document's sample has them in the bridge's namespace; who copies the sender's elements has XEP-0065's.
            var usable = Streamhost.TryParse(child, Namespaces.HttpBridge, out var streamhost) || Streamhost.TryParse(child, out streamhost);
            if (usable && !streamhosts.Contains(streamhost!)) streamhosts.Add(streamhost!);
            if (streamhosts.Count == MaxStreamhosts) break;
        }

        return streamhosts;
    }
}
