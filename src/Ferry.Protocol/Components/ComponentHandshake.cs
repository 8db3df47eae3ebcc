using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Components;

/// <summary>
/// How an external component opens its stream (XEP-0114 section 3): its header names the domain that it wants to be, the server's header brings an id,
/// and the component proves that it knows the secret by a hash of both.
/// </summary>
public static class ComponentHandshake
{
    /// <summary>The component's opening tag: addressed to the component's own domain, without a version.</summary>
    public static StreamHeader Header(Jid domain) => new(Namespaces.Component, null, domain, null, Version: null);

    /// <summary>The proof: lower-case hex of SHA-1 over the stream id, as XML means it, and the secret, both in UTF-8.</summary>
    public static string Digest(string streamId, string secret) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(streamId + secret)));

    /// <summary>What the component sends once it has the server's header.</summary>
    public static Element Request(string streamId, string secret) => new(Namespaces.Client, "handshake", Digest(streamId, secret));

    /// <summary>Whether the server said yes. The element is read as <see cref="ComponentStanza.ToClient"/> leaves it.</summary>
    public static bool IsAccepted(Element element) => element.Is(Namespaces.Client, "handshake");
}
