using System.Text;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Xml;

public sealed class ElementTests
{
    [Fact]
    public void What_is_written_is_what_is_read()
    {
        var random = new RandomElements(11);
        for (var i = 0; i < 2000; i++)
        {
            var element = random.Next(["", "a", "urn:b'<&>\"", Namespaces.Client, Namespaces.Streams, Namespaces.Xml], ["x", "stream", "é"], ["a", "b", "name"]);

            Same(TestXml.OverTheWire(element), element).ShouldBeTrue(element.ToString());
        }
    }

    [Fact]
    public void Inside_a_stream_the_declared_namespaces_are_used()
    {
        var random = new RandomElements(12);
        for (var i = 0; i < 1000; i++)
        {
            var element = random.Next([Namespaces.Client, Namespaces.Streams, "urn:x", ""], ["features", "iq"], ["to"]);
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            ElementWriter.Write(element, buffer, Namespaces.Client, streamPrefix: true);

            var read = new ElementReader(XmlLimits.Default).Read(buffer.WrittenSpan, Namespaces.Client);

            Same(read.Element.ShouldNotBeNull(), element).ShouldBeTrue(element.ToString());
        }
    }

    [Fact]
    public void Attributes_keep_their_namespaces()
    {
        var element = new Element("u", "x", new ElementAttribute(Namespaces.Xml, "lang", "en"), new ElementAttribute("urn:a", "k", "1"), new ElementAttribute("urn:b", "k", "2"), ("k", "3"));

        var read = TestXml.OverTheWire(element);

        read.Attribute(Namespaces.Xml, "lang").ShouldBe("en");
        read.Attribute("urn:a", "k").ShouldBe("1");
        read.Attribute("urn:b", "k").ShouldBe("2");
        read.Attribute("k").ShouldBe("3");
    }

    [Fact]
    public void An_element_in_the_xml_namespace_can_be_passed_on()
    {
        // A peer may send it; a default declaration of that namespace would not be well-formed and would end somebody else's stream.
        var element = TestXml.Parse("<message><xml:x a='1'><y/></xml:x></message>");

        element.ToString().ShouldNotContain("xmlns='http://www.w3.org/XML/1998/namespace'");
        Same(TestXml.OverTheWire(element), element).ShouldBeTrue();
    }

    [Theory]
    [InlineData("<a>", StreamCondition.NotWellFormed)]
    [InlineData("<a></b>", StreamCondition.NotWellFormed)]
    [InlineData("<p:a/>", StreamCondition.NotWellFormed)]
    [InlineData("<a b='1' b='2'/>", StreamCondition.NotWellFormed)]
    [InlineData("<a b=1/>", StreamCondition.NotWellFormed)]
    [InlineData("<a b='<'/>", StreamCondition.NotWellFormed)]
    [InlineData("<a>&x;</a>", StreamCondition.NotWellFormed)]
    [InlineData("<a>&#0;</a>", StreamCondition.NotWellFormed)]
    [InlineData("<a>&#xFFFE;</a>", StreamCondition.NotWellFormed)]
    [InlineData("<a>\u0001</a>", StreamCondition.NotWellFormed)]
    [InlineData("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", StreamCondition.NotWellFormed)]
    [InlineData("<a><!-- x --></a>", StreamCondition.RestrictedXml)]
    [InlineData("<a><?x y?></a>", StreamCondition.RestrictedXml)]
    [InlineData("", StreamCondition.NotWellFormed)]
    public void What_is_no_element_is_refused(string text, StreamCondition expected) => Refused(Encoding.UTF8.GetBytes(text), XmlLimits.Default).ShouldBe(expected);

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() =>
        Refused([(byte)'<', (byte)'a', (byte)'>', 0xFF, (byte)'<', (byte)'/', (byte)'a', (byte)'>'], XmlLimits.Default).ShouldBe(StreamCondition.UnsupportedEncoding);

    [Fact]
    public void Attributes_names_and_depth_have_their_limits()
    {
        var limits = new XmlLimits(MaxDepth: 2, MaxAttributes: 2, MaxNameLength: 3);
        Refused("<a b='1' c='2' d='3'/>"u8, limits).ShouldBe(StreamCondition.PolicyViolation);
        Refused("<abcd/>"u8, limits).ShouldBe(StreamCondition.PolicyViolation);
        Refused("<a abcd='1'/>"u8, limits).ShouldBe(StreamCondition.PolicyViolation);
        Refused("<a><a><a></a></a></a>"u8, limits).ShouldBe(StreamCondition.PolicyViolation);
        new ElementReader(limits).Read("<abc b='1' c='2'><a/></abc>"u8, "").Element.ShouldNotBeNull();
    }

    [Fact]
    public void Nothing_illegal_can_be_built()
    {
        Should.Throw<ArgumentException>(() => new Element("", "a b"));
        Should.Throw<ArgumentException>(() => new Element("", ""));
        Should.Throw<ArgumentException>(() => new Element("", "x:y"));
        Should.Throw<ArgumentException>(() => new Element("urn:\0", "x"));
        Should.Throw<ArgumentException>(() => new Element("", "x", ("a", "\u0001")));
        Should.Throw<ArgumentException>(() => new Element("", "x", ("a", "1"), ("a", "2")));
        Should.Throw<ArgumentException>(() => new Element("", "x", "\uD800"));
        Should.Throw<ArgumentException>(() => new Element("", "x").WithAttribute("a", "\uFFFE"));
    }

    [Fact]
    public void Characters_that_XML_lacks_can_be_replaced() =>
        XmlCharacters.Replace("a\u0000\uD800b\U0001F600\uFFFF").ShouldBe("a\uFFFD\uFFFDb\U0001F600\uFFFD");

    [Fact]
    public void CDATA_and_text_are_one() => TestXml.Parse("<a>x<![CDATA[<y>]]>&amp;</a>").Text.ShouldBe("x<y>&");

    private static StreamCondition Refused(ReadOnlySpan<byte> bytes, XmlLimits limits)
    {
        var parsed = new ElementReader(limits).Read(bytes, "");
        parsed.Element.ShouldBeNull();
        return parsed.Violation.ShouldNotBeNull().Condition;
    }

    private static bool Same(Element left, Element right) =>
        left.Is(right.Namespace, right.Name)
        && left.Attributes.ToArray().OrderBy(Key).SequenceEqual(right.Attributes.ToArray().OrderBy(Key))
        && left.Text == right.Text
        && left.Children.Count() == right.Children.Count()
        && left.Children.Zip(right.Children).All(pair => Same(pair.First, pair.Second));

    private static string Key(ElementAttribute attribute) => attribute.Namespace + " " + attribute.Name;
}
