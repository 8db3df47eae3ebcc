using Ferry.Contacts;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Tests.Methods.Socks5;

namespace Ferry.Tests.Peers;

public sealed class IntroductionsTests
{
    [Theory]
    [InlineData("bob@localhost", true)]
    [InlineData("eve@localhost", false)]
    [InlineData("eve@localhost/bob@localhost", false)]
    public async Task Who_asks_to_see_us_is_told_that_we_are_there_if_we_take_its_files(string from, bool isTold)
    {
        await using var two = await TwoClients.StartAsync();
        await using var session = await two.SessionAsync("alice");
        var introductions = new Introductions(session, new OwnIdentity([]), new Roster(session, Roster.UsualWait), PeerPolicy.Only(Jid.Parse("bob@localhost")));

        var answer = introductions.Answer(new Presence(null, "subscribe", Jid.Parse(from), null, []));

        (answer is not null).ShouldBe(isTold);
        if (!isTold) return;
        // Now, to its account; no word on whether it may in future.
        (answer!.Attribute("to"), answer.Attribute("type")).ShouldBe(("bob@localhost", null));
        answer.Child(Namespaces.Caps, "c").ShouldNotBeNull();
    }
}
