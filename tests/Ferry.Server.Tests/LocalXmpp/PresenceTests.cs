using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

public sealed class PresenceTests
{
    [Fact]
    public async Task From_strangers_to_friends_and_back()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await AskRosterAsync(alice, "");
        await AskRosterAsync(bob, "");
        await alice.BeAvailableAsync("<status>here</status>");
        await bob.BeAvailableAsync();

        // alice asks
        await alice.SendAsync("<presence type='subscribe' to='bob@localhost'><status>please</status></presence>");
        await alice.ExpectAsync(Push("alice", "<item jid='bob@localhost' subscription='none' ask='subscribe'/>"));
        await bob.ExpectAsync("<presence type='subscribe' from='alice@localhost' to='bob@localhost'><status>please</status></presence>");

        // bob agrees
        await bob.SendAsync("<presence type='subscribed' to='alice@localhost'/>");
        await bob.ExpectAsync(Push("bob", "<item jid='alice@localhost' subscription='from'/>"));
        await alice.ExpectAsync("<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>");
        await alice.ExpectAsync(Push("alice", "<item jid='bob@localhost' subscription='to'/>"));
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost'/>");

        // bob asks too
        await bob.SendAsync("<presence type='subscribe' to='alice@localhost'/>");
        await bob.ExpectAsync(Push("bob", "<item jid='alice@localhost' subscription='from' ask='subscribe'/>"));
        await alice.ExpectAsync("<presence type='subscribe' from='bob@localhost' to='alice@localhost'/>");
        await alice.SendAsync("<presence type='subscribed' to='bob@localhost'/>");
        await alice.ExpectAsync(Push("alice", "<item jid='bob@localhost' subscription='both'/>"));
        await bob.ExpectAsync("<presence type='subscribed' from='alice@localhost' to='bob@localhost'/>");
        await bob.ExpectAsync(Push("bob", "<item jid='alice@localhost' subscription='both'/>"));
        await bob.ExpectAsync("<presence from='alice@localhost/r' to='bob@localhost'><status>here</status></presence>");

