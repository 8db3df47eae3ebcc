using Ferry.Protocol;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Server.Requests;

/// <summary>What the discovery features have in common.</summary>
internal static class DiscoQuery
{
    /// <summary>A set, or a node that nobody has here.</summary>
    public static Iq? Refusal(IqRequest request)
    {
        if (request.Iq.Type != IqType.Get || request.Payload.Name != "query") return request.Iq.Refuse(ErrorType.Modify, ErrorCondition.BadRequest);
        return request.Payload.Attribute("node") is { Length: > 0 } ? request.Iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound) : null;
    }

    public static Element Info((string Category, string Type, string? Name) identity, IEnumerable<string> features) => new(
        Namespaces.DiscoInfo,
        "query",
        new Element(Namespaces.DiscoInfo, "identity", ("category", identity.Category), ("type", identity.Type), ("name", identity.Name)),
        features.Select(feature => new Element(Namespaces.DiscoInfo, "feature", ("var", feature))).ToArray());
}
