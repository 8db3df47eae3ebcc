using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Sharing;
using Ferry.Testing;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing;

public sealed class IndexPublishingTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeIndex _index = new();
    private readonly ConcurrentQueue<ShareStatus> _heard = new();
    private SharedFolders? _shared;
    private Harbour? _harbour;

    public async ValueTask DisposeAsync()
    {
        if (_harbour is not null) await _harbour.DisposeAsync();
        if (_shared is not null) await _shared.DisposeAsync();
        await _index.Entity.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Rules_come_before_the_first_file_and_the_index_equals_the_folder()
    {
        for (var i = 0; i < 300; i++) Write($"{i % 7}/{i}.txt", $"{i}");
        await ShareAsync("bob@localhost", "example.org", "group:friends");

        await EqualAsync();
        _index.Heard.First().ShouldBe("access");
        var rules = _index.Access["docs"];
        rules.Visibility.ShouldBe(Visibility.Granted);
        rules.Grants.ShouldBe([new IndexGrant.Account(Jid.Parse("bob@localhost")), new IndexGrant.Domain(Jid.Parse("example.org")), new IndexGrant.Group("friends", [])]);
        _index.Visibilities.First().ShouldBe(Visibility.Granted);
        _index.Visibilities.ShouldNotContain(Visibility.Everybody);
        await Eventually.HoldsAsync(() => _heard.Any(status => status.Kind == ShareStatusKind.Published && status.Files == 300), "it is told that all is published");
    }

    [Fact]
    public async Task Hashes_types_and_sizes_are_published()
    {
        Write("a.pdf", "one");
        await ShareAsync();

        await Eventually.HoldsAsync(() => _index.Find("docs", "a.pdf")?.File.Hashes.Count == 1, "the hash is there");
        var file = _index.Find("docs", "a.pdf")!.File;
        file.Size.ShouldBe(3);
        file.MediaType.ShouldBe("application/pdf");
        file.Hashes[0].Hex.ShouldBe("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    }

    [Fact]
    public async Task Renames_deletions_and_new_files_follow()
    {
        Write("stays", "s");
        Write("a/one", "1");
        await ShareAsync();
        await EqualAsync();

        Directory.Move(_folder["a"], _folder["b"]);
        Write("new", "n");
        File.Delete(_folder["stays"]);
        await EqualAsync("b/one", "new");
    }

    [Fact]
    public async Task An_index_that_lost_its_way_is_told_everything_again()
    {
        Write("one", "1");
        await ShareAsync();
        await EqualAsync();
        _index.Forget();
        var asked = true;
        _index.Judge = part => part.Mode == PublishMode.Delta && asked && !(asked = false) ? IndexErrors.Gap : null;
        Write("two", "2");

        await EqualAsync("one", "two");
    }

    [Fact]
    public async Task An_index_that_asks_is_answered_and_told_everything_again()
    {
        Write("one", "1");
        var alice = await ShareAsync();
        await EqualAsync();
        _index.Forget();
        (await _index.AskAsync(alice.Jid, new IndexResync().ToElement())).IsResult.ShouldBeTrue();

        await EqualAsync();
    }

    [Fact]
    public async Task After_a_new_log_in_everything_is_published_again()
    {
        Write("one", "1");
        var alice = await ShareAsync();
        await EqualAsync();
        _index.Forget();
        _index.Heard.Clear();

        await _harbour!.RestartServerAsync(_index.Attachable());
        await Eventually.HoldsAsync(() => alice.Connection == ConnectionState.Online && _index.Paths("docs").Length == 1, "it is published again");
        _index.Heard.First().ShouldBe("access");
    }

    [Fact]
    public async Task The_end_takes_everything_out_of_the_index()
    {
        Write("one", "1");
        var alice = await ShareAsync();
        await EqualAsync();
        await alice.DisposeAsync();

        _index.Paths("docs").ShouldBeEmpty();
        _index.Heard.Last().ShouldBe("withdraw");
    }

    [Fact]
    public async Task A_group_that_changes_is_told()
    {
        Write("one", "1");
        await ShareAsync("group:friends");
        await EqualAsync();
        var editor = await _harbour!.JoinAsync("alice", "editor");
        await editor.SendAsync("<iq type='set' id='r1'><query xmlns='jabber:iq:roster'><item jid='bob@localhost'><group>friends</group></item></query></iq>");

        await Eventually.HoldsAsync(() => _index.Access["docs"].Grants is [IndexGrant.Group { Members: [var bob] }] && bob == Jid.Parse("bob@localhost"), "bob is told of");
    }

    [Fact]
    public async Task A_refusal_is_told_and_nothing_is_published_meanwhile()
    {
        Write("one", "1");
        _index.Judge = _ => IndexErrors.Stranger;
        await ShareAsync();

        await Eventually.HoldsAsync(() => _heard.Any(status => status.Kind == ShareStatusKind.Refused && status.Problem!.Contains("files.localhost", StringComparison.Ordinal)), "the refusal is told");
        Write("two", "2");
        await Eventually.HoldsAsync(() => _shared!.Count == 2, "the file is shared all the same");
        _index.Heard.Count(what => what == "publish").ShouldBe(1);
    }

    [Fact]
    public async Task Without_an_index_sharing_works_and_says_so()
    {
        Write("one", "1");
        await ShareAsync(withIndex: false);

        await Eventually.HoldsAsync(() => _heard.Any(status => status.Kind == ShareStatusKind.NoIndex), "it is told");
    }

    [Fact]
    public async Task The_index_has_a_file_delivered_to_those_who_may_have_it_and_to_nobody_else()
    {
        Write("a/one.txt", "1");
        var alice = await ShareAsync("bob@localhost");
        await EqualAsync();
        var bob = await _harbour!.ConnectAsync("bob");
        var eve = await _harbour.ConnectAsync("eve");

        (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "a/one.txt", eve.Jid).ToElement())).Error!.Condition.ShouldBe(ErrorCondition.ItemNotFound);
        (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "a/one.txt", bob.Jid).ToElement())).IsResult.ShouldBeTrue();
        var outcome = await _harbour.ReceiveAsync(bob);
        outcome.Succeeded.ShouldBeTrue(outcome.Failure?.Message);
        _harbour.Received.ShouldBe(["one.txt"]);
    }

    [Fact]
    public async Task Deliveries_are_bounded()
    {
        Write("one.txt", "1");
        var alice = await ShareAsync("bob@localhost");
        await EqualAsync();
        var bob = await _harbour!.ConnectAsync("bob");
        for (var i = 0; i < FerryClient.MaxDeliveries; i++) (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "one.txt", bob.Jid).ToElement())).IsResult.ShouldBeTrue();

        (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "one.txt", bob.Jid).ToElement())).Error!.Condition.ShouldBe(ErrorCondition.ResourceConstraint);
    }

    [Fact]
    public async Task Who_has_too_much_delivered_is_put_off()
    {
        Write("one.txt", "1");
        var alice = await ShareAsync("bob@localhost");
        await EqualAsync();
        var bob = Jid.Parse("bob@localhost/asks");
        // What is not there is looked for and comes to nothing.
        for (var i = 0; i < RequestRate.Files; i++)
        {
            IqReply reply;
            do reply = await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "none", bob).ToElement());
            while (reply.Error?.Text == "too many files are being offered");
            reply.IsResult.ShouldBeTrue();
        }

        (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "none", bob).ToElement())).Error!.Text.ShouldBe("asked for files too often");
    }

    [Fact]
    public async Task What_was_asked_for_as_of_old_is_offered_by_stream_initiation_with_its_name_as_the_id()
    {
        Write("a/one.txt", "1");
        var alice = await ShareAsync("bob@localhost");
        await EqualAsync();
        await using var bob = new Jingle.JinglePeer(await _harbour!.JoinAsync("bob"))
        {
            MoreFeatures = ["http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer"],
        };
        bob.Refuses["si"] = "<error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        (await _index.AskAsync(alice.Jid, new IndexDeliver(1, "docs", "a/one.txt", bob.Jid, Retrieve: true).ToElement())).IsResult.ShouldBeTrue();
        (await bob.NextAsync("si")).Attribute("id").ShouldBe("one.txt");
    }

    [Fact]
    public async Task Nobody_but_the_index_has_files_delivered()
    {
        Write("one.txt", "1");
        var alice = await ShareAsync("bob@localhost");
        await EqualAsync();
        var bob = await _harbour!.JoinAsync("bob", "asks");
        foreach (var payload in new[] { "<resync xmlns='urn:ferry:jabberfs:index:1'/>", "<deliver xmlns='urn:ferry:jabberfs:index:1' entry='1' share='docs' path='one.txt' to='bob@localhost/asks'/>" })
        {
            await bob.SendAsync($"<iq type='set' id='d' to='{alice.Jid}'>{payload}</iq>");
            var answer = await bob.NextElementAsync();
            while (answer.Name != "iq" || answer.Attribute("id") != "d") answer = await bob.NextElementAsync();
            answer.ToString().ShouldContain("service-unavailable");
        }
    }

    private Task EqualAsync() => EqualAsync([.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.Path, path))]);

    private async Task EqualAsync(params string[] paths)
    {
        var expected = string.Join(' ', paths.Order(StringComparer.Ordinal));
        await Eventually.HoldsAsync(() => string.Join(' ', _index.Paths("docs")) == expected, $"the index has {expected}");
    }

    private async Task<FerryClient> ShareAsync(params string[] rules) => await ShareAsync(withIndex: true, rules);

    private async Task<FerryClient> ShareAsync(bool withIndex, params string[] rules)
    {
        _harbour = await Harbour.OpenAsync(withIndex ? [_index.Entity] : [], "alice", "bob", "eve");
        _shared = await SharedFolders.OpenAsync(
            new ShareOptions
            {
                Folders = [new SharedFolder(_folder.Path, "docs")],
                Allow = [.. rules.Select(rule => ShareRule.TryParse(rule, out var read) ? read : throw new ArgumentException(rule))],
                QuietTime = TimeSpan.FromMilliseconds(10),
                Changes = new Listener(_heard),
            },
            CancellationToken.None);
        return await _harbour.ConnectAsync("alice", options => options with { Shared = _shared, AcceptFrom = PeerPolicy.Nobody });
    }

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], content);
    }

    private sealed class Listener(ConcurrentQueue<ShareStatus> heard) : IProgress<ShareStatus>
    {
        public void Report(ShareStatus value) => heard.Enqueue(value);
    }
}
