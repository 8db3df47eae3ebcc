using Ferry.Protocol;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Peers;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Peers;

/// <summary>What we tell others that we are and can do (XEP-0030, XEP-0115). Peers decide from it what to try: it lists what is switched on.</summary>
internal sealed class OwnIdentity
{
    private readonly DiscoInfo _info;
    private readonly EntityCaps _caps;

    public OwnIdentity(IEnumerable<string> features)
    {
        string[] always = [Namespaces.DiscoInfo, Namespaces.DiscoItems, Namespaces.Caps, Namespaces.Ping];
        _info = new DiscoInfo(
            [new DiscoIdentity("client", "console", "Ferry")],
            [.. always.Concat(features).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            []);
        _caps = EntityCaps.Of(KnownPeers.FerryNode, _info);
    }

    /// <summary>The <c>c</c> child of every presence.</summary>
    public Element Caps => _caps.ToElement();

    /// <summary>Answers disco#info: without node or for the one of our caps; any other is not found.</summary>
    public Iq AnswerInfo(Iq query)
    {
        var node = query.Payload!.Attribute("node");
        return node is null || node == _caps.QueryNode
            ? query.Result((_info with { Node = node }).ToElement())
            : query.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound);
    }

    /// <summary>Answers disco#items: we have none.</summary>
    public static Iq AnswerItems(Iq query) => query.Result(new DiscoItems([], query.Payload!.Attribute("node")).ToElement());
}