        // alice throws bob out
        await alice.SendAsync("<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='bob@localhost' subscription='remove'/></query></iq>");
        await alice.ExpectAsync(Push("alice", "<item jid='bob@localhost' subscription='remove'/>"));
        await alice.ExpectAsync("<presence type='unavailable' from='bob@localhost/r' to='alice@localhost'/>");
        await alice.ExpectAsync("<iq type='result' id='x' to='alice@localhost/r'/>");
        await bob.ExpectAsync("<presence type='unsubscribe' from='alice@localhost' to='bob@localhost'/>");
        await bob.ExpectAsync(Push("bob", "<item jid='alice@localhost' subscription='to'/>"));
        await bob.ExpectAsync("<presence type='unsubscribed' from='alice@localhost' to='bob@localhost'/>");
        await bob.ExpectAsync(Push("bob", "<item jid='alice@localhost' subscription='none'/>"));
        await bob.ExpectAsync("<presence type='unavailable' from='alice@localhost/r' to='bob@localhost'/>");
        await AskRosterAsync(alice, "");
        await AskRosterAsync(bob, "<item jid='alice@localhost' subscription='none'/>");
    }

    [Fact]
    public async Task A_request_waits_for_its_answer_and_a_refusal_takes_it_away()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.JoinAsync("alice");
        await alice.SendAsync("<presence type='subscribe' to='bob@localhost'><status>please</status></presence>");
        await alice.ExpectNothingAsync();

        for (var login = 0; login < 2; login++)
        {
            await using var bob = await server.LogInAsync("bob");
            await AskRosterAsync(bob, "");
            await bob.BeAvailableAsync();
            await bob.ExpectAsync("<presence type='subscribe' from='alice@localhost' to='bob@localhost'><status>please</status></presence>");
            if (login == 1) await bob.SendAsync("<presence type='unsubscribed' to='alice@localhost'/>");
            await bob.ExpectNothingAsync();
        }

        await alice.ExpectAsync("<presence type='unsubscribed' from='bob@localhost' to='alice@localhost'/>");
        await AskRosterAsync(alice, "<item jid='bob@localhost' subscription='none'/>");
        await using var later = await server.JoinAsync("bob");
        await later.ExpectNothingAsync();
    }

    [Fact]
    public async Task Friends_see_each_other_come_and_go()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.JoinAsync("alice");
        await BefriendAsync(server, alice);

        var bob = await server.LogInAsync("bob");
        await bob.SendAsync("<presence><priority>5</priority></presence>");
        await bob.ExpectAsync("<presence from='bob@localhost/r' to='bob@localhost'><priority>5</priority></presence>");
        await bob.ExpectAsync("<presence from='alice@localhost/r' to='bob@localhost'/>");
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost'><priority>5</priority></presence>");
        await bob.SendAsync("<presence><show>away</show></presence>");
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost'><show>away</show></presence>");
        await alice.SendAsync("<presence type='probe' to='bob@localhost'/>");
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost'><show>away</show></presence>");
        await bob.SendAsync("<presence type='unavailable'><status>bye</status></presence>");
        await alice.ExpectAsync("<presence type='unavailable' from='bob@localhost/r' to='alice@localhost'><status>bye</status></presence>");
        await bob.DisposeAsync();
        await alice.ExpectNothingAsync();

        var again = await server.JoinAsync("bob");
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost'/>");
        again.Break();
        await alice.ExpectAsync("<presence type='unavailable' from='bob@localhost/r' to='alice@localhost'/>");
        await again.DisposeAsync();
    }

    [Fact]
    public async Task Directed_presence_reaches_a_stranger_and_so_does_the_end()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var bob = await server.JoinAsync("bob");
        var alice = await server.LogInAsync("alice", "a");
        await alice.SendAsync("<presence to='bob@localhost'><c xmlns='http://jabber.org/protocol/caps' ver='v'/></presence>");
        await bob.ExpectAsync("<presence from='alice@localhost/a' to='bob@localhost'><c xmlns='http://jabber.org/protocol/caps' ver='v'/></presence>");
        await bob.SendAsync("<presence to='alice@localhost/a'/>");
        await alice.ExpectAsync("<presence from='bob@localhost/r' to='alice@localhost/a'/>");
        await alice.CloseAsync();
        await bob.ExpectAsync("<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>");
        await alice.DisposeAsync();
    }

    [Fact]
    public async Task Only_so_many_are_told_of_the_end()
    {
        await using var server = await TestServer.StartAsync(new Ferry.Server.LocalXmpp.LocalServerLimits { MaxDirected = 1 }, ["alice", "bob", "carol"]);
        await using var bob = await server.JoinAsync("bob");
        await using var carol = await server.JoinAsync("carol");
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync("<presence to='bob@localhost'/>");
        await alice.SendAsync("<presence to='carol@localhost'/>");
        await alice.CloseAsync();
        await bob.ExpectAsync("<presence from='alice@localhost/r' to='bob@localhost'/>");
        await bob.ExpectAsync("<presence type='unavailable' from='alice@localhost/r' to='bob@localhost'/>");
        await carol.ExpectAsync("<presence from='alice@localhost/r' to='carol@localhost'/>");
        await carol.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_request_too_long_is_kept_without_its_words()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync($"<presence type='subscribe' to='bob@localhost'><status>{new string('x', 5000)}</status></presence>");
        await alice.ExpectNothingAsync();
        await using var bob = await server.JoinAsync("bob");
        await bob.ExpectAsync("<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>");
    }

    [Fact]
    public async Task Names_and_groups_are_kept_and_pushed_to_every_resource()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var one = await server.LogInAsync("alice", "1");
        await using var two = await server.LogInAsync("alice", "2");
        await AskRosterAsync(one, "");
        await AskRosterAsync(two, "");
        const string Item = "<item jid='bob@localhost' name='Bob &lt;3' subscription='none'><group>Friends</group></item>";
        await one.SendAsync("<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='bob@localhost' name='Bob &lt;3' subscription='both'><group>Friends</group></item></query></iq>");
        await one.ExpectAsync(Push("alice", Item, "1"));
        await one.ExpectAsync("<iq type='result' id='s' to='alice@localhost/1'/>");
        await two.ExpectAsync(Push("alice", Item, "2"));
        await AskRosterAsync(two, Item);
    }

    [Theory]
    [InlineData("<query xmlns='jabber:iq:roster'/>", "bad-request")]
    [InlineData("<query xmlns='jabber:iq:roster'><item/></query>", "bad-request")]
    [InlineData("<query xmlns='jabber:iq:roster'><item jid='a@b'/><item jid='c@d'/></query>", "bad-request")]
    [InlineData("<query xmlns='jabber:iq:roster'><item jid='alice@localhost'/></query>", "not-allowed")]
    [InlineData("<query xmlns='jabber:iq:roster'><item jid='a@b' subscription='remove'/></query>", "item-not-found")]
    public async Task A_bad_set_is_refused_by_its_name(string query, string condition)
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync($"<iq type='set' id='s'>{query}</iq>");
        await alice.ExpectAsync(
            $"<iq type='error' id='s' to='alice@localhost/r'><error type='*'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");
    }

    [Fact]
    public async Task Nobody_reads_or_writes_another_ones_roster()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync("<iq type='get' id='1' to='bob@localhost'><query xmlns='jabber:iq:roster'/></iq>");
        await alice.ExpectAsync(
            "<iq type='error' id='1' from='bob@localhost' to='alice@localhost/r'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    }

    [Fact]
    public async Task A_roster_is_bounded()
    {
        await using var server = await TestServer.StartAsync(new Ferry.Server.LocalXmpp.LocalServerLimits { MaxContacts = 1 }, ["alice", "bob", "carol"]);
        await using var alice = await server.LogInAsync("alice");
        await alice.SendAsync("<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query></iq>");
        await alice.ExpectAsync("<iq type='result' id='1' to='alice@localhost/r'/>");
        await alice.SendAsync("<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='carol@localhost'/></query></iq>");
        await alice.ExpectAsync("<iq type='error' id='2' to='alice@localhost/r'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");
        await alice.SendAsync("<presence type='subscribe' id='3' to='carol@localhost'/>");
        await alice.ExpectAsync("<presence type='error' id='3' from='carol@localhost' to='alice@localhost/r'>...</presence>");
        await alice.SendAsync("<iq type='set' id='4'><query xmlns='jabber:iq:roster'><item jid='bob@localhost' name='B'/></query></iq>");
        await alice.ExpectAsync("<iq type='result' id='4' to='alice@localhost/r'/>");
    }

    private static async Task BefriendAsync(TestServer server, ScriptedClient alice)
    {
        await using var bob = await server.LogInAsync("bob");
        await alice.SendAsync("<presence type='subscribe' to='bob@localhost'/>");
        await alice.ExpectNothingAsync();
        await bob.SendAsync("<presence type='subscribed' to='alice@localhost'/>");
        await bob.SendAsync("<presence type='subscribe' to='alice@localhost'/>");
        await alice.SkipToAsync("<presence type='subscribe' from='bob@localhost' to='alice@localhost'/>");
        await alice.SendAsync("<presence type='subscribed' to='bob@localhost'/>");
        await alice.ExpectNothingAsync();
    }

    private static async Task AskRosterAsync(ScriptedClient client, string items)
    {
        await client.SendAsync("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>");
        await client.ExpectAsync($"<iq type='result' id='roster' to='{client.Jid}'><query xmlns='jabber:iq:roster'>{items}</query></iq>");
    }

    private static string Push(string user, string item, string resource = "r") =>
        $"<iq type='set' id='*' from='{user}@localhost' to='{user}@localhost/{resource}'><query xmlns='jabber:iq:roster'>{item}</query></iq>";
}
