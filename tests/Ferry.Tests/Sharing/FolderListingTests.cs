using Ferry.Protocol.Xml;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Sharing;

/// <summary>How somebody's folders are asked for.</summary>
public sealed class FolderListingTests
{
    private const string Asked = "<iq type='get'>...<query xmlns='urn:xmpp:fis:0' node='docs'>...</query></iq>";

    [Fact]
    public async Task Pages_are_read_to_the_last_although_nobody_counts_and_who_is_busy_is_asked_again()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var time = new ManualTime();
        var alice = await harbour.ConnectAsync("alice", options => options with { TimeProvider = time });
        var eve = await harbour.JoinAsync("eve");
        var listing = alice.ListAsync(eve.Jid, "docs");

        var first = await eve.SkipToAsync(Asked);
        await eve.SendAsync($"<iq type='error' id='{first.Attribute("id")}' to='{alice.Jid}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1)).WaitAsync(Harbour.Patience);
        time.Advance(TimeSpan.FromSeconds(1));
        await AnswerAsync(eve, alice, await eve.SkipToAsync(Asked), "a", "b");
        await AnswerAsync(eve, alice, await eve.SkipToAsync(Asked), "c");
        await AnswerAsync(eve, alice, await eve.SkipToAsync(Asked));
        (await listing.WaitAsync(Harbour.Patience)).Files.Select(file => file.Name).ShouldBe(["a", "b", "c"]);
    }

    private static Task AnswerAsync(ScriptedClient eve, FerryClient alice, Element asked, params string[] names)
    {
        var files = string.Concat(names.Select(name => $"<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><name>{name}</name></file>"));
        var page = names.Length == 0 ? "" : $"<first>f:{names[0]}</first><last>f:{names[^1]}</last>";
        return eve.SendAsync($"<iq type='result' id='{asked.Attribute("id")}' to='{alice.Jid}'><query xmlns='urn:xmpp:fis:0' node='docs'>{files}<set xmlns='http://jabber.org/protocol/rsm'>{page}</set></query></iq>");
    }
}
