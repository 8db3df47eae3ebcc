using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Server.Index;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Tests.Index;

/// <summary>What is found by which words, in which order and on which page; and that no search goes on for ever.</summary>
public abstract class IndexSearchContract(IIndexEngine engine) : IndexStoreContract(engine)
{
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
            (await Search.SearchAsync(Bob, pattern, null, default)).Hits.Select(hit => hit.File.Name).ShouldBe([name], part);
        }
    }

    [Fact]
    public async Task A_file_keeps_all_that_was_said_of_it()
    {
        var file = FileOf("a/b.bin", 77, "application/x-thing", "some words");
        await PublishAsync(Alice, "docs", file);
        var hit = (await Search.FindAsync(Bob, new FileNode(Alice, "docs/a/b.bin"), default)).ShouldNotBeNull();
        hit.File.ToElement().ToString().ShouldBe(file.File.ToElement().ToString());
        (await Search.FindAsync(Bob, hit.Id, default))!.Node.ShouldBe(hit.Node);
        await FoundAsync("some", "a/b.bin");
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
    public async Task Owners_who_are_there_come_first()
    {
        foreach (var owner in new[] { "a", "b", "c", "d" }) await PublishAsync(Jid.Parse(owner + "@example.org"), "s", FileOf("film 1.mkv", 1), FileOf("film 2.mkv", 1));
        (await Store.ArriveAsync(Jid.Parse("c@example.org/home"), default)).ShouldBeTrue();
        (await OwnersAsync("film")).ShouldBe(["c@example.org/home", "c@example.org/home", "a@example.org", "a@example.org", "b@example.org", "b@example.org", "d@example.org", "d@example.org"]);
        (await OwnersAsync("film online:yes")).ShouldBe(["c@example.org/home", "c@example.org/home"]);
        await Store.LeaveAsync(Jid.Parse("c@example.org/home"), default);
        (await OwnersAsync("film"))[0].ShouldBe("a@example.org");

        async Task<List<string>> OwnersAsync(string words) => [.. (await Search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Select(hit => hit.Owner.ToString())];
    }

    // XEP-0059, forwards and backwards, both below and above the count up to which everything is compared.
    [Theory]
    [InlineData(57)]
    [InlineData(650)]
    public async Task Pages_make_up_the_whole(int files)
    {
        await PublishAsync(Alice, "s", [.. Enumerable.Range(0, files / 2).Select(i => FileOf($"film {i}.mkv", i))]);
        await PublishAsync(Bob, "s", [.. Enumerable.Range(0, files - files / 2).Select(i => FileOf($"film {i}.mkv", i))]);
        await Store.ArriveAsync(Bob.WithResource("r"), default);
        var query = SearchWords.Parse("film").Query!;
        var forwards = new List<long>();
        for (string? after = null; ;)
        {
            var answer = await Search.SearchAsync(Carol, query, new ResultSetQuery(10, after), default);
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
            var answer = await Search.SearchAsync(Carol, query, new ResultSetQuery(10, Before: before), default);
            if (answer.Hits.Count == 0) break;
            backwards.InsertRange(0, answer.Hits.Select(hit => hit.Id));
            before = answer.Page!.First!;
        }

        backwards.ShouldBe(forwards);
        (await Search.SearchAsync(Carol, query, new ResultSetQuery(5, Index: 20), default)).Hits.Select(hit => hit.Id).ShouldBe(forwards.Skip(20).Take(5));
        (await Search.SearchAsync(Carol, query, new ResultSetQuery(0), default)).Page.ShouldBe(new ResultSetPage(null, null, null, files));
        (await Search.SearchAsync(Carol, query, null, default)).Hits.Count.ShouldBe(SearchRequest.UsualHits);
    }

    [Fact]
    public async Task Folders_are_walked_and_paged()
    {
        await PublishAsync(Alice, "docs", FileOf("b/x/1.txt", 1), FileOf("b/2.txt", 1), FileOf("a.txt", 1), FileOf("b.txt", 1), FileOf("b-c/3.txt", 1), FileOf("z.txt", 1));
        await ListsAsync(FileNode.Root, "alice@example.org/");
        await ListsAsync(new FileNode(Alice, null), "docs/");
        await ListsAsync(new FileNode(Alice, "docs"), "a.txt", "b-c/", "b.txt", "b/", "z.txt");
        await ListsAsync(new FileNode(Alice, "docs/b"), "2.txt", "x/");
        (await Search.ListAsync(Bob, new FileNode(Alice, "docs/none"), null, default)).ShouldBeNull();
        (await Search.ListAsync(Bob, new FileNode(Alice, "docs/a.txt"), null, default)).ShouldBeNull();
        (await Search.ListAsync(Bob, new FileNode(Carol, null), null, default)).ShouldBeNull();
        (await Search.ListAsync(Bob, new FileNode(Alice, "other"), null, default)).ShouldBeNull();

        async Task ListsAsync(FileNode node, params string[] expected)
        {
            foreach (var size in new[] { 1, 2, 100 })
            {
                var all = new List<string>();
                for (string? after = null; ;)
                {
                    var page = (await Search.ListAsync(Bob, node, new ResultSetQuery(size, after), default)).ShouldNotBeNull();
                    if (page.Items.Count == 0) break;
                    page.Items.Count.ShouldBeLessThanOrEqualTo(size);
                    all.AddRange(page.Items.Select(item => item.Name + (item.File is null ? "/" : "")));
                    after = page.Page.Last;
                }

                all.ShouldBe(expected);
                all.Clear();
                for (var before = ""; ;)
                {
                    var page = (await Search.ListAsync(Bob, node, new ResultSetQuery(size, Before: before), default)).ShouldNotBeNull();
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
    public async Task A_search_that_takes_too_long_is_given_up_and_the_next_one_is_answered()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        var hasty = new IndexSearch(Database, new ScopeBook(Store, Options, Time), Options with { SearchTime = TimeSpan.Zero }, Time);
        await Should.ThrowAsync<TimeoutException>(() => hasty.SearchAsync(Bob, SearchWords.Parse("txt").Query!, null, default));
        await FoundAsync("txt", "a.txt");
    }

    [Fact]
    public async Task One_account_has_so_many_searches_under_way_and_others_do_not_wait_for_them()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        var held = new TaskCompletionSource<IReadOnlyList<RosterGroup>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Use(Options with { RosterGroups = (who, _) => who == Bob ? held.Task : Task.FromResult<IReadOnlyList<RosterGroup>>([]) });
        var query = SearchWords.Parse("txt").Query!;
        var running = Enumerable.Range(0, IndexSearch.MaxUnderWay).Select(_ => Search.SearchAsync(Bob, query, null, default)).ToList();
        await Should.ThrowAsync<TimeoutException>(() => Search.SearchAsync(Bob.WithResource("other"), query, null, default));
        (await Search.SearchAsync(Carol, query, null, default)).Hits.Count.ShouldBe(1);
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
            await Should.ThrowAsync<TimeoutException>(() => Database.ReadAsync(connection => connection.ExecuteScalar<long>(Endless), limit, default));
        }

        await FoundAsync("txt", "a.txt");
    }
}
