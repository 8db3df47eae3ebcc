using System.Text;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Xml;

/// <summary>What the quick way takes, the framework's reader takes as well, and makes the same of it.</summary>
public sealed class PlainElementsTests
{
    private static readonly string Long = Convert.ToBase64String(Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray());

    private static readonly string[] Seeds =
    [
        $"<iq type='set' id='a1' to='bob@example.org/x y'><data xmlns='http://jabber.org/protocol/ibb' sid='s' seq='65535'>{Long}</data></iq>",
        "<iq type='set' id='a1' from='a@b/c'><data xmlns='http://jabber.org/protocol/ibb' sid='s' seq='0'>QUJD\nREVG</data></iq>",
        "<iq type='result' id='a1' from='a@b/c' to='d@e/f'/>",
        "<a xmlns='urn:mpp:sm:3' h='17'/>",
        "<message><body>one ]] two > three</body> <x xmlns=''><y/></x></message>",
        "<message a=\"1\" b='2'><body/></message>",
        "<a><b><c><d><e><f>deep</f></e></d></c></b></a>",
    ];

    private static readonly string[] Bits =
    [
        "<", ">", "/", "/>", "</", "'", "\"", "=", " ", "  ", "\t", "\n", "\r", "&", "&amp;", "&#x41;", "]]>", "]]", "]", "<!--x-->", "<![CDATA[x]]>", "<?p x?>", ":", "x:y", "xmlns", " xmlns='u'",
        " xmlns:p='u'", " xmlns='http://www.w3.org/2000/xmlns/'", " xmlns='http://www.w3.org/XML/1998/namespace'", " a='1'", " xml:lang='en'", "xml", "-", ".", "_", "0", "\u00e9", "\uE000", "\u0001", "\u007f", "\0",
        "stream:", " xmlns='http://etherx.jabber.org/streams'", "<b/>", "<b>", "</b>", Long,
    ];

    public static TheoryData<string> Plain => [.. Seeds];

    [Theory]
    [MemberData(nameof(Plain))]
    public void What_stanzas_are_made_of_is_taken(string xml) => Quick(Encoding.UTF8.GetBytes(xml), XmlLimits.Default).ShouldNotBeNull();

    [Fact]
    public void Whatever_is_taken_is_what_the_frameworks_reader_makes_of_it()
    {
        var random = new Random(47);
        var taken = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var bytes = Mutate(Seeds[random.Next(Seeds.Length)], random);
            var limits = random.Next(4) == 0 ? new XmlLimits(MaxDepth: random.Next(1, 5), MaxAttributes: random.Next(1, 5), MaxNameLength: random.Next(1, 6)) : XmlLimits.Default;
            if (Quick(bytes, limits) is not { } quick) continue;
            taken++;
            var slow = new ElementReader(limits).ReadAny(bytes, Namespaces.Client);
            (slow.Element is { } element && Same(quick, element)).ShouldBeTrue(Encoding.Latin1.GetString(bytes));
        }

        taken.ShouldBeGreaterThan(3000); // else this compares nothing
    }

    [Fact]
    public void Values_that_come_again_are_told_apart()
    {
        var reader = new PlainElements(XmlLimits.Default);
        for (var i = 0; i < 2000; i++)
        {
            var id = new string((char)('a' + (i % 26)), 1 + (i % 140)) + i;
            var element = reader.TryRead(Encoding.UTF8.GetBytes($"<iq id='{id}' to='{i % 7}'/>"), "").ShouldNotBeNull();
            (element.Attribute("id"), element.Attribute("to")).ShouldBe((id, (i % 7).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public void A_block_keeps_its_bytes()
    {
        var block = Enumerable.Range(0, 4000).Select(i => (byte)(i * 7)).ToArray();
        var sent = InBandData.ToElement("s", 5, block);

        var read = Quick(Encoding.UTF8.GetBytes(sent.ToString()), XmlLimits.Default).ShouldNotBeNull();

        InBandData.TryParse(read, 4000, out var data, out _).ShouldBeTrue();
        data!.Bytes.ShouldBe(block);
    }

    private static Element? Quick(byte[] bytes, XmlLimits limits) => new PlainElements(limits).TryRead(bytes, Namespaces.Client);

    private static byte[] Mutate(string xml, Random random)
    {
        var text = new StringBuilder(xml);
        for (var times = random.Next(4); times > 0; times--)
        {
            // Where something happens: the base64 in the middle is long and all alike.
            var at = random.Next(Math.Min(text.Length, 120));
            if (random.Next(3) == 0) at = text.Length - at;
            if (random.Next(3) == 0) text.Remove(Math.Min(at, text.Length - 1), 1);
            else text.Insert(at, Bits[random.Next(Bits.Length)]);
            if (text.Length == 0) break;
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length > 0 && random.Next(20) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(20) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes;
    }

    // Node by node, as they are cut.
    private static bool Same(Element left, Element right)
    {
        if (!left.Is(right.Namespace, right.Name) || !left.Attributes.SequenceEqual(right.Attributes) || left.Nodes.Length != right.Nodes.Length) return false;
        for (var i = 0; i < left.Nodes.Length; i++)
        {
            var same = (left.Nodes[i], right.Nodes[i]) switch
            {
                (Element a, Element b) => Same(a, b),
                (TextNode a, TextNode b) => a.Value == b.Value,
                _ => false,
            };
            if (!same) return false;
        }

        return true;
    }
}
