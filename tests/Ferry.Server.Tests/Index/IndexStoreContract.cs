using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Index;
using Ferry.Server.Index.Storage;
using Ferry.Server.Storage;
using Ferry.Testing.Time;

namespace Ferry.Server.Tests.Index;

/// <summary>What the index's store promises, whatever engine keeps it.</summary>
public abstract class IndexStoreContract : IAsyncLifetime
{
    private static readonly Jid Alice = Jid.Parse("alice@example.org");
    private static readonly Jid Bob = Jid.Parse("bob@example.org");
    private static readonly Jid Carol = Jid.Parse("carol@example.net");

    private readonly ManualTime _time = new();
    private string _where = "";
    private IndexDatabase _database = null!;
    private IndexOptions _options = null!;
    private IndexStore _store = null!;
    private IndexSearch _search = null!;

    public async ValueTask InitializeAsync()
    {
        _where = await MakePlaceAsync();
        await OpenAsync(options => options with { Visibility = Visibility.Everybody });
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await RemovePlaceAsync(_where);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_published_is_found_by_every_condition()
    {
        await PublishAsync(Alice, "docs", FileOf("2024/Holiday Report.pdf", 5_000_000, "application/pdf"), FileOf("music/Straße.mp3", 3000, "audio/mpeg"), FileOf("notes.txt", 10));
        await FoundAsync("holiday", "2024/Holiday Report.pdf");
        await FoundAsync("HOLIDAY report", "2024/Holiday Report.pdf");
        await FoundAsync("holi", "2024/Holiday Report.pdf");
        await FoundAsync("re*", "2024/Holiday Report.pdf");
        await FoundAsync("re", []);
        await FoundAsync("holiday notes", []);
        await FoundAsync("strasse", "music/Straße.mp3");
        await FoundAsync("music", "music/Straße.mp3");
        await FoundAsync("2024", "2024/Holiday Report.pdf");
        await FoundAsync("*lida*", "2024/Holiday Report.pdf");
        await FoundAsync("*day?rep*", "2024/Holiday Report.pdf");
        await FoundAsync("*.pdf", "2024/Holiday Report.pdf");
        await FoundAsync("hol*.pdf", "2024/Holiday Report.pdf");
        await FoundAsync("*.pd", []);
        await FoundAsync("holiday *s?rasse*", []);
        await FoundAsync("type:audio", "music/Straße.mp3");
        await FoundAsync("type:audio/mpeg", "music/Straße.mp3");
        await FoundAsync("size:>4MB", "2024/Holiday Report.pdf");
        await FoundAsync("size:>5000000", "2024/Holiday Report.pdf");
        await FoundAsync("size:>5000001", []);
        await FoundAsync("size:<10", "notes.txt");
        await FoundAsync("size:5-9", []);
        await FoundAsync("docs type:text size:<1kB", "notes.txt");
        await FoundAsync("hash:" + HashOf("notes.txt").Hex, "notes.txt");
        await FoundAsync("hash:" + new string('0', 64), []);
        await FoundAsync("owner:alice@example.org notes", "notes.txt");
        await FoundAsync("owner:bob@example.org notes", []);
        await FoundAsync("online:yes notes", []);
    }

    [Theory]
    [InlineData("it's")]
    [InlineData("\"quoted\" name")]
    [InlineData("100% sure_thing")]
    [InlineData("back'slash'' & | ! ( ) : *.txt")]
    [InlineData("ünïcødé 漢字 \U0001F600 emoji")]
    [InlineData("NOT AND OR NEAR")]
    public async Task Names_with_every_sign_are_found_by_words_and_parts(string name)
    {
        await PublishAsync(Alice, "docs", FileOf(name, 1));
        foreach (var word in SearchText.Words(name)) await FoundAsync(word, name);
        foreach (var part in name.Split('*', '?').Where(part => part.Length >= 3))
        {
            var pattern = new SearchQuery { Patterns = [new NamePattern("*" + part + "*")] };
            (await _search.SearchAsync(Bob, pattern, null, default)).Hits.Select(hit => hit.File.Name).ShouldBe([name], part);
        }
    }

    [Fact]
    public async Task A_file_keeps_all_that_was_said_of_it()
    {
        var file = FileOf("a/b.bin", 77, "application/x-thing", "some words");
        await PublishAsync(Alice, "docs", file);
        var hit = (await _search.FindAsync(Bob, new FileNode(Alice, "docs/a/b.bin"), default)).ShouldNotBeNull();
        hit.File.ToElement().ToString().ShouldBe(file.File.ToElement().ToString());
        (await _search.FindAsync(Bob, hit.Id, default))!.Node.ShouldBe(hit.Node);
        await FoundAsync("some", "a/b.bin");
    }

    [Fact]
    public async Task A_delta_changes_and_removes_and_a_repeated_one_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1), FileOf("b.txt", 2));
        var delta = new IndexPublish("docs", 2, PublishMode.Delta, 0, [FileOf("a.txt", 5), FileOf("c.txt", 3)], ["b.txt", "never there.txt"]);
        for (var i = 0; i < 2; i++)
        {
            var published = (await _store.PublishAsync(Alice, delta, default)).Published.ShouldNotBeNull();
            (published.Generation, published.Count).ShouldBe((2, 2));
        }

        await FoundAsync("txt", "a.txt", "c.txt");
        await FoundAsync("size:5", "a.txt");
        await FoundAsync("size:1", []);
        (await _store.SharesOfAsync(Alice, default)).ShouldHaveSingleItem().Files.ShouldBe(2);
    }

    [Fact]
    public async Task A_gap_asks_for_everything_and_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        foreach (var part in new[] { Delta(3, FileOf("x", 1)), new IndexPublish("docs", 2, PublishMode.Full, 1, [FileOf("x", 1)], []), new IndexPublish("other", 7, PublishMode.Delta, 0, [FileOf("x", 1)], []) })
        {
            IndexErrors.WantsResync((await _store.PublishAsync(Alice, part, default)).Error).ShouldBeTrue();
        }

        await FoundAsync("x", []);
        (await _store.PublishAsync(Alice, Delta(2, FileOf("x", 1)), default)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_full_series_leaves_what_it_named()
    {
        await PublishAsync(Alice, "docs", [.. Enumerable.Range(0, 50).Select(i => FileOf($"old {i}.txt", i))]);
        (await _store.PublishAsync(Alice, Full(10, 10, false, FileOf("old 1.txt", 1), FileOf("new.txt", 1)), default)).Error.ShouldBeNull();
        (await _store.PublishAsync(Alice, Full(11, 10, false, FileOf("old 2.txt", 99)), default)).Error.ShouldBeNull();
        await FoundAsync("old", 50);
        var published = (await _store.PublishAsync(Alice, Full(12, 10, true), default)).Published.ShouldNotBeNull();
        published.ShouldBe(new IndexPublished("docs", 12, 3));
        await FoundAsync("txt", "new.txt", "old 1.txt", "old 2.txt");
        (await _store.PublishAsync(Alice, Delta(13, FileOf("later.txt", 1)), default)).Error.ShouldBeNull();
        (await _store.PublishAsync(Alice, Full(14, 14, true, FileOf("only.txt", 1)), default)).Published!.Count.ShouldBe(1);
        await FoundAsync("txt", "only.txt");
    }

    [Fact]
    public async Task A_series_that_was_broken_off_is_begun_anew_with_any_generation()
    {
        (await _store.PublishAsync(Alice, Full(5, 5, false, FileOf("a.txt", 1)), default)).Error.ShouldBeNull();
        (await _store.PublishAsync(Alice, Full(6, 5, false, FileOf("b.txt", 1)), default)).Error.ShouldBeNull();
        // The owner lost its count.
        (await _store.PublishAsync(Alice, Full(1, 1, false, FileOf("c.txt", 1)), default)).Error.ShouldBeNull();
        (await _store.PublishAsync(Alice, Full(2, 1, true, FileOf("d.txt", 1)), default)).Error.ShouldBeNull();
        await FoundAsync("txt", "c.txt", "d.txt");
        (await _store.PublishAsync(Alice, Full(1, 1, true, FileOf("e.txt", 1)), default)).Error.ShouldBeNull();
        await FoundAsync("txt", "e.txt");
    }

    [Fact]
    public async Task A_withdrawn_share_is_gone_and_the_next_of_that_name_is_another()
    {
        await PublishAsync(Alice, "docs", [.. Enumerable.Range(0, 20).Select(i => FileOf($"a {i}.txt", i))]);
        await PublishAsync(Alice, "more", FileOf("b.txt", 1));
        await _store.WithdrawAsync(Alice, "docs", default);
        await FoundAsync("txt", "b.txt");
        (await _store.SharesOfAsync(Alice, default)).ShouldHaveSingleItem().Name.ShouldBe("more");
        await PublishAsync(Alice, "docs", FileOf("c.txt", 1));
        await FoundAsync("txt", "b.txt", "c.txt");
        await _store.WithdrawAsync(Alice, null, default);
        await FoundAsync("txt", []);
        await _store.WithdrawAsync(Alice, null, default);
    }

    // Everything that is granted, and everything that is not.
    [Theory]
    [InlineData("nothing", false, false)]
    [InlineData("account of share", true, false)]
    [InlineData("account of owner", true, false)]
    [InlineData("domain", false, true)]
    [InlineData("group", false, true)]
    [InlineData("roster group", true, false)]
    [InlineData("share for everybody", true, true)]
    [InlineData("owner for everybody", true, true)]
    [InlineData("file for everybody", true, true)]
    [InlineData("file for account", true, false)]
    public async Task Only_who_was_granted_something_finds_it(string grant, bool bob, bool carol)
    {
        await ReopenAsync(options => options with
        {
            Visibility = Visibility.Granted,
            RosterGroups = (asker, _) => Task.FromResult<IReadOnlyList<RosterGroup>>(asker == Bob ? [new RosterGroup(Alice, "Friends"), new RosterGroup(Carol, "Family")] : []),
        });
        await PublishAsync(Alice, "docs", FileOf("folder/secret.txt", 1));
        var access = grant switch
        {
            "account of share" => new IndexAccess("docs", null, null, [new IndexGrant.Account(Bob)]),
            "account of owner" => new IndexAccess(null, null, null, [new IndexGrant.Account(Bob)]),
            "domain" => new IndexAccess("docs", null, null, [new IndexGrant.Domain(Jid.Parse("example.net"))]),
            "group" => new IndexAccess("docs", null, null, [new IndexGrant.Group("Family", [Carol])]),
            "roster group" => new IndexAccess("docs", null, null, [new IndexGrant.Group("Friends", [])]),
            "share for everybody" => new IndexAccess("docs", null, Visibility.Everybody, []),
            "owner for everybody" => new IndexAccess(null, null, Visibility.Everybody, []),
            "file for everybody" => new IndexAccess("docs", "folder/secret.txt", Visibility.Everybody, []),
            "file for account" => new IndexAccess("docs", "folder/secret.txt", null, [new IndexGrant.Account(Bob)]),
            _ => null,
        };
        if (access is not null) (await _store.SetAccessAsync(Alice, access, default)).ShouldBeNull();
        await SeesAsync(Alice, true);
        await SeesAsync(Bob, bob);
        await SeesAsync(Carol, carol);
        await SeesAsync(Jid.Parse("dora@sub.example.net"), grant.EndsWith("everybody", StringComparison.Ordinal));

        // What was granted is taken back.
        if (access is not null) (await _store.SetAccessAsync(Alice, access with { Visibility = Visibility.Granted, Grants = [] }, default)).ShouldBeNull();
        await SeesAsync(Bob, false);
        await SeesAsync(Carol, false);

        async Task SeesAsync(Jid who, bool sees)
        {
            (await _search.SearchAsync(who, SearchWords.Parse("secret").Query!, null, default)).Hits.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            (await _search.SearchAsync(who, SearchWords.Parse("*ecre*").Query!, null, default)).Hits.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            (await _search.FindAsync(who, new FileNode(Alice, "docs/folder/secret.txt"), default) is not null).ShouldBe(sees, who.ToString());
            (await _search.FindAsync(who, 1L << 32 | 1, default) is not null).ShouldBe(sees, who.ToString());
            (await _search.ListAsync(who, FileNode.Root, null, default))!.Items.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            foreach (var path in new[] { null, "docs", "docs/folder" }) (await _search.ListAsync(who, new FileNode(Alice, path), null, default) is not null).ShouldBe(sees, $"{who} {path}");
        }
    }

    [Fact]
    public async Task A_file_with_a_rule_of_its_own_is_not_shown_with_its_share()
    {
        await PublishAsync(Alice, "docs", FileOf("open.txt", 1), FileOf("closed.txt", 1) with { Visibility = Visibility.Granted });
        await FoundAsync("txt", "open.txt");
        (await _search.SearchAsync(Alice, SearchWords.Parse("txt").Query!, null, default)).Hits.Count.ShouldBe(2);
        (await _search.ListAsync(Bob, new FileNode(Alice, "docs"), null, default))!.Items.Select(item => item.Name).ShouldBe(["open.txt"]);
        (await _store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", null, [new IndexGrant.Account(Bob)]), default)).ShouldBeNull();
        await FoundAsync("txt", "closed.txt", "open.txt");
    }

    // Everything is published again at each log-in, by clients that say nothing of it.
    [Fact]
    public async Task A_rule_of_a_file_outlives_that_it_is_published_again()
    {
        await PublishAsync(Alice, "docs", FileOf("closed.txt", 1), FileOf("open.txt", 1));
        (await _store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", Visibility.Granted, []), default)).ShouldBeNull();
        await FoundAsync("txt", "open.txt");
        foreach (var size in new[] { 1, 2 })
        {
            (await _store.PublishAsync(Alice, Full(10 + size, 10 + size, commits: true, FileOf("closed.txt", size), FileOf("open.txt", size)), default)).Error.ShouldBeNull();
            await FoundAsync("txt", "open.txt");
        }

        (await _store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", null, []), default)).ShouldBeNull();
        await FoundAsync("txt", "closed.txt", "open.txt");
    }

    // Above the count up to which all rows are compared, too.
    [Fact]
    public async Task Counts_do_not_tell_of_what_is_hidden()
    {
        var files = Enumerable.Range(0, IndexSearch.MaxCounted + 50).Select(i => FileOf($"secret {i}.txt", i) with { Visibility = i == 7 ? Visibility.Everybody : Visibility.Granted }).ToArray();
        await PublishAsync(Alice, "docs", files);
        foreach (var (who, seen) in new[] { (Bob, 1), (Alice, files.Length) })
        {
            var answer = await _search.SearchAsync(who, SearchWords.Parse("secret").Query!, new ResultSetQuery(10), default);
            (answer.Page!.Count, answer.Hits.Count).ShouldBe((seen, Math.Min(seen, 10)));
        }
    }

    [Fact]
    public async Task Rules_for_what_is_not_there_are_refused()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        (await _store.SetAccessAsync(Alice, new IndexAccess("docs", "b.txt", null, []), default))!.Condition.ShouldBe(ErrorCondition.ItemNotFound);
    }

    [Fact]
    public async Task Owners_who_are_there_come_first()
    {
        foreach (var owner in new[] { "a", "b", "c", "d" }) await PublishAsync(Jid.Parse(owner + "@example.org"), "s", FileOf("film 1.mkv", 1), FileOf("film 2.mkv", 1));
        (await _store.ArriveAsync(Jid.Parse("c@example.org/home"), default)).ShouldBeTrue();
        (await OwnersAsync("film")).ShouldBe(["c@example.org/home", "c@example.org/home", "a@example.org", "a@example.org", "b@example.org", "b@example.org", "d@example.org", "d@example.org"]);
        (await OwnersAsync("film online:yes")).ShouldBe(["c@example.org/home", "c@example.org/home"]);
        await _store.LeaveAsync(Jid.Parse("c@example.org/home"), default);
        (await OwnersAsync("film"))[0].ShouldBe("a@example.org");

        async Task<List<string>> OwnersAsync(string words) => [.. (await _search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Select(hit => hit.Owner.ToString())];
    }

    // XEP-0059, forwards and backwards, both below and above the count up to which everything is compared.
    [Theory]
    [InlineData(57)]
    [InlineData(650)]
    public async Task Pages_make_up_the_whole(int files)
    {
        await PublishAsync(Alice, "s", [.. Enumerable.Range(0, files / 2).Select(i => FileOf($"film {i}.mkv", i))]);
        await PublishAsync(Bob, "s", [.. Enumerable.Range(0, files - files / 2).Select(i => FileOf($"film {i}.mkv", i))]);
        await _store.ArriveAsync(Bob.WithResource("r"), default);
        var query = SearchWords.Parse("film").Query!;
        var forwards = new List<long>();
        for (string? after = null; ;)
        {
            var answer = await _search.SearchAsync(Carol, query, new ResultSetQuery(10, after), default);
            answer.Page!.Count.ShouldBe(files);
            if (answer.Hits.Count == 0) break;
            answer.Page.Index.ShouldBe(forwards.Count);
            forwards.AddRange(answer.Hits.Select(hit => hit.Id));
            after = answer.Page.Last;
        }

        forwards.Count.ShouldBe(files);
        forwards.Distinct().Count().ShouldBe(files);
        var backwards = new List<long>();
        for (var before = ""; ;)
        {
            var answer = await _search.SearchAsync(Carol, query, new ResultSetQuery(10, Before: before), default);
            if (answer.Hits.Count == 0) break;
            backwards.InsertRange(0, answer.Hits.Select(hit => hit.Id));
            before = answer.Page!.First!;
        }

        backwards.ShouldBe(forwards);
        (await _search.SearchAsync(Carol, query, new ResultSetQuery(5, Index: 20), default)).Hits.Select(hit => hit.Id).ShouldBe(forwards.Skip(20).Take(5));
        (await _search.SearchAsync(Carol, query, new ResultSetQuery(0), default)).Page.ShouldBe(new ResultSetPage(null, null, null, files));
        (await _search.SearchAsync(Carol, query, null, default)).Hits.Count.ShouldBe(SearchRequest.UsualHits);
    }

    [Fact]
    public async Task Whoever_may_see_little_finds_it_among_much_that_is_hidden()
    {
        await ReopenAsync(options => options with { Visibility = Visibility.Granted });
        for (var i = 0; i < 40; i++) await PublishAsync(Jid.Parse($"u{i}@example.org"), "s", [.. Enumerable.Range(0, 100).Select(n => FileOf($"film {n}.mkv", n))]);
        foreach (var owner in new[] { "u7@example.org", "u39@example.org" }) await _store.SetAccessAsync(Jid.Parse(owner), new IndexAccess(null, null, null, [new IndexGrant.Account(Bob)]), default);
        foreach (var words in new[] { "film 17", "*film?17*", "film *17.mkv" })
        {
            (await _search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Select(hit => hit.Owner.ToString()).ShouldBe(["u7@example.org", "u39@example.org"], words);
        }
    }

    // A beginning is looked up as a word first: where that is enough, nothing longer has to be found.
    [Fact]
    public async Task Whole_words_and_longer_ones_are_found_by_a_beginning()
    {
        await PublishAsync(Alice, "s", FileOf("reporting.txt", 1), FileOf("report.txt", 1), FileOf("repo.txt", 1), FileOf("rep.txt", 1));
        await FoundAsync("report", "report.txt", "reporting.txt");
        await FoundAsync("repo txt", "repo.txt", "report.txt", "reporting.txt");
        await FoundAsync("rep", "rep.txt", "repo.txt", "report.txt", "reporting.txt");
        await FoundAsync("repor* *ing*", "reporting.txt");
        await FoundAsync("reportings", []);
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_given_up_and_the_next_one_is_answered()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        var hasty = new IndexSearch(_database, new ScopeBook(_store, _options, _time), _options with { SearchTime = TimeSpan.Zero }, _time);
        await Should.ThrowAsync<TimeoutException>(() => hasty.SearchAsync(Bob, SearchWords.Parse("txt").Query!, null, default));
        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task One_account_has_so_many_searches_under_way_and_others_do_not_wait_for_them()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        var held = new TaskCompletionSource<IReadOnlyList<RosterGroup>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Use(_options with { RosterGroups = (who, _) => who == Bob ? held.Task : Task.FromResult<IReadOnlyList<RosterGroup>>([]) });
        var query = SearchWords.Parse("txt").Query!;
        var running = Enumerable.Range(0, IndexSearch.MaxUnderWay).Select(_ => _search.SearchAsync(Bob, query, null, default)).ToList();
        await Should.ThrowAsync<TimeoutException>(() => _search.SearchAsync(Bob.WithResource("other"), query, null, default));
        (await _search.SearchAsync(Carol, query, null, default)).Hits.Count.ShouldBe(1);
        held.SetResult([]);
        (await Task.WhenAll(running)).ShouldAllBe(answer => answer.Hits.Count == 1);
        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task A_statement_that_would_never_end_is_ended()
    {
        const string Endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 - i FROM n) SELECT COUNT(*) FROM n";
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        for (var i = 0; i < 2; i++)
        {
            var limit = new ReadTime(TimeProvider.System, TimeSpan.FromMilliseconds(20));
            await Should.ThrowAsync<TimeoutException>(() => _database.ReadAsync(connection => connection.ExecuteScalar<long>(Endless), limit, default));
        }

        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task Folders_are_walked_and_paged()
    {
        await PublishAsync(Alice, "docs", FileOf("b/x/1.txt", 1), FileOf("b/2.txt", 1), FileOf("a.txt", 1), FileOf("b.txt", 1), FileOf("b-c/3.txt", 1), FileOf("z.txt", 1));
        await ListsAsync(FileNode.Root, "alice@example.org/");
        await ListsAsync(new FileNode(Alice, null), "docs/");
        await ListsAsync(new FileNode(Alice, "docs"), "a.txt", "b-c/", "b.txt", "b/", "z.txt");
        await ListsAsync(new FileNode(Alice, "docs/b"), "2.txt", "x/");
        (await _search.ListAsync(Bob, new FileNode(Alice, "docs/none"), null, default)).ShouldBeNull();
        (await _search.ListAsync(Bob, new FileNode(Alice, "docs/a.txt"), null, default)).ShouldBeNull();
        (await _search.ListAsync(Bob, new FileNode(Carol, null), null, default)).ShouldBeNull();
        (await _search.ListAsync(Bob, new FileNode(Alice, "other"), null, default)).ShouldBeNull();

        async Task ListsAsync(FileNode node, params string[] expected)
        {
            foreach (var size in new[] { 1, 2, 100 })
            {
                var all = new List<string>();
                for (string? after = null; ;)
                {
                    var page = (await _search.ListAsync(Bob, node, new ResultSetQuery(size, after), default)).ShouldNotBeNull();
                    if (page.Items.Count == 0) break;
                    page.Items.Count.ShouldBeLessThanOrEqualTo(size);
                    all.AddRange(page.Items.Select(item => item.Name + (item.File is null ? "/" : "")));
                    after = page.Page.Last;
                }

                all.ShouldBe(expected);
                all.Clear();
                for (var before = ""; ;)
                {
                    var page = (await _search.ListAsync(Bob, node, new ResultSetQuery(size, Before: before), default)).ShouldNotBeNull();
                    if (page.Items.Count == 0) break;
                    page.Items.Count.ShouldBe(Math.Min(size, expected.Length - all.Count), $"{node} before '{before}'");
                    all.InsertRange(0, page.Items.Select(item => item.Name + (item.File is null ? "/" : "")));
                    before = page.Page.First!;
                }

                all.ShouldBe(expected);
            }
        }
    }

    [Fact]
    public async Task Quotas_refuse_a_whole_part()
    {
        await ReopenAsync(options => options with { MaxFilesPerOwner = 3, MaxSharesPerOwner = 2, MaxOwners = 1, MaxGrantsPerOwner = 2, MaxSessionsPerOwner = 1 });
        await PublishAsync(Alice, "a", FileOf("1", 1), FileOf("2", 1));
        Refused(await _store.PublishAsync(Alice, new IndexPublish("b", 1, PublishMode.Delta, 0, [FileOf("3", 1), FileOf("4", 1)], []), default));
        (await _store.PublishAsync(Alice, new IndexPublish("b", 1, PublishMode.Delta, 0, [FileOf("3", 1)], []), default)).Error.ShouldBeNull();
        Refused(await _store.PublishAsync(Alice, new IndexPublish("c", 1, PublishMode.Delta, 0, [], []), default));
        Refused(await _store.PublishAsync(Bob, new IndexPublish("a", 1, PublishMode.Delta, 0, [], []), default));
        // A changed file is no new one.
        (await _store.PublishAsync(Alice, new IndexPublish("b", 2, PublishMode.Delta, 0, [FileOf("3", 2)], []), default)).Error.ShouldBeNull();
        var three = new IndexAccess("a", null, null, [new IndexGrant.Account(Bob), new IndexGrant.Account(Carol), new IndexGrant.Domain(Jid.Parse("x"))]);
        (await _store.SetAccessAsync(Alice, three, default))!.Condition.ShouldBe(ErrorCondition.ResourceConstraint);
        (await _store.ArriveAsync(Alice.WithResource("1"), default)).ShouldBeTrue();
        (await _store.ArriveAsync(Alice.WithResource("1"), default)).ShouldBeTrue();
        (await _store.ArriveAsync(Alice.WithResource("2"), default)).ShouldBeFalse();
        (await _store.ArriveAsync(Bob.WithResource("1"), default)).ShouldBeFalse();

        static void Refused(PublishResult result) => result.Error!.Condition.ShouldBe(ErrorCondition.ResourceConstraint);
    }

    [Fact]
    public async Task Who_was_away_for_thirty_days_is_forgotten()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await PublishAsync(Bob, "docs", FileOf("b.txt", 1));
        await _store.ArriveAsync(Bob.WithResource("r"), default);
        _time.Advance(TimeSpan.FromDays(29));
        (await _store.PurgeAsync(default)).ShouldBe(0);
        _time.Advance(TimeSpan.FromDays(2));
        (await _store.PurgeAsync(default)).ShouldBe(1);
        await FoundAsync("txt", "b.txt");
        await _store.LeaveAsync(Bob.WithResource("r"), default);
        _time.Advance(TimeSpan.FromDays(31));
        (await _store.PurgeAsync(default)).ShouldBe(1);
        await FoundAsync("txt", []);
        await PublishAsync(Alice, "docs", FileOf("new.txt", 1));
        await FoundAsync("txt", "new.txt");
    }

    [Fact]
    public async Task Everything_outlives_a_restart()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await _store.ArriveAsync(Alice.WithResource("r"), default);
        await ReopenAsync(options => options with { Visibility = Visibility.Everybody });
        await FoundAsync("txt", "a.txt");
        (await _store.SessionsAsync(default)).ShouldBe([Alice.WithResource("r")]);
        (await _store.SessionsOfAsync(Alice, default)).ShouldBe([Alice.WithResource("r")]);
        (await _store.PublishAsync(Alice, Delta(2, FileOf("b.txt", 1)), default)).Error.ShouldBeNull();
    }

    // Of work that is done in one transaction only the culprit fails.
    [Fact]
    public async Task One_failure_takes_nobody_with_it()
    {
        var first = _database.WriteAsync<int>((_, _) => throw new InvalidOperationException("mine"), default);
        var others = Enumerable.Range(0, 20).Select(i => _store.PublishAsync(Jid.Parse($"u{i}@example.org"), new IndexPublish("s", 1, PublishMode.Delta, 0, [FileOf("f.txt", 1)], []), default)).ToList();
        (await Should.ThrowAsync<InvalidOperationException>(() => first)).Message.ShouldBe("mine");
        (await Task.WhenAll(others)).ShouldAllBe(result => result.Error == null);
        await FoundAsync("txt", 20);
    }

    // A year from now: an older ferryd meets a newer database, and a newer one an older database.
    [Fact]
    public async Task A_newer_schema_is_refused_and_an_older_one_is_copied_and_brought_up()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await _database.DisposeAsync();
        var scripts = IndexDatabase.IsPostgres(_where) ? SchemaScripts.PostgresIndex : SchemaScripts.SqliteIndex;
        await using (await IndexDatabase.OpenAsync(_where, [.. scripts, "ALTER TABLE share ADD COLUMN colour text"], default))
        {
            await CopyExistsAsync(_where, scripts.Count);
        }

        (await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(_where, default))).Message.ShouldContain("newer Ferry");
        _database = await IndexDatabase.OpenAsync(_where, [.. scripts, "ALTER TABLE share ADD COLUMN colour text"], default);
        Use(_options);
        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task A_script_that_fails_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await _database.DisposeAsync();
        var scripts = IndexDatabase.IsPostgres(_where) ? SchemaScripts.PostgresIndex : SchemaScripts.SqliteIndex;
        await Should.ThrowAsync<StoreException>(() => IndexDatabase.OpenAsync(_where, [.. scripts, "CREATE TABLE extra (x integer); SELECT nonsense FROM nowhere"], default));
        _database = await IndexDatabase.OpenAsync(_where, default);
        Use(_options);
        await FoundAsync("txt", "a.txt");
    }

    /// <summary>A new place for a database: what <see cref="IndexOptions.Database"/> takes.</summary>
    protected abstract Task<string> MakePlaceAsync();

    protected abstract Task RemovePlaceAsync(string where);

    /// <summary>Fails unless the copy of before that version is there.</summary>
    protected abstract Task CopyExistsAsync(string where, int version);

    private static FileHash HashOf(string path) => FileHash.Sha256(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path))));

    private static IndexedFile FileOf(string path, long size, string? type = null, string? description = null) =>
        new(path, new FileMetadata(IndexPaths.NameOf(path), size, type, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), description) { Hashes = [HashOf(path)] });

    private static IndexPublish Delta(long generation, params IndexedFile[] files) => new("docs", generation, PublishMode.Delta, 0, files, []);

    private static IndexPublish Full(long generation, long series, bool commits, params IndexedFile[] files) => new("docs", generation, PublishMode.Full, series, files, [], commits);

    private async Task PublishAsync(Jid owner, string share, params IndexedFile[] files) =>
        (await _store.PublishAsync(owner, new IndexPublish(share, 1, PublishMode.Delta, 0, files, []), default)).Error.ShouldBeNull();

    private async Task FoundAsync(string words, params string[] paths)
    {
        var hits = (await _search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits;
        hits.Select(hit => hit.Node.Inside).Order(StringComparer.Ordinal).ShouldBe((IEnumerable<string>)paths, words);
    }

    private async Task FoundAsync(string words, int count) => (await _search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Count.ShouldBe(count, words);

    private async Task ReopenAsync(Func<IndexOptions, IndexOptions> change)
    {
        await _database.DisposeAsync();
        await OpenAsync(change);
    }

    private async Task OpenAsync(Func<IndexOptions, IndexOptions> change)
    {
        _database = await IndexDatabase.OpenAsync(_where, default);
        Use(change(new IndexOptions { Database = _where }));
    }

    private void Use(IndexOptions options)
    {
        _options = options;
        _store = new IndexStore(_database, options, _time);
        _search = new IndexSearch(_database, new ScopeBook(_store, options, _time), options, _time);
    }
}
