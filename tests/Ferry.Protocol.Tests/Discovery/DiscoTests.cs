using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Forms;

namespace Ferry.Protocol.Tests.Discovery;

public sealed class DiscoTests
{
    // Prosody 0.12.3.
    private const string ProxyInfo =
        "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='proxy' name='SOCKS5 Bytestreams Service' type='bytestreams'/>" +
        "<feature var='http://jabber.org/protocol/bytestreams'/><feature var='http://jabber.org/protocol/disco#info'/></query>";

    private const string UploadInfo =
        "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='store' name='HTTP File Upload' type='file'/>" +
        "<feature var='urn:xmpp:http:upload:0'/><x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'>" +
        "<value>urn:xmpp:http:upload:0</value></field><field type='text-single' var='max-file-size'><value>1073741824</value></field></x></query>";

    [Fact]
    public void A_proxy_is_known_by_its_identity()
    {
        DiscoInfo.TryParse(TestXml.Parse(ProxyInfo), out var info).ShouldBeTrue();

        info.IsOf("proxy", "bytestreams").ShouldBeTrue();
        info.IsOf("proxy", "other").ShouldBeFalse();
        info.Has(Namespaces.Bytestreams).ShouldBeTrue();
        info.Has(Namespaces.StreamInitiation).ShouldBeFalse();
        info.Node.ShouldBeNull();
    }

    [Fact]
    public void A_form_tells_the_upload_limit()
    {
        DiscoInfo.TryParse(TestXml.Parse(UploadInfo), out var info).ShouldBeTrue();

        var form = info.Forms.ShouldHaveSingleItem();
        form.FormType.ShouldBe("urn:xmpp:http:upload:0");
        form.FieldsNamed("max-file-size").ShouldHaveSingleItem().Values.ShouldBe(["1073741824"]);
    }

    [Fact]
    public void Identities_and_features_without_their_attributes_are_left_out()
    {
        DiscoInfo.TryParse(TestXml.Parse($"<query xmlns='{Namespaces.DiscoInfo}' node='n'><identity type='x'/><identity category='y'/><feature/></query>"), out var info).ShouldBeTrue();

        info.Identities.ShouldBeEmpty();
        info.Features.ShouldBeEmpty();
        info.Node.ShouldBe("n");
    }

    [Fact]
    public void Items_are_read_and_addresses_that_are_none_left_out()
    {
        var query = TestXml.Parse(
            "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='proxy.localhost'/><item jid='@'/><item/><item jid='a@b' node='n' name='N'/></query>");

        DiscoItems.TryParse(query, out var items).ShouldBeTrue();

        items.Items.ShouldBe([new DiscoItem(Jid.Parse("proxy.localhost")), new DiscoItem(Jid.Parse("a@b"), "n", "N")]);
        DiscoItems.TryParse(TestXml.OverTheWire(items.ToElement()), out var again).ShouldBeTrue();
        again.Items.ShouldBe(items.Items);
    }

    [Fact]
    public void Other_elements_are_neither()
    {
        DiscoInfo.TryParse(DiscoItems.Query(), out _).ShouldBeFalse();
        DiscoItems.TryParse(DiscoInfo.Query("n"), out _).ShouldBeFalse();
        DiscoInfo.TryParse(null, out _).ShouldBeFalse();
        DiscoItems.TryParse(null, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_form_survives_the_wire()
    {
        var form = new DataForm("form", [DataFormField.OfOptions("stream-method", "list-single", "a", "b"), DataFormField.OfValues("x", null, "1", "2"), new(null, "fixed", ["words"], [])]);

        DataForm.TryParse(TestXml.OverTheWire(form.ToElement()), out var read).ShouldBeTrue();

        read.ToElement().ToString().ShouldBe(form.ToElement().ToString());
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(1);
        for (var i = 0; i < 3000; i++)
        {
            var element = random.Next(
                [Namespaces.DiscoInfo, Namespaces.DiscoItems, Namespaces.DataForms, Namespaces.Caps, ""],
                ["query", "identity", "feature", "item", "x", "field", "option", "value", "c"],
                ["category", "type", "name", "var", "node", "jid", "ver", "hash"]);
            if (DiscoInfo.TryParse(element, out var info)) EntityCaps.Of("n", info).Verifies(info).ShouldBe(EntityCaps.IsWellFormed(info));
            if (DiscoItems.TryParse(element, out var items)) items.ToElement().ShouldNotBeNull();
            if (DataForm.TryParse(element, out var form)) form.ToElement().ShouldNotBeNull();
            if (EntityCaps.TryParse(element, out var caps)) caps.ToElement().ShouldNotBeNull();
        }
    }
}
