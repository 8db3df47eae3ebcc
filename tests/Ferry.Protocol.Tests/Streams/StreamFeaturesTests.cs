using Ferry.Protocol.Streams;

namespace Ferry.Protocol.Tests.Streams;

public sealed class StreamFeaturesTests
{
    private static StreamFeatures Parse(string inner) => StreamFeatures.Parse(TestXml.Parse($"<stream:features>{inner}</stream:features>"));

    [Fact]
    public void What_a_server_offers_is_read()
    {
        var features = Parse(
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>" +
            "<mechanism> PLAIN </mechanism></mechanisms><sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/><channel-binding/>" +
            "</sasl-channel-binding><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>" +
            "<sm xmlns='urn:xmpp:sm:3'/><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes></limits><other xmlns='x'/>");

        features.ShouldSatisfyAllConditions(
            f => f.StartTls.ShouldBeTrue(),
            f => f.Mechanisms.ShouldBe(["SCRAM-SHA-1", "PLAIN"]),
            f => f.ChannelBindings.ShouldBe(["tls-exporter"]),
            f => f.Bind.ShouldBeTrue(),
            f => f.SessionRequired.ShouldBeFalse(),
            f => f.StreamManagement.ShouldBeTrue(),
            f => f.MaxStanzaBytes.ShouldBe(262144));
    }

    [Fact]
    public void Nothing_offered_is_nothing_read()
    {
        var features = Parse("");

        features.ShouldSatisfyAllConditions(
            f => f.StartTls.ShouldBeFalse(),
            f => f.Mechanisms.ShouldBeEmpty(),
            f => f.ChannelBindings.ShouldBeNull(),
            f => f.Bind.ShouldBeFalse(),
            f => f.SessionRequired.ShouldBeFalse(),
            f => f.StreamManagement.ShouldBeFalse(),
            f => f.MaxStanzaBytes.ShouldBeNull());
    }

    [Theory]
    [InlineData("5", 10_000)]
    [InlineData("10001", 10_001)]
    [InlineData("-1", null)]
    [InlineData("x", null)]
    public void A_limit_below_what_the_core_asks_of_servers_is_not_believed(string text, int? expected) =>
        Parse($"<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>{text}</max-bytes></limits>").MaxStanzaBytes.ShouldBe(expected);

    [Fact]
    public void A_session_that_is_not_optional_is_required() =>
        Parse("<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>").SessionRequired.ShouldBeTrue();

    [Fact]
    public void Features_survive_the_wire()
    {
        var features = new StreamFeatures(true, ["PLAIN"], ["tls-exporter"], true, false, true, 20_000);

        var read = StreamFeatures.Parse(TestXml.OverTheWire(features.ToElement()));

        read.ToElement().ToString().ShouldBe(features.ToElement().ToString());
        read.MaxStanzaBytes.ShouldBe(20_000);
    }
}
