using System.Globalization;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Streams;

/// <summary>What a server offers after its header (RFC 6120 section 4.3.2), as far as Ferry uses it.</summary>
/// <param name="StartTls">STARTTLS is offered.</param>
/// <param name="Mechanisms">SASL mechanisms in the server's order.</param>
/// <param name="ChannelBindings">Channel-binding types (XEP-0440), or null where the server has no list.</param>
/// <param name="Bind">Resource binding is offered.</param>
/// <param name="SessionRequired">The old session request is offered and not marked optional (RFC 3921).</param>
/// <param name="StreamManagement">XEP-0198 is offered.</param>
/// <param name="MaxStanzaBytes">The server's limit (XEP-0478), or null where it says none.</param>
/// <param name="CapsNode">The node of the server's capabilities (XEP-0115 section 6.3), which names its software; null where it says none. Read, never written.</param>
public sealed record StreamFeatures(
    bool StartTls,
    IReadOnlyList<string> Mechanisms,
    IReadOnlyList<string>? ChannelBindings,
    bool Bind,
    bool SessionRequired,
    bool StreamManagement,
    int? MaxStanzaBytes,
    string? CapsNode = null)
{
    /// <summary>Reads <c>stream:features</c>; what is unknown in it is left out.</summary>
    public static StreamFeatures Parse(Element features)
    {
        var mechanisms = features.Child(Namespaces.Sasl, "mechanisms")?.ChildrenNamed(Namespaces.Sasl, "mechanism").Select(m => m.Text.Trim()).ToList();
        var bindings = features.Child(Namespaces.SaslChannelBinding, "sasl-channel-binding")?
            .ChildrenNamed(Namespaces.SaslChannelBinding, "channel-binding").Select(b => b.Attribute("type") ?? "").Where(t => t.Length > 0).ToList();
        var session = features.Child(Namespaces.Session, "session");
        return new StreamFeatures(
            features.Child(Namespaces.Tls, "starttls") is not null,
            mechanisms ?? [],
            bindings,
            features.Child(Namespaces.Bind, "bind") is not null,
            session is not null && session.Child(Namespaces.Session, "optional") is null,
            features.Child(Namespaces.StreamManagement, "sm") is not null,
            Limit(features.Child(Namespaces.StreamLimits, "limits")?.Child(Namespaces.StreamLimits, "max-bytes")?.Text),
            features.Child(Namespaces.Caps, "c")?.Attribute("node"));
    }

    public Element ToElement() => new(
        Namespaces.Streams,
        "features",
        StartTls ? new Element(Namespaces.Tls, "starttls", new Element(Namespaces.Tls, "required")) : (Node?)null,
        Mechanisms.Count == 0
            ? (Node?)null
            : new Element(Namespaces.Sasl, "mechanisms", Mechanisms.Select(m => new Element(Namespaces.Sasl, "mechanism", m)).ToArray()),
        ChannelBindings is not { Count: > 0 }
            ? (Node?)null
            : new Element(
                Namespaces.SaslChannelBinding,
                "sasl-channel-binding",
                ChannelBindings.Select(type => new Element(Namespaces.SaslChannelBinding, "channel-binding", ("type", type))).ToArray()),
        Bind ? new Element(Namespaces.Bind, "bind") : (Node?)null,
        StreamManagement ? new Element(Namespaces.StreamManagement, "sm") : (Node?)null,
        MaxStanzaBytes is not { } max
            ? (Node?)null
            : new Element(
                Namespaces.StreamLimits,
                "limits",
                new Element(Namespaces.StreamLimits, "max-bytes", max.ToString(CultureInfo.InvariantCulture))));

    // RFC 6120 section 13.12: every server must take 10,000 bytes, so a smaller claim is a mistake and is not followed.
    private static int? Limit(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? Math.Max(bytes, 10_000) : null;
}
