using System.Text;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Xml;

/// <summary>Long base64 texts go around the framework's reader: nobody may see a difference.</summary>
public sealed class ElementReaderTests
{
    private static readonly string Long = Convert.ToBase64String(Enumerable.Range(0, 3000).Select(i => (byte)i).ToArray());

    public static TheoryData<string> Surroundings { get; } =
    [
        "<iq id='1'><data xmlns='ibb' seq='1'>{0}</data></iq>",
        "<iq><data xmlns='ibb'>{0}</data><x>short</x></iq>",
        "<iq><a>{0}</a><b>{0}</b></iq>",
        "<iq a='>'>{0}<b/>{0}</iq>",
        "<message><body>{0} and {0}</body></message>",
        "<message><body>ä</body><data>{0}</data><c>ü</c></message>",
        "<message><body>\uE000</body><data>{0}</data></message>",
        "<message><body>&#xE000;</body><data>{0}</data></message>",
        "<message><body>&lt;</body><data>{0}</data></message>",
        "<message><body><![CDATA[>{0}<]]></body></message>",
        "<message><data>{0}</data><body><![CDATA[x]]></body></message>",
        "<message>{0}</message>",
        "<message>what is > {0}</message>",
        "<message xml:lang='en'>a >{0}</message>",
        "<message xml:lang='en'><x>a</x>>{0}</message>",
    ];

    [Theory]
    [MemberData(nameof(Surroundings))]
    public void A_long_text_is_read_like_a_short_one(string format)
    {
        var expected = Read(format.Replace("{0}", "SHORT", StringComparison.Ordinal)).Element!;
        var actual = Read(format.Replace("{0}", Long, StringComparison.Ordinal)).Element!;
        actual.ToString().ShouldBe(expected.ToString().Replace("SHORT", Long, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<iq a='>{0}<'/>", StreamCondition.NotWellFormed)]
    [InlineData("<iq><data>{0}</date></iq>", StreamCondition.NotWellFormed)]
    [InlineData("<iq><data>{0}<data></iq>", StreamCondition.NotWellFormed)]
    [InlineData("<iq><!-->{0}<--></iq>", StreamCondition.RestrictedXml)]
    [InlineData("<iq><?x >{0}<?></iq>", StreamCondition.RestrictedXml)]
    [InlineData("<iq><p:data>{0}</p:data></iq>", StreamCondition.NotWellFormed)]
    public void What_is_wrong_with_it_stays_wrong(string format, StreamCondition condition)
    {
        Read(format.Replace("{0}", "SHORT", StringComparison.Ordinal)).Violation!.Condition.ShouldBe(condition);
        Read(format.Replace("{0}", Long, StringComparison.Ordinal)).Violation!.Condition.ShouldBe(condition);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bytes_that_are_no_utf8_are_found_on_either_side(bool before)
    {
        var bytes = Encoding.Latin1.GetBytes(before ? $"<m><a>\xFF</a><d>{Long}</d></m>" : $"<m><d>{Long}</d><a>\xFF</a></m>");
        new ElementReader(XmlLimits.Default).Read(bytes, "").Violation!.Condition.ShouldBe(StreamCondition.UnsupportedEncoding);
    }

    private static ParsedElement Read(string xml) => new ElementReader(XmlLimits.Default).Read(Encoding.UTF8.GetBytes(xml), "");
}
