using Ferry.Protocol.Addressing;
using Ferry.Protocol.Components;
using Ferry.Protocol.Xml;
using System.Text;

namespace Ferry.Protocol.Tests.Components;

/// <summary>XEP-0114 section 3.</summary>
public sealed class ComponentHandshakeTests
{
    [Fact]
    public void The_digest_is_the_specifications() =>
        // Its example has this stream id and digest; the secret behind them is 'test'.
        ComponentHandshake.Digest("3BF96D32", "test").ShouldBe("aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e");

    [Fact]
    public void Id_and_secret_are_hashed_as_UTF_8_and_unescaped()
    {
        var header = Encoding.UTF8.GetBytes("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='a&amp;b&#228;' from='relay.example.org'>");
        var tag = new ElementReader(XmlLimits.Default).ReadOpenTag(header).Element!;
        ComponentHandshake.Digest(tag.Attribute("id")!, "ü").ShouldBe(ComponentHandshake.Digest("a&bä", "ü"));
        ComponentHandshake.Digest("a&bä", "ü").ShouldBe("ccf637240077283f91a35344a8373efb20cb7846"); // sha1sum's
    }

    [Fact]
    public void The_header_names_the_component_and_no_version() =>
        Encoding.UTF8.GetString(ComponentHandshake.Header(Jid.Parse("relay.example.org")).ToBytes()).ShouldBe(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='relay.example.org' xml:lang='en'>");

    [Fact]
    public void Spelled_out_component_names_become_those_of_clients_and_payloads_stay()
    {
        var inner = new Element(Namespaces.Component, "message", "kept: it stands inside another's payload");
        var stanza = new Element(
            Namespaces.Component,
            "iq",
            ("id", "1"),
            new Element("urn:x", "q", inner),
            new Element(Namespaces.Component, "error", ("type", "cancel")));

        var client = ComponentStanza.ToClient(stanza);

        client.ToString().ShouldBe(new Element(
            Namespaces.Client,
            "iq",
            ("id", "1"),
            new Element("urn:x", "q", inner),
            new Element(Namespaces.Client, "error", ("type", "cancel"))).ToString());
        ComponentStanza.ToClient(client).ShouldBeSameAs(client);
    }
}
