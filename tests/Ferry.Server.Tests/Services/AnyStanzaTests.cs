using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Xml;
using Ferry.Server.Services;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Server.Tests.Services;

/// <summary>RFC 6120 section 8.2.3 for every stanza there may be: each request one answer, nothing else any that could come back.</summary>
public sealed class AnyStanzaTests
{
    private const string Address = "echo.localhost";

    [Fact]
    public void A_request_gets_one_answer_and_an_answer_none()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Stanzas(), stanza =>
        {
            var link = new Recording();
            var service = new ServiceEntity(Jid.Parse(Address), new DiscoIdentity("component", "echo"), new ServiceOptions());
            service.Add(new EchoFeature());
            service.Connect(link);
            Handle(service, stanza);

            var isRequest = stanza.Name == "iq" && stanza.Attribute("type") is not ("result" or "error") && stanza.Attribute("id") is { Length: > 0 };
            if (isRequest)
            {
                var answer = link.Sent.ShouldHaveSingleItem(stanza.ToString());
                answer.Attribute("type").ShouldBeOneOf("result", "error");
                answer.Attribute("id").ShouldBe(stanza.Attribute("id"));
                answer.Attribute("to").ShouldBe(stanza.Attribute("from"));
                answer.Attribute("from").ShouldBe(stanza.Attribute("to"));
            }

            // Whatever was sent is of a kind that a service like this one leaves unanswered.
            foreach (var sent in link.Sent.ToList())
            {
                link.Sent.Clear();
                Handle(service, sent);
                link.Sent.ShouldBeEmpty();
            }
        }));
    }

    private static void Handle(ServiceEntity service, Element stanza)
    {
        var handling = service.HandleAsync(stanza, Jid.Parse(stanza.Attribute("from")!), Jid.Parse(stanza.Attribute("to")!), CancellationToken.None);
        handling.IsCompletedSuccessfully.ShouldBeTrue();
    }

    private static Arbitrary<Element> Stanzas()
    {
        var payload = Gen.Elements(
            new Element(Namespaces.Ping, "ping"), new Element(Namespaces.DiscoInfo, "query"), new Element(Namespaces.DiscoItems, "query", ("node", "n")), new Element(Namespaces.DiscoInfo, "other"),
            new Element(Namespaces.Version, "query"), new Element(EchoFeature.Echo, "q"), new Element(EchoFeature.Echo, "throw"), new Element("urn:unheard", "x"),
            new Element(Namespaces.Client, "error"), new Element(Namespaces.Client, "body", "text"));
        var payloads = Gen.OneOf(Gen.Constant(Array.Empty<Element>()), payload.Select(one => new[] { one }), Gen.Two(payload).Select(two => new[] { two.Item1, two.Item2 }));
        var gen =
            from name in Gen.Elements("iq", "iq", "iq", "message", "presence")
            from type in Gen.Elements("get", "set", "get", "set", "result", "error", "chat", "headline", "subscribe", "", null)
            from id in Gen.Elements("1", "", null, "x y")
            from to in Gen.Elements(Address, "me@" + Address, Address + "/r")
            from children in payloads
            select new Element(Namespaces.Client, name, ("type", type), ("id", id), ("from", "alice@example.org/a"), ("to", to), children);
        return Arb.From(gen);
    }

    private sealed class Recording : IServiceLink
    {
        public List<Element> Sent { get; } = [];

        public ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken)
        {
            Sent.Add(stanza);
            return new(true);
        }
    }
}
