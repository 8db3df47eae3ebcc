using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.ResultSets;

public sealed class ResultSetTests
{
    [Fact]
    public void Queries_and_pages_are_read_as_they_were_written()
    {
        foreach (var query in new[] { new ResultSetQuery(10), new ResultSetQuery(10, "a"), new ResultSetQuery(10, Before: ""), new ResultSetQuery(null, Before: "b"), new ResultSetQuery(0), new ResultSetQuery(5, Index: 20) })
        {
            ResultSetQuery.TryFind(Around(query.ToElement()), out var read).ShouldBeTrue();
            read.ShouldBe(query);
        }

        foreach (var page in new[] { new ResultSetPage("a", 3, "b", 99), new ResultSetPage(null, null, null, 0) })
        {
            ResultSetPage.TryFind(Around(page.ToElement()), out var read).ShouldBeTrue();
            read.ShouldBe(page);
        }
    }

    [Fact]
    public void Without_one_nothing_is_asked()
    {
        ResultSetQuery.TryFind(new Element("x", "query"), out var none).ShouldBeTrue();
        none.ShouldBeNull();
    }

    [Theory]
    [InlineData("<max>-1</max>")]
    [InlineData("<max/>")]
    [InlineData("<index>x</index>")]
    public void What_is_no_number_is_refused(string inner) =>
        ResultSetQuery.TryFind(TestXml.Parse($"<query xmlns='x'><set xmlns='http://jabber.org/protocol/rsm'>{inner}</set></query>"), out _).ShouldBeFalse();

    [Fact]
    public void An_item_has_its_length()
    {
        ResultSetQuery.TryFind(Around(new ResultSetQuery(1, new string('a', 256)).ToElement()), out _).ShouldBeTrue();
        ResultSetQuery.TryFind(Around(new ResultSetQuery(1, new string('a', 257)).ToElement()), out _).ShouldBeFalse();
    }

    private static Element Around(Element set) => TestXml.OverTheWire(new Element("x", "query", set));
}
