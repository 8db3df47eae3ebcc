using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Commands;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Forms;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Hosting;
using Ferry.Server.Index;
using Ferry.Server.LocalXmpp;
using Ferry.Testing.XmppScripts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Server.Tests.Index;

/// <summary>The index as clients meet it, at <c>files.localhost</c> of the embedded server.</summary>
public sealed class IndexServiceTests
{
    private const string Address = "files.localhost";

    [Fact]
    public async Task The_servers_list_has_it_and_it_says_what_it_can_do()
    {
        await using var server = await StartAsync();
        await using var bob = await server.LogInAsync("bob");
        DiscoItems.TryParse((await AskAsync(bob, IqType.Get, DiscoItems.Query(), "localhost")).Payload, out var items).ShouldBeTrue();
        items.Items.ShouldContain(item => item.Jid == Jid.Parse(Address));
        DiscoInfo.TryParse((await AskAsync(bob, IqType.Get, DiscoInfo.Query())).Payload, out var info).ShouldBeTrue();
        foreach (var feature in new[] { Namespaces.FileIndex, Namespaces.Search, Namespaces.ResultSets, Namespaces.Commands, Namespaces.FileSharing, Namespaces.FileTree }) info.Has(feature).ShouldBeTrue(feature);
    }

    [Fact]
    public async Task What_is_published_is_found_by_form_and_by_the_old_fields()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "holiday/beach.jpg", "report.pdf");
        var hit = (await SearchAsync(bob, "beach")).Hits.ShouldHaveSingleItem();
        (hit.Owner, hit.Node.ToString(), hit.File.Name).ShouldBe((Jid.Parse("alice@localhost"), "files/alice@localhost/docs/holiday/beach.jpg", "beach.jpg"));
        var old = (await AskAsync(bob, IqType.Set, new Element(Namespaces.Search, "query", new Element(Namespaces.Search, "nick", "report")))).Payload!;
        old.Child(Namespaces.Search, "item")!.Child(Namespaces.Search, "nick")!.Text.ShouldBe("report.pdf");
        (await AskAsync(bob, IqType.Get, new Element(Namespaces.Search, "query"))).Payload!.Child(Namespaces.DataForms, "x").ShouldNotBeNull();
        (await SearchAsync(bob, "nothing")).Hits.ShouldBeEmpty();
        (await AskAsync(bob, IqType.Set, new Element(Namespaces.Search, "query"))).Error!.Condition.ShouldBe(ErrorCondition.NotAcceptable);
        (await AskAsync(bob, IqType.Set, SearchRequest.Submit(new SearchQuery(), "report", new ResultSetQuery(501)))).Error!.Condition.ShouldBe(ErrorCondition.PolicyViolation);
        await AskAsync(alice, IqType.Set, new IndexWithdraw("docs").ToElement());
        (await SearchAsync(bob, "beach")).Hits.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gap_is_a_conflict_that_asks_for_everything()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await PublishAsync(alice, "docs", "a.txt");
        var refused = await AskAsync(alice, IqType.Set, new IndexPublish("docs", 5, PublishMode.Delta, 0, [FileOf("b.txt")], []).ToElement());
        IndexErrors.WantsResync(refused.Error).ShouldBeTrue();
    }

    // Whatever a stranger sends, the answer is the same, and nothing of it is kept.
    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Strangers_get_nothing(string type, string payload)
    {
        await using var server = await StartAsync(allow: "somewhere.example");
        await using var eve = await server.LogInAsync("eve");
        await eve.SendAsync($"<iq type='{type}' id='1' to='{Address}'>{payload}</iq>");
        await eve.ExpectAsync($"<iq type='error' id='1' from='{Address}' to='{eve.Jid}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");
    }

    public static TheoryData<string, string> Requests() => new()
    {
        { "set", new IndexPublish("docs", 1, PublishMode.Delta, 0, [], []).ToElement().ToString() },
        { "set", new IndexWithdraw(null).ToElement().ToString() },
        { "set", new IndexAccess(null, null, Visibility.Everybody, []).ToElement().ToString() },
        { "get", "<query xmlns='jabber:iq:search'/>" },
        { "set", "<query xmlns='jabber:iq:search'><nick>a</nick></query>" },
        { "get", DiscoItems.Query().ToString() },
        { "get", DiscoItems.Query("files").ToString() },
        { "get", DiscoInfo.Query("files").ToString() },
        { "get", DiscoInfo.Query(Namespaces.Commands).ToString() },
        { "get", FolderListing.Query("").ToString() },
        { "set", new CommandRequest("search", null, CommandAction.Execute, null).ToElement().ToString() },
        { "get", "<retrieve xmlns='http://jabber.org/protocol/files' node='files/a@b/s/n'/>" },
    };

    [Fact]
    public async Task A_strangers_message_is_refused_and_presence_is_ignored()
    {
        await using var server = await StartAsync(allow: "somewhere.example");
        await using var eve = await server.LogInAsync("eve");
        await eve.SendAsync($"<presence to='{Address}'/>");
        await eve.SendAsync($"<message type='chat' id='m' to='{Address}'><body>find a</body></message>");
        await eve.ExpectAsync($"<message type='error' id='m' from='{Address}' to='{eve.Jid}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></message>");
        await eve.ExpectNothingAsync();
    }

    [Fact]
    public async Task What_nobody_was_granted_nobody_finds_and_roster_groups_are_asked()
    {
        await using var server = await StartAsync(Visibility.Granted);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await using var eve = await server.LogInAsync("eve");
        await PublishAsync(alice, "docs", "secret.txt");
        (await SearchAsync(bob, "secret")).Hits.ShouldBeEmpty();
        (await SearchAsync(alice, "secret")).Hits.Count.ShouldBe(1);
        (await AskAsync(alice, IqType.Set, new IndexAccess("docs", null, null, [new IndexGrant.Group("Friends", [])]).ToElement())).Error.ShouldBeNull();
        (await SearchAsync(bob, "secret")).Hits.ShouldBeEmpty();
        await AskAsync(alice, IqType.Set, XmlPattern.Read("<query xmlns='jabber:iq:roster'><item jid='bob@localhost'><group>Friends</group></item></query>"), "alice@localhost");
        // A grant anew, so that what was worked out before is old.
        (await AskAsync(alice, IqType.Set, new IndexAccess("docs", null, null, [new IndexGrant.Group("Friends", [])]).ToElement())).Error.ShouldBeNull();
        (await SearchAsync(bob, "secret")).Hits.Count.ShouldBe(1);
        (await SearchAsync(eve, "secret")).Hits.ShouldBeEmpty();
    }

    [Fact]
    public async Task Presence_says_who_is_there_also_when_it_ends_without_a_word()
    {
        await using var server = await StartAsync();
        await using var bob = await server.LogInAsync("bob");
        var alice = await server.LogInAsync("alice");
        await PublishAsync(alice, "docs", "a.txt");
        await alice.SendAsync($"<presence to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost/r");
        await alice.SendAsync($"<presence type='unavailable' to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost");
        await alice.SendAsync($"<presence to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost/r");
        alice.Break();
        await alice.DisposeAsync();
        await OwnerBecomesAsync(bob, "alice@localhost");
    }

    [Fact]
    public async Task The_tree_is_walked_by_disco_and_by_folder_listings()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "folder/a.txt", "b.txt");
        (await NodesAsync(null)).ShouldBe(["files", Namespaces.Commands]);
        (await NodesAsync("files")).ShouldBe(["files/alice@localhost"]);
        (await NodesAsync("files/alice@localhost")).ShouldBe(["files/alice@localhost/docs"]);
        (await NodesAsync("files/alice@localhost/docs")).ShouldBe(["files/alice@localhost/docs/b.txt", "files/alice@localhost/docs/folder"]);
        (await NodesAsync("files/alice@localhost/docs/b.txt")).ShouldBeEmpty();
        (await NodesAsync(Namespaces.Commands)).ShouldBe(["search", "browse", "send-me", "my-shares", "grant"]);
        (await AskAsync(bob, IqType.Get, DiscoItems.Query("files/alice@localhost/docs/none"))).Error!.Condition.ShouldBe(ErrorCondition.ItemNotFound);
        (await InfoAsync("files/alice@localhost/docs/folder")).IsOf("filesys", "directory").ShouldBeTrue();
        var file = await InfoAsync("files/alice@localhost/docs/b.txt");
        file.IsOf("filesys", "file").ShouldBeTrue();
        var form = file.Forms.ShouldHaveSingleItem();
        (form.FormType, form.Value("size"), form.Value("mime-type")).ShouldBe((Namespaces.FileTree, "5", "text/plain"));
        (await InfoAsync("search")).IsOf("automation", "command-node").ShouldBeTrue();

        FolderListing.TryParse((await AskAsync(bob, IqType.Get, FolderListing.Query(null))).Payload, out var root).ShouldBeTrue();
        (root.Folders.Single(), root.Files.Count).ShouldBe(("alice@localhost", 0));
        FolderListing.TryParse((await AskAsync(bob, IqType.Get, FolderListing.Query("alice@localhost/docs", new ResultSetQuery(1)))).Payload, out var page).ShouldBeTrue();
        (page.Files.Single().Name, page.Page!.Last).ShouldBe(("b.txt", "f:b.txt"));

        async Task<List<string>> NodesAsync(string? node)
        {
            DiscoItems.TryParse((await AskAsync(bob, IqType.Get, DiscoItems.Query(node))).Payload, out var items).ShouldBeTrue();
            return [.. items.Items.Select(item => item.Node!)];
        }

        async Task<DiscoInfo> InfoAsync(string node)
        {
            DiscoInfo.TryParse((await AskAsync(bob, IqType.Get, DiscoInfo.Query(node))).Payload, out var info).ShouldBeTrue();
            return info;
        }
    }

    [Fact]
    public async Task Commands_search_and_browse_and_say_what_one_shares()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await PublishAsync(alice, "docs", "folder/a.txt", "b.txt");
        var first = await StepAsync(alice, new CommandRequest("search", null, CommandAction.Execute, null));
        (first.Status, first.Form!.Type).ShouldBe((CommandStatus.Executing, "form"));
        var done = await StepAsync(alice, new CommandRequest("search", first.SessionId, CommandAction.Complete, Filled(("x-name", "txt"))));
        (done.Status, done.Form!.Items.Count).ShouldBe((CommandStatus.Completed, 2));
        (await AskAsync(alice, IqType.Set, new CommandRequest("search", first.SessionId, CommandAction.Complete, Filled(("x-name", "txt"))).ToElement())).Error!.Application!.Name.ShouldBe("bad-sessionid");
        (await AskAsync(alice, IqType.Set, new CommandRequest("search", null, CommandAction.Execute, Filled()).ToElement())).Error!.Condition.ShouldBe(ErrorCondition.NotAcceptable);
        (await StepAsync(alice, new CommandRequest("browse", null, CommandAction.Execute, Filled(("place", "alice@localhost/docs"))))).Form!.Items.Count.ShouldBe(2);
        (await StepAsync(alice, new CommandRequest("my-shares", null, CommandAction.Execute, null))).Form!.Items.ShouldHaveSingleItem().Select(cell => cell.Values[0]).ShouldBe(["docs", "2", ""]);
        var again = await StepAsync(alice, new CommandRequest("browse", null, CommandAction.Execute, null));
        (await StepAsync(alice, new CommandRequest("browse", again.SessionId, CommandAction.Cancel, null))).Status.ShouldBe(CommandStatus.Canceled);
        (await AskAsync(alice, IqType.Set, new CommandRequest("nothing", null, CommandAction.Execute, null).ToElement())).Error!.Condition.ShouldBe(ErrorCondition.ItemNotFound);
    }

    [Fact]
    public async Task The_command_grant_says_who_finds_it()
    {
        await using var server = await StartAsync(Visibility.Granted);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "a.txt");
        (await StepAsync(alice, new CommandRequest("grant", null, CommandAction.Execute, Filled(("share", "docs"), ("jids", "bob@localhost"))))).Status.ShouldBe(CommandStatus.Completed);
        (await SearchAsync(bob, "txt")).Hits.Count.ShouldBe(1);
        (await StepAsync(alice, new CommandRequest("grant", null, CommandAction.Execute, Filled(("share", "docs"))))).Status.ShouldBe(CommandStatus.Completed);
        (await SearchAsync(bob, "txt")).Hits.ShouldBeEmpty();
        (await AskAsync(alice, IqType.Set, new CommandRequest("grant", null, CommandAction.Execute, Filled(("jids", "@"))).ToElement())).Error!.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Theory]
    [InlineData("command")]
    [InlineData("retrieve")]
    [InlineData("chat")]
    public async Task The_owner_is_asked_to_send(string way)
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "a.txt");
        await SendAsync();
        await bob.SkipToAsync(way == "chat"
            ? $"<message type='chat' from='{Address}' to='{bob.Jid}'><body>That can't be done now: its owner is not online.</body></message>"
            : $"<iq type='error' id='1' from='{Address}' to='{bob.Jid}'><error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");

        await alice.SendAsync($"<presence to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost/r");
        await SendAsync();
        var order = await alice.ExpectAsync($"<iq type='set' id='*' from='{Address}' to='{alice.Jid}'>...</iq>");
        IndexDeliver.TryParse(order.FirstChild!, out var deliver, out _).ShouldBeTrue();
        (deliver.Share, deliver.Path, deliver.To, deliver.Retrieve).ShouldBe(("docs", "a.txt", bob.Jid, way == "retrieve"));
        await alice.SendAsync($"<iq type='result' id='{order.Attribute("id")}' to='{Address}'/>");
        await bob.SkipToAsync(way == "chat" ? $"<message type='chat' from='{Address}' to='{bob.Jid}'><body>*</body></message>" : $"<iq type='result' id='1' from='{Address}' to='{bob.Jid}'>...</iq>");

        Task SendAsync() => way switch
        {
            "command" => bob.SendAsync(new Iq(IqType.Set, "1", null, Jid.Parse(Address), new CommandRequest("send-me", null, CommandAction.Execute, Filled(("place", "files/alice@localhost/docs/a.txt"))).ToElement()).ToElement()),
            "retrieve" => bob.SendAsync(new Iq(IqType.Get, "1", null, Jid.Parse(Address), new FileRetrieve(new FileNode(Jid.Parse("alice@localhost"), "docs/a.txt")).ToElement()).ToElement()),
            _ => bob.SendAsync($"<message type='chat' to='{Address}'><body>get alice@localhost/docs/a.txt</body></message>"),
        };
    }

    [Fact]
    public async Task An_owner_may_say_no()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "a.txt");
        await alice.SendAsync($"<presence to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost/r");
        await bob.SendAsync(new Iq(IqType.Get, "1", null, Jid.Parse(Address), new FileRetrieve(new FileNode(Jid.Parse("alice@localhost"), "docs/a.txt")).ToElement()).ToElement());
        var order = await alice.ExpectAsync($"<iq type='set' id='*' from='{Address}' to='{alice.Jid}'>...</iq>");
        await alice.SendAsync($"<iq type='error' id='{order.Attribute("id")}' to='{Address}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        await bob.SkipToAsync($"<iq type='error' id='1' from='{Address}' to='{bob.Jid}'><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");
    }

    [Fact]
    public async Task Chat_finds_with_links_that_clients_open()
    {
        await using var server = await StartAsync();
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PublishAsync(alice, "docs", "holiday.txt");
        await alice.SendAsync($"<presence to='{Address}'/>");
        await OwnerBecomesAsync(bob, "alice@localhost/r");
        await bob.SendAsync($"<message type='chat' to='{Address}'><thread>t</thread><body>find holi*</body></message>");
        var answer = await bob.NextElementAsync();
        (answer.Attribute("type"), answer.Child(Namespaces.Client, "thread")!.Text).ShouldBe(("chat", "t"));
        var body = answer.Child(Namespaces.Client, "body")!.Text;
        body.ShouldContain("holiday.txt (5 B, online)");
        body.ShouldContain("xmpp:alice@localhost/r?jingle-ft");
        var sharing = answer.Child(Namespaces.References, "reference")!.Child(Namespaces.MediaSharing, "media-sharing")!;
        sharing.Child(Namespaces.MediaSharing, "sources")!.FirstChild!.Attribute("uri").ShouldBe("xmpp:alice@localhost/r?jingle-ft");
        foreach (var (said, word) in new[] { ("help", "find"), ("what?", "help"), ("find", "Say what to find"), ("ls", "alice@localhost/"), ("ls alice@localhost/docs", "holiday.txt"), ("shares", "nothing"), ("find nothing", "Nothing") })
        {
            await bob.SendAsync($"<message type='chat' to='{Address}'><body>{said}</body></message>");
            (await bob.NextElementAsync()).Child(Namespaces.Client, "body")!.Text.ShouldContain(word);
        }

        await bob.SendAsync($"<message type='chat' to='{Address}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
        await bob.ExpectNothingAsync();
    }

    // Clients that were there before a restart are asked; who is gone no longer counts as there.
    [Fact]
    public async Task After_a_restart_only_who_says_so_is_there()
    {
        var folder = Directory.CreateTempSubdirectory("ferry-index-").FullName;
        var options = new IndexOptions { Database = Path.Combine(folder, "index.db"), Allow = new IndexAudience([Jid.Parse("localhost")], false), Visibility = Visibility.Everybody };
        await using (var server = await TestServer.StartAsync(Quick, ["alice"], _ => options))
        {
            await using var alice = await server.LogInAsync("alice");
            await PublishAsync(alice, "docs", "a.txt");
            await alice.SendAsync($"<presence to='{Address}'/>");
            await OwnerBecomesAsync(alice, "alice@localhost/r");
        }

        await using (var server = await TestServer.StartAsync(Quick, ["bob"], _ => options))
        {
            await using var bob = await server.LogInAsync("bob");
            await OwnerBecomesAsync(bob, "alice@localhost");
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_database_that_cannot_be_used_is_said_by_its_name()
    {
        var folder = Directory.CreateTempSubdirectory("ferry-index-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "index.db"), new string('x', 5000));
        var options = new LocalServerOptions { DataFolder = folder, Listen = [new(System.Net.IPAddress.Loopback, 0)], Index = IndexOptions.Embedded(Jid.Parse("localhost"), folder) };
        (await Should.ThrowAsync<Ferry.Server.Storage.StoreException>(() => LocalServer.StartAsync(options, NullLogger.Instance, TimeProvider.System, default))).Message.ShouldContain("index.db");
        Directory.Delete(folder, recursive: true);
    }

    private static readonly LocalServerLimits Quick = new() { LoginDelay = TimeSpan.Zero };

    private static Task<TestServer> StartAsync(Visibility visibility = Visibility.Everybody, string allow = "localhost") => TestServer.StartAsync(
        Quick, ["alice", "bob", "eve"], folder => IndexOptions.Embedded(Jid.Parse(allow), folder) with { Visibility = visibility });

    private static IndexedFile FileOf(string path) =>
        new(path, new FileMetadata(IndexPaths.NameOf(path), 5, "text/plain") { Hashes = [FileHash.Sha256(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))))] });

    private static async Task PublishAsync(ScriptedClient owner, string share, params string[] paths) =>
        IndexPublished.TryParse((await AskAsync(owner, IqType.Set, new IndexPublish(share, 1, PublishMode.Delta, 0, [.. paths.Select(FileOf)], []).ToElement())).Payload, out _).ShouldBeTrue();

    private static async Task<SearchAnswer> SearchAsync(ScriptedClient asker, string words)
    {
        SearchAnswer.TryParse((await AskAsync(asker, IqType.Set, SearchRequest.Submit(new SearchQuery(), words, null))).Payload, out var answer).ShouldBeTrue();
        return answer;
    }

    // Presence goes its own way: nothing says when it has arrived.
    private static async Task OwnerBecomesAsync(ScriptedClient asker, string owner)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await SearchAsync(asker, "txt")).Hits[0].Owner.ToString() != owner) limit.IsCancellationRequested.ShouldBeFalse(owner);
    }

    private static async Task<CommandAnswer> StepAsync(ScriptedClient user, CommandRequest step)
    {
        var answer = await AskAsync(user, IqType.Set, step.ToElement());
        CommandAnswer.TryParse(answer.Payload, out var read).ShouldBeTrue(answer.Error?.ToString() ?? "");
        return read;
    }

    private static DataForm Filled(params (string Name, string Value)[] fields) => new("submit", [.. fields.Select(field => DataFormField.OfValues(field.Name, null, field.Value))]);

    private static async Task<Iq> AskAsync(ScriptedClient client, IqType type, Element payload, string to = Address)
    {
        var id = Guid.NewGuid().ToString("N");
        await client.SendAsync(new Iq(type, id, null, Jid.Parse(to), payload).ToElement());
        Iq.TryParse(await client.SkipToAsync($"<iq id='{id}' type='*'>...</iq>"), out var answer).ShouldBeTrue();
        return answer;
    }
}
