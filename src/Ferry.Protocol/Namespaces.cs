namespace Ferry.Protocol;

/// <summary>The XML namespaces that Ferry speaks, by the names that the specifications give their subjects.</summary>
public static class Namespaces
{
    public const string Client = "jabber:client";
    public const string Component = "jabber:component:accept";
    public const string Streams = "http://etherx.jabber.org/streams";
    public const string StreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";
    public const string StanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas";
    public const string Tls = "urn:ietf:params:xml:ns:xmpp-tls";
    public const string Sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
    public const string Bind = "urn:ietf:params:xml:ns:xmpp-bind";
    public const string Session = "urn:ietf:params:xml:ns:xmpp-session";
    public const string SaslChannelBinding = "urn:xmpp:sasl-cb:0";
    public const string StreamLimits = "urn:xmpp:stream-limits:0";
    public const string StreamManagement = "urn:xmpp:sm:3";
    public const string Roster = "jabber:iq:roster";
    public const string DiscoInfo = "http://jabber.org/protocol/disco#info";
    public const string DiscoItems = "http://jabber.org/protocol/disco#items";
    public const string Caps = "http://jabber.org/protocol/caps";
    public const string Ping = "urn:xmpp:ping";
    public const string Version = "jabber:iq:version";
    public const string DataForms = "jabber:x:data";
    public const string FeatureNegotiation = "http://jabber.org/protocol/feature-neg";
    public const string StreamInitiation = "http://jabber.org/protocol/si";
    public const string FileTransferProfile = "http://jabber.org/protocol/si/profile/file-transfer";
    public const string Bytestreams = "http://jabber.org/protocol/bytestreams";
    public const string InBandBytestreams = "http://jabber.org/protocol/ibb";
    public const string HttpBridge = "http://oneteam.im/bs-proxy";
    public const string OutOfBandIq = "jabber:iq:oob";
    public const string JabberFs = "urn:ferry:jabberfs:1";
    public const string Hashes = "urn:xmpp:hashes:2";
    public const string HashesOld = "urn:xmpp:hashes:1";
    public const string FileIndex = "urn:ferry:jabberfs:index:1";
    public const string JingleFile = "urn:xmpp:jingle:apps:file-transfer:5";
    public const string JingleFileOld = "urn:xmpp:jingle:apps:file-transfer:4";
    public const string FileSharing = "urn:xmpp:fis:0";
    public const string FileTree = "http://jabber.org/protocol/files";
    public const string Search = "jabber:iq:search";
    public const string ResultSets = "http://jabber.org/protocol/rsm";
    public const string Commands = "http://jabber.org/protocol/commands";
    public const string References = "urn:xmpp:reference:0";
    public const string MediaSharing = "urn:xmpp:sims:1";
    public const string Jingle = "urn:xmpp:jingle:1";
    public const string JingleErrors = "urn:xmpp:jingle:errors:1";
    public const string JingleFileTransferErrors = "urn:xmpp:jingle:apps:file-transfer:errors:0";
    public const string JingleSocks5 = "urn:xmpp:jingle:transports:s5b:1";
    public const string JingleInBand = "urn:xmpp:jingle:transports:ibb:1";
    public const string HashFunctions = "urn:xmpp:hash-function-text-names:";
    public const string Thumbnails = "urn:xmpp:thumbs:1";
    public const string Carbons = "urn:xmpp:carbons:2";
    public const string Hints = "urn:xmpp:hints";
    public const string Xml = "http://www.w3.org/XML/1998/namespace";
}
