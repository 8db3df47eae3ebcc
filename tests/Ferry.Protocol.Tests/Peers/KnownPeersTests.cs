using Ferry.Protocol.Discovery;
using Ferry.Protocol.Peers;

namespace Ferry.Protocol.Tests.Peers;

public sealed class KnownPeersTests
{
    [Theory]
    [InlineData("urn:ferry:client", "Ferry")]
    [InlineData("http://pidgin.im/", "libpurple")] // seen: presence of libpurple 2.14.12
    [InlineData("https://github.com/qxmpp-project/qxmpp", "QXmpp")] // source: QXmppDiscoveryManager
    [InlineData("http://slixmpp.com/ver/1.8.3", "slixmpp")] // source: xep_0115
    [InlineData("http://www.igniterealtime.org/projects/smack", "Smack")] // source: EntityCapsManager
    [InlineData("http://www.igniterealtime.org/projects/smack/", "Smack")] // source: the same before 4.0
    [InlineData("https://psi-im.org", "Psi")]
    [InlineData("https://psi-plus.com", "Psi")]
    [InlineData("http://conversations.im", null)]
    [InlineData("http://pidgin.example/", null)]
    public void A_node_finds_its_row(string node, string? name) => KnownPeers.Of(new EntityCaps(node, "v", "sha-1"), null).Name.ShouldBe(name);

    [Theory]
    [InlineData("client", "pidgin", "libpurple")] // seen: disco of libpurple 2.14.12
    [InlineData("client", "Based on QXmpp 1.4.0", "QXmpp")]
    [InlineData("client", "Smack", "Smack")]
    [InlineData("client", "Spark 2.9.4", "Smack")]
    [InlineData("client", "Psi+", "Psi")]
    [InlineData("proxy", "Smack", null)]
    [InlineData("client", "Libervia", "Libervia")] // recorded
    [InlineData("client", null, null)]
    public void Without_capabilities_the_name_does(string category, string? identity, string? name) =>
        KnownPeers.Of(null, new DiscoInfo([new DiscoIdentity(category, "pc", identity)], [], [])).Name.ShouldBe(name);

    [Fact]
    public void The_node_counts_more_than_the_name_and_a_library_s_user_is_found_by_its_name()
    {
        var qxmpp = new DiscoInfo([new DiscoIdentity("client", "pc", "Based on QXmpp 1.4.0")], [], []);
        KnownPeers.Of(new EntityCaps("http://pidgin.im/", "v", null), qxmpp).Name.ShouldBe("libpurple");
        KnownPeers.Of(new EntityCaps("https://example.org/my-bot", "v", null), qxmpp).Name.ShouldBe("QXmpp");
    }

    [Fact]
    public void Of_a_peer_that_tells_nothing_nothing_is_assumed()
    {
        var unknown = KnownPeers.Of(null, null);
        unknown.ShouldBe(new PeerTraits());
        unknown.LargestInBandBlock.ShouldBe(4096);
        unknown.MostInBandBytes.ShouldBeNull();
        unknown.TakesInBandMessages.ShouldBeTrue();
    }

    [Fact]
    public void QXmpp_ends_in_band_after_65536_blocks() =>
        KnownPeers.Of(new EntityCaps("https://github.com/qxmpp-project/qxmpp", "v", null), null).MostInBandBytes.ShouldBe(268_435_456);

    [Fact]
    public void The_recorded_answer_of_libpurple_is_libpurple_s()
    {
        var query = TestXml.Parse(
            "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='pidgin'/><feature var='http://jabber.org/protocol/ibb'/></query>");
        DiscoInfo.TryParse(query, out var info).ShouldBeTrue();
        KnownPeers.Of(null, info).Name.ShouldBe("libpurple");
    }
}
