using Ferry.Protocol.Addressing;

namespace Ferry.Protocol.FileIndex;

/// <summary>Links to shared files.</summary>
public static class FileLink
{
    /// <summary>An address whose client serves file requests by hash, as Psi writes it: <c>xmpp:OWNER?jingle-ft</c> (RFC 5122 for the escaping).</summary>
    public static string JingleRequest(Jid owner)
    {
        var local = owner.Local is null ? "" : Uri.EscapeDataString(owner.Local) + "@";
        var resource = owner.Resource is null ? "" : "/" + Uri.EscapeDataString(owner.Resource);
        return "xmpp:" + local + Uri.EscapeDataString(owner.Domain) + resource + "?jingle-ft";
    }
}
