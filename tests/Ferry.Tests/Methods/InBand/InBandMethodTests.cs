using System.Text;
using Ferry.Methods.InBand;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Peers;
using Ferry.Protocol.Stanzas;

namespace Ferry.Tests.Methods.InBand;

public sealed class InBandMethodTests
{
    private const string Sid = "abcdefghijklmnopqrstuvwxyz";
    private static readonly Jid Alice = Jid.Parse("alice@example.org/ferry-1234567890");

    [Theory]
    [InlineData("bob@example.org/r", 8230, 5850)]
    [InlineData("bob@example.org/&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&", 8230, 4700)]
    [InlineData("bob@example.org/r", 262_144, 61_440)]
    public void A_block_for_a_Ferry_at_our_server_fills_a_stanza_and_no_more(string peer, int limit, int atLeast)
    {
        // Every server takes 10,000 bytes, whether it says so or not (RFC 6120 section 13.12); Prosody writes 8192 at a time.
        var size = InBandMethod.BlockSize(Alice, PeerAt(peer, KnownPeers.FerryNode), Sid, limit == 8230 ? null : limit);

        size.ShouldBeInRange(atLeast, 61_440);
        var stanza = new Iq(IqType.Set, new string('i', 40), Alice, Jid.Parse(peer), InBandData.ToElement(Sid, ushort.MaxValue, new byte[size])).ToElement();
        Encoding.UTF8.GetByteCount(stanza.ToString()).ShouldBeLessThanOrEqualTo(limit);
    }

    [Fact]
    public void Where_no_limit_is_told_it_passes_Prosody_in_one_write()
    {
        var bob = PeerAt("bob@example.org/r", KnownPeers.FerryNode);
        var data = InBandData.ToElement(Sid, ushort.MaxValue, new byte[InBandMethod.BlockSize(Alice, bob, Sid, null)]);
        var stanza = new Iq(IqType.Set, new string('i', 20), Alice, bob.Jid, data).ToElement().ToString();
        (Encoding.UTF8.GetByteCount(stanza) + " xml:lang='en'".Length + "<r xmlns='urn:xmpp:sm:3'/>".Length).ShouldBeInRange(8100, 8192);
    }

    [Theory]
    [InlineData(null, 256, 5650)]
    [InlineData(null, 26, 5850)]
    [InlineData(10_000, 256, 6700)]
    [InlineData(262_144, 26, 32_767)]
    public void Under_Jingle_it_is_as_large_as_the_name_of_the_stream_and_the_schema_leave_it(int? limit, int sidLength, int atLeast)
    {
        var bob = PeerAt("bob@example.org/r", KnownPeers.FerryNode);
        var sid = new string('s', sidLength);

        var size = InBandMethod.JingleBlockSize(Alice, bob, sid, limit);

        size.ShouldBeInRange(atLeast, 32_767);
        var data = InBandData.ToElement(sid, ushort.MaxValue, new byte[size]);
        var stanza = new Iq(IqType.Set, new string('i', 40), Alice, bob.Jid, data).ToElement();
        Encoding.UTF8.GetByteCount(stanza.ToString()).ShouldBeLessThanOrEqualTo(limit ?? 8230);
    }

    [Theory]
    [InlineData("bob@example.org/r", "urn:nobody:knows")]
    [InlineData("bob@elsewhere.example/r", KnownPeers.FerryNode)]
    public void Under_Jingle_too_strangers_and_other_servers_get_what_everybody_takes(string peer, string node) =>
        InBandMethod.JingleBlockSize(Alice, PeerAt(peer, node), Sid, null).ShouldBe(InBandMethod.SafeBlockSize);

    [Theory]
    [InlineData("bob@example.org/r", "urn:nobody:knows")]
    [InlineData("bob@elsewhere.example/r", KnownPeers.FerryNode)]
    public void To_strangers_and_to_other_servers_it_is_what_everybody_takes(string peer, string node) =>
        InBandMethod.BlockSize(Alice, PeerAt(peer, node), Sid, null).ShouldBe(InBandMethod.SafeBlockSize);

    [Fact]
    public void Slixmpp_gets_no_more_than_it_takes() =>
        InBandMethod.BlockSize(Alice, PeerAt("bob@example.org/r", "http://slixmpp.com/ver/1.8.3"), Sid, 262_144).ShouldBe(8192);

    private static Peer PeerAt(string peer, string node) => new(Jid.Parse(peer), null, new EntityCaps(node, "x", "sha-1"));
}
