using Ferry.Protocol.Discovery;

namespace Ferry.Protocol.Tests.Discovery;

public sealed class EntityCapsTests
{
    private const string DiscoFeatures =
        "<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/caps'/>" +
        "<feature var='http://jabber.org/protocol/muc'/><feature var='http://jabber.org/protocol/disco#info'/>";

    private const string PsiForm =
        "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>" +
        "<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field><field var='os'><value>Mac</value></field>" +
        "<field var='os_version'><value>10.5.1</value></field><field var='software'><value>Psi</value></field>" +
        "<field var='software_version'><value>0.11</value></field></x>";

    private static DiscoInfo Info(string inner)
    {
        DiscoInfo.TryParse(TestXml.Parse($"<query xmlns='{Namespaces.DiscoInfo}'>{inner}</query>"), out var info).ShouldBeTrue();
        return info;
    }

    [Fact]
    public void Simple_vector_of_the_specification() =>
        EntityCaps.Compute(Info("<identity category='client' type='pc' name='Exodus 0.9.1'/>" + DiscoFeatures)).ShouldBe("QgayPKawpkPSDYmwT/WM94uAlu0=");

    [Fact]
    public void Complex_vector_of_the_specification() =>
        EntityCaps.Compute(Info(
            "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/><identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>" +
            DiscoFeatures + PsiForm)).ShouldBe("q07IKJEyjvHSyhy//CH0CxmKi8w=");

    [Fact]
    public void Libpurples_answer_matches_its_presence()
    {
        string[] features =
        [
            "jabber:iq:last", "jabber:iq:oob", "urn:xmpp:time", "jabber:iq:version", "jabber:x:conference", "http://jabber.org/protocol/bytestreams",
            "http://jabber.org/protocol/caps", "http://jabber.org/protocol/chatstates", "http://jabber.org/protocol/disco#info",
            "http://jabber.org/protocol/disco#items", "http://jabber.org/protocol/muc", "http://jabber.org/protocol/muc#user",
            "http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer", "http://jabber.org/protocol/xhtml-im",
            "urn:xmpp:ping", "urn:xmpp:attention:0", "urn:xmpp:bob", "urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1",
            "urn:xmpp:jingle:transports:raw-udp:1", "urn:xmpp:jingle:transports:ice-udp:1", "urn:xmpp:avatar:metadata+notify",
            "http://jabber.org/protocol/mood+notify", "http://jabber.org/protocol/tune+notify", "http://jabber.org/protocol/nick+notify",
            "http://jabber.org/protocol/ibb",
        ];
        var info = new DiscoInfo([new DiscoIdentity("client", "pc", "pidgin")], features, []);
        var presence = TestXml.Parse("<c xmlns='http://jabber.org/protocol/caps' node='http://pidgin.im/' hash='sha-1' ver='b4KQtXuWWUqvn1MK0JaOho2ftXw='/>");

        EntityCaps.TryParse(presence, out var caps).ShouldBeTrue();

        caps.Verifies(info).ShouldBeTrue();
        caps.QueryNode.ShouldBe("http://pidgin.im/#b4KQtXuWWUqvn1MK0JaOho2ftXw=");
    }

    [Fact]
    public void Order_does_not_matter_and_a_form_without_type_is_not_part_of_it()
    {
        var one = Info("<identity category='a' type='b'/><feature var='x'/><feature var='y'/><x xmlns='jabber:x:data'><field var='z'/></x>");
        var other = Info("<feature var='y'/><feature var='x'/><identity category='a' type='b'/>");

        EntityCaps.Compute(one).ShouldBe(EntityCaps.Compute(other));
    }

    [Fact]
    public void Sorting_is_by_octets_and_not_by_UTF_16()
    {
        // U+FFFD sorts before U+1F600 in UTF-8, after it in UTF-16.
        EntityCaps.Compute(Info("<identity category='a' type='b'/><feature var='&#xFFFD;'/><feature var='&#x1F600;'/>"))
            .ShouldBe(Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData("a/b//<\uFFFD<\U0001F600<"u8)));
    }

    [Theory]
    [InlineData("<identity category='a' type='b'/><identity category='a' type='b'/>")]
    [InlineData("<feature var='x'/><feature var='x'/>")]
    [InlineData(PsiForm + PsiForm)]
    [InlineData("<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field></x>")]
    [InlineData("<feature var='x&lt;y'/>")]
    public void Ill_formed_answers_never_verify(string inner)
    {
        var info = Info(inner);

        EntityCaps.Of("node", info).Verifies(info).ShouldBeFalse();
    }

    [Fact]
    public void Another_hash_function_does_not_verify()
    {
        var info = Info("<feature var='x'/>");

        (EntityCaps.Of("node", info) with { Hash = "md5" }).Verifies(info).ShouldBeFalse();
        (EntityCaps.Of("node", info) with { Hash = null }).Verifies(info).ShouldBeFalse();
        EntityCaps.Of("node", info).Verifies(info).ShouldBeTrue();
    }

    [Theory]
    [InlineData("<c xmlns='http://jabber.org/protocol/caps' ver='1'/>")]
    [InlineData("<c xmlns='http://jabber.org/protocol/caps' node='n'/>")]
    [InlineData("<c xmlns='other' node='n' ver='1'/>")]
    public void What_is_no_caps_is_not_read(string text) => EntityCaps.TryParse(TestXml.Parse(text), out _).ShouldBeFalse();

    [Fact]
    public void Caps_and_answers_survive_the_wire()
    {
        var info = Info("<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>" + DiscoFeatures + PsiForm);
        var caps = EntityCaps.Of("https://ferry.example", info);

        EntityCaps.TryParse(TestXml.OverTheWire(caps.ToElement()), out var read).ShouldBeTrue();
        DiscoInfo.TryParse(TestXml.OverTheWire(info.ToElement()), out var again).ShouldBeTrue();

        read.ShouldBe(caps);
        read.Verifies(again).ShouldBeTrue();
    }
}
