using Ferry.Protocol.Addressing;
using Ferry.Protocol.Roster;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Roster;

public sealed class RosterQueryTests
{
    [Fact]
    public void A_roster_survives_the_wire()
    {
        var item = new RosterItem(Jid.Parse("romeo@example.net"), "Romeo <3", Subscription.Both, Asked: false, ["Friends", "Poets & co"]);
        var asked = new RosterItem(Jid.Parse("nurse@example.net"), null, Subscription.None, Asked: true, []);

        RosterQuery.TryParse(new RosterQuery([item, asked], "ver7").ToElement(), out var read).ShouldBeTrue();

        read.Version.ShouldBe("ver7");
        read.Items.Count.ShouldBe(2);
        read.Items[0].ToElement().ToString().ShouldBe(item.ToElement().ToString());
        read.Items[1].Asked.ShouldBeTrue();
        read.Items[1].Name.ShouldBeNull();
    }

    [Fact]
    public void The_question_is_empty() =>
        RosterQuery.Ask.ToElement().ToString().ShouldBe("<query xmlns='jabber:iq:roster'/>");

    [Theory]
    [InlineData("<item/>")]
    [InlineData("<item jid=''/>")]
    [InlineData("<item jid='@nowhere'/>")]
    [InlineData("<item jid='a@b' subscription='some'/>")]
    public void An_item_that_says_nothing_clear_spoils_the_query(string item) =>
        RosterQuery.TryParse(Read($"<query xmlns='jabber:iq:roster'>{item}</query>"), out _).ShouldBeFalse();

    [Fact]
    public void Repeated_and_empty_groups_are_left_out()
    {
        RosterQuery.TryParse(
            Read("<query xmlns='jabber:iq:roster'><item jid='a@b' ask='x'><group>g</group><group/><group>g</group></item></query>"),
            out var query).ShouldBeTrue();
        query.Items[0].Groups.ShouldBe(["g"]);
        query.Items[0].Asked.ShouldBeFalse();
    }

    [Fact]
    public void Another_payload_is_no_roster()
    {
        RosterQuery.TryParse(null, out _).ShouldBeFalse();
        RosterQuery.TryParse(Read("<query xmlns='jabber:iq:version'/>"), out _).ShouldBeFalse();
    }

    private static Element Read(string xml) => new ElementReader(XmlLimits.Default).Read(System.Text.Encoding.UTF8.GetBytes(xml), "").Element!;
}
