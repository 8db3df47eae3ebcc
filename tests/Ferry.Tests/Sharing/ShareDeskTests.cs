using System.Globalization;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Requests;
using Ferry.Sharing;
using Ferry.Testing;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing;

/// <summary>What a client that shares answers, and to whom. Each rule has its refusal.</summary>
public sealed class ShareDeskTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private SharedFolders? _shared;
    private Harbour? _harbour;

    public async ValueTask DisposeAsync()
    {
        if (_harbour is not null) await _harbour.DisposeAsync();
        if (_shared is not null) await _shared.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("bob@localhost", "bob", true)]
    [InlineData("bob@localhost", "eve", false)]
    [InlineData("localhost", "eve", true)]
    [InlineData("sub.localhost", "eve", false)]
    [InlineData("host", "eve", false)]
    [InlineData("group:friends", "bob", true)]
    [InlineData("group:friends", "eve", false)]
    [InlineData("group:Friends", "bob", false)]
    [InlineData(null, "alice", true)]
    [InlineData(null, "bob", false)]
    public async Task Only_those_whom_a_rule_names_list_and_have_files(string? rule, string asker, bool allowed)
    {
        Write("a/x.txt", "one");
        var alice = await ShareAsync(rule is null ? [] : [rule]);
        await BefriendAsync(alice);
        var other = await _harbour!.JoinAsync(asker, "asks");

        var answer = await ListAsync(other, alice.Jid, "docs/a");
        if (allowed) answer.ShouldContain("x.txt");
        else answer.ShouldContain("service-unavailable");

        await using var file = await alice.Requests!.OpenAsync(new FileRequest(Jid.Parse($"{asker}@localhost/asks"), "docs/a/x.txt", []), CancellationToken.None);
        (file is not null).ShouldBe(allowed);
        alice.Requests.MayAsk(Jid.Parse($"{asker}@localhost/asks")).ShouldBe(allowed);
    }

    [Fact]
    public async Task Whoever_leaves_a_group_has_nothing_any_more()
    {
        Write("x.txt", "one");
        var alice = await ShareAsync(["group:friends"]);
        await BefriendAsync(alice);
        var bob = Jid.Parse("bob@localhost/r");
        alice.Requests!.MayAsk(bob).ShouldBeTrue();
        var editor = await _harbour!.JoinAsync("alice", "editor");
        await editor.SendAsync("<iq type='set' id='r2'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'/></query></iq>");

        await Eventually.HoldsAsync(() => !alice.Requests.MayAsk(bob), "bob may not ask any more");
    }

    [Fact]
    public async Task A_stranger_is_answered_as_by_a_client_that_shares_nothing()
    {
        Write("x.txt", "one");
        var alice = await ShareAsync(["bob@localhost"]);
        var plain = await _harbour!.ConnectAsync("carol", options => options with { AcceptFrom = PeerPolicy.Nobody });
        var eve = await _harbour.JoinAsync("eve", "asks");

        var shares = await ListAsync(eve, alice.Jid, "docs");
        var nothing = await ListAsync(eve, plain.Jid, "docs");
        shares.Replace("alice@localhost", "?", StringComparison.Ordinal).Replace(alice.Jid.Resource!, "", StringComparison.Ordinal)
            .ShouldBe(nothing.Replace("carol@localhost", "?", StringComparison.Ordinal).Replace(plain.Jid.Resource!, "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("docs/../docs/x.txt")]
    [InlineData("../docs/x.txt")]
    [InlineData("docs/./x.txt")]
    [InlineData("/docs/x.txt")]
    [InlineData("docs//x.txt")]
    [InlineData("docs/x.txt/")]
    [InlineData("docs/X.TXT")]
    [InlineData("DOCS/x.txt")]
    [InlineData("docs\\x.txt")]
    [InlineData("docs/.hidden")]
    [InlineData("docs/.y.ferry-part")]
    [InlineData(".hidden")]
    [InlineData("docs")]
    [InlineData("docs/folder")]
    [InlineData("docs/link")]
    [InlineData("")]
    public async Task Paths_that_are_none_of_the_shared_files_open_nothing(string path)
    {
        Write("x.txt", "one");
        Write(".hidden", "h");
        Write(".y.ferry-part", "p");
        Write("folder/z", "z");
        File.CreateSymbolicLink(_folder["link"], _folder["x.txt"]);
        var alice = await ShareAsync(["bob@localhost"]);

        (await OpenAsync(alice, path)).ShouldBeNull();
        await using var there = await OpenAsync(alice, "docs/x.txt");
        there.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_composed_path_finds_a_name_that_the_disk_has_decomposed()
    {
        Write("e\u0301te\u0301.txt", "summer");
        var alice = await ShareAsync(["bob@localhost"]);

        await using var file = await OpenAsync(alice, "docs/\u00e9t\u00e9.txt");
        file.ShouldNotBeNull().Name.ShouldBe("\u00e9t\u00e9.txt");
        (await OpenAsync(alice, "docs/e\u0301te\u0301.txt")).ShouldBeNull();
    }

    [Fact]
    public async Task A_file_is_found_by_its_hash_and_by_path_and_hash_together_only_if_they_agree()
    {
        Write("a", "one");
        Write("b", "two");
        var alice = await ShareAsync(["bob@localhost"]);
        var one = FileHash.Sha256("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
        await Eventually.HoldsAsync(() => _shared!.Catalogue.FindByHash(one.Hex) is not null, "the hash is known");

        await using var byHash = await alice.Requests!.OpenAsync(new FileRequest(Jid.Parse("bob@localhost/r"), null, [one]), CancellationToken.None);
        byHash.ShouldNotBeNull().Path.ShouldBe("docs/a");
        byHash.Sha256.ShouldBe(one.Hex);
        await using var both = await alice.Requests.OpenAsync(new FileRequest(Jid.Parse("bob@localhost/r"), "docs/a", [one]), CancellationToken.None);
        both.ShouldNotBeNull();
        (await alice.Requests.OpenAsync(new FileRequest(Jid.Parse("bob@localhost/r"), "docs/b", [one]), CancellationToken.None)).ShouldBeNull();
        (await alice.Requests.OpenAsync(new FileRequest(Jid.Parse("bob@localhost/r"), "docs/a", [new FileHash("md5", new string('0', 32))]), CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_opened_is_the_file_and_who_hands_it_out_is_heard()
    {
        Write("a", "one");
        var served = new List<ServedFile>();
        var alice = await ShareAsync(["bob@localhost"], served.Add);

        await using var file = (await OpenAsync(alice, "a"))!;
        using var reader = new StreamReader(file.File.Stream, Encoding.UTF8, leaveOpen: true);
        (await reader.ReadToEndAsync(CancellationToken.None)).ShouldBe("one");
        var end = new Outcome { Transfer = "t", Peer = Jid.Parse("bob@localhost/r"), Name = "a", Offer = "jabberfs" };
        file.Began!("t", "jabberfs");
        file.Ended!(end);
        served.ShouldBe([new ServedFile("t", Jid.Parse("bob@localhost/r"), "docs/a", 3, "jabberfs"), new ServedFile("t", Jid.Parse("bob@localhost/r"), "docs/a", 3, "jabberfs", end)]);
    }

    [Fact]
    public async Task The_root_lists_the_shares_and_folders_are_paged()
    {
        for (var i = 0; i < 130; i++) Write($"many/{i.ToString("000", CultureInfo.InvariantCulture)}.txt", "x");
        Write("many/inner/deep", "d");
        var alice = await ShareAsync(["bob@localhost"]);
        var bob = await _harbour!.JoinAsync("bob", "asks");

        var root = await ListAsync(bob, alice.Jid, null);
        root.ShouldContain("<directory name='docs'/>");
        root.ShouldNotContain("file");
        var first = await ListAsync(bob, alice.Jid, "docs/many");
        first.ShouldContain("<directory name='inner'/>");
        first.ShouldContain("050.txt");
        first.ShouldNotContain("100.txt");
        first.ShouldNotContain("deep");
        first.ShouldContain("<count>131</count>");
        var last = Between(first, "<last>", "</last>");
        var second = await ListAsync(bob, alice.Jid, "docs/many", $"<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>{last}</after></set>");
        second.ShouldNotContain(last + "<");
        System.Text.RegularExpressions.Regex.Count(second, "<name>").ShouldBe(10);
        (await ListAsync(bob, alice.Jid, "docs/none")).ShouldContain("item-not-found");
        (await ListAsync(bob, alice.Jid, "docs/../docs")).ShouldContain("item-not-found");
    }

    [Fact]
    public async Task Pages_go_backwards_and_what_does_not_fit_is_left_out_at_the_far_end()
    {
        var name = new string('n', 200);
        for (var i = 0; i < 60; i++) Write($"many/{name}{i.ToString("00", CultureInfo.InvariantCulture)}", "x");
        Write("many/a/deep", "d");
        var alice = await ShareAsync(["bob@localhost"]);
        var bob = await _harbour!.JoinAsync("bob", "asks");

        var all = new List<string>();
        var before = "";
        for (var pages = 0; pages < 10; pages++)
        {
            var page = await ListAsync(bob, alice.Jid, "docs/many", $"<set xmlns='http://jabber.org/protocol/rsm'><before>{before}</before></set>");
            var items = System.Text.RegularExpressions.Regex.Matches(page, "(?<=<directory name='|<name>)[^'<]*").Select(match => match.Value).ToList();
            if (items.Count == 0) break;
            items.Count.ShouldBeInRange(2, 50); // 40 KB
            all.InsertRange(0, items);
            before = System.Text.RegularExpressions.Regex.Match(page, "<first[^>]*>([^<]*)</first>").Groups[1].Value;
        }

        all.ShouldBe(["a", .. Enumerable.Range(0, 60).Select(i => name + i.ToString("00", CultureInfo.InvariantCulture))]);
    }

    [Fact]
    public async Task Who_lists_too_often_is_put_off_and_others_are_not()
    {
        Write("x.txt", "one");
        var alice = await ShareAsync(["bob@localhost", "eve@localhost"]);
        var bob = await _harbour!.JoinAsync("bob", "asks");
        var eve = await _harbour.JoinAsync("eve", "asks");
        for (var i = 0; i < RequestRate.Listings; i++) (await ListAsync(bob, alice.Jid, "docs")).ShouldContain("x.txt");
        (await ListAsync(bob, alice.Jid, "docs")).ShouldContain("resource-constraint");
        (await ListAsync(eve, alice.Jid, "docs")).ShouldContain("x.txt");
    }

    private static string Between(string text, string from, string to) =>
        text[(text.IndexOf(from, StringComparison.Ordinal) + from.Length)..text.IndexOf(to, StringComparison.Ordinal)];

    private static async Task<string> ListAsync(ScriptedClient asker, Jid owner, string? node, string page = "")
    {
        var where = node is null ? "" : $" node='{node}'";
        var id = Guid.NewGuid().ToString("N");
        await asker.SendAsync($"<iq type='get' id='{id}' to='{owner}'><query xmlns='urn:xmpp:fis:0'{where}>{page}</query></iq>");
        while (true)
        {
            var element = await asker.NextElementAsync();
            if (element.Name == "iq" && element.Attribute("id") == id) return element.ToString().Replace(id, "", StringComparison.Ordinal);
        }
    }

    private static Task<RequestedFile?> OpenAsync(FerryClient owner, string path) =>
        owner.Requests!.OpenAsync(new FileRequest(Jid.Parse("bob@localhost/r"), path, []), CancellationToken.None);

    // Bob is a friend.
    private async Task BefriendAsync(FerryClient alice)
    {
        var editor = await _harbour!.JoinAsync("alice", "befriends");
        await editor.SendAsync("<iq type='set' id='r1'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'><group>friends</group></item></query></iq>");
        await Eventually.HoldsAsync(() => alice.KnowsInGroup("bob@localhost", "friends"), "the roster has bob");
    }

    private async Task<FerryClient> ShareAsync(string[] rules, Action<ServedFile>? served = null)
    {
        _harbour = await Harbour.OpenAsync("alice", "bob", "carol", "eve");
        _shared = await SharedFolders.OpenAsync(
            new ShareOptions
            {
                Folders = [new SharedFolder(_folder.Path, "docs")],
                Allow = [.. rules.Select(rule => ShareRule.TryParse(rule, out var read) ? read : throw new ArgumentException(rule))],
                QuietTime = TimeSpan.FromMilliseconds(10),
                Served = served is null ? null : new Listener(served),
            },
            CancellationToken.None);
        return await _harbour.ConnectAsync("alice", options => options with { Shared = _shared, AcceptFrom = PeerPolicy.Nobody });
    }

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], content);
    }

    private sealed class Listener(Action<ServedFile> heard) : IProgress<ServedFile>
    {
        public void Report(ServedFile value) => heard(value);
    }
}
