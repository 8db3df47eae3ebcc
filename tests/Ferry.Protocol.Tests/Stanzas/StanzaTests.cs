using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Stanzas;

public sealed class StanzaTests
{
    private const string Ns = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

    [Theory]
    [InlineData("302", ErrorCondition.Gone)]
    [InlineData("400", ErrorCondition.BadRequest)]
    [InlineData("401", ErrorCondition.NotAuthorized)]
    [InlineData("403", ErrorCondition.Forbidden)]
    [InlineData("404", ErrorCondition.ItemNotFound)]
    [InlineData("405", ErrorCondition.NotAllowed)]
    [InlineData("406", ErrorCondition.NotAcceptable)]
    [InlineData("409", ErrorCondition.Conflict)]
    [InlineData("500", ErrorCondition.InternalServerError)]
    [InlineData("501", ErrorCondition.FeatureNotImplemented)]
    [InlineData("503", ErrorCondition.ServiceUnavailable)]
    [InlineData("504", ErrorCondition.RemoteServerTimeout)]
    [InlineData("999", ErrorCondition.UndefinedCondition)]
    public void Old_codes_have_their_conditions(string code, ErrorCondition expected)
    {
        var error = Error($"<error code='{code}'>words</error>");

        error.Condition.ShouldBe(expected);
        error.Text.ShouldBe("words");
    }

    [Fact]
    public void Errors_as_seen_on_the_wire()
    {
        Error("").Condition.ShouldBe(ErrorCondition.UndefinedCondition); // Conversations
        Error($"<error code='440' type='cancel'><item-not-found {Ns}/></error>").ShouldBe(new StanzaError(ErrorType.Cancel, ErrorCondition.ItemNotFound)); // slixmpp
        var prosody = Error(
            $"<error type='wait'><remote-server-timeout {Ns}/><text {Ns}>Component unavailable</text><not-connected xmlns='xmpp:prosody.im/protocol/component'/></error>");
        prosody.ShouldSatisfyAllConditions(
            e => e.Type.ShouldBe(ErrorType.Wait),
            e => e.Condition.ShouldBe(ErrorCondition.RemoteServerTimeout),
            e => e.Text.ShouldBe("Component unavailable"),
            e => e.Application.ShouldNotBeNull().Name.ShouldBe("not-connected"));
    }

    [Fact]
    public void Old_clients_get_their_code()
    {
        new StanzaError(ErrorType.Cancel, ErrorCondition.Forbidden).ToElement().Attribute("code").ShouldBe("403");
        new StanzaError(ErrorType.Cancel, ErrorCondition.PolicyViolation).ToElement().Attribute("code").ShouldBeNull();
    }

    [Fact]
    public void Every_error_survives_the_wire()
    {
        foreach (var condition in Enum.GetValues<ErrorCondition>())
        {
            foreach (var type in Enum.GetValues<ErrorType>())
            {
                var iq = new Iq(IqType.Error, "1", null, Jid.Parse("a@b/c"), null, new StanzaError(type, condition, "te<xt"));

                Iq.TryParse(TestXml.OverTheWire(iq.ToElement()), out var read).ShouldBeTrue();

                read.ShouldBe(iq);
            }
        }
    }

    [Theory]
    [InlineData("<iq id='1'/>")]
    [InlineData("<iq type='get'><x/></iq>")]
    [InlineData("<iq type='get' id=''><x/></iq>")]
    [InlineData("<iq type='other' id='1'><x/></iq>")]
    [InlineData("<iq type='get' id='1'/>")]
    [InlineData("<iq type='set' id='1'><x/><y/></iq>")]
    [InlineData("<iq type='set' id='1' from='@'><x/></iq>")]
    [InlineData("<message/>")]
    public void What_is_no_iq_is_not_read(string text) => Iq.TryParse(TestXml.Parse(text), out _).ShouldBeFalse();

    [Fact]
    public void A_request_always_has_its_payload()
    {
        Iq.TryParse(TestXml.Parse("<iq type='set' id='1'><error/></iq>"), out var iq).ShouldBeTrue();

        iq.Payload.ShouldNotBeNull();
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(13);
        for (var i = 0; i < 5000; i++)
        {
            var element = random.Next([Namespaces.Client, Namespaces.StanzaErrors], ["iq", "message", "presence", "error", "text", "gone"], ["type", "id", "from", "to", "code"], depth: 3);
            if (Iq.TryParse(element, out var iq))
            {
                iq.ToElement().ShouldNotBeNull();
                if (iq.IsRequest) iq.Payload.ShouldNotBeNull();
            }

            if (Message.TryParse(element, out var message)) message.ToElement().ShouldNotBeNull();
            if (Presence.TryParse(element, out var presence)) presence.ToElement().ShouldNotBeNull();
        }
    }

    private static StanzaError Error(string error) => StanzaError.Parse(TestXml.Parse($"<iq type='error' id='1'>{error}</iq>"));
}
