using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Index;

namespace Ferry.Server.Tests.Index;

/// <summary>Who finds what.</summary>
public abstract class IndexAccessContract(IIndexEngine engine) : IndexStoreContract(engine)
{
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
        if (access is not null) (await Store.SetAccessAsync(Alice, access, default)).ShouldBeNull();
        await SeesAsync(Alice, true);
        await SeesAsync(Bob, bob);
        await SeesAsync(Carol, carol);
        await SeesAsync(Jid.Parse("dora@sub.example.net"), grant.EndsWith("everybody", StringComparison.Ordinal));

        // What was granted is taken back.
        if (access is not null) (await Store.SetAccessAsync(Alice, access with { Visibility = Visibility.Granted, Grants = [] }, default)).ShouldBeNull();
        await SeesAsync(Bob, false);
        await SeesAsync(Carol, false);

        async Task SeesAsync(Jid who, bool sees)
        {
            (await Search.SearchAsync(who, SearchWords.Parse("secret").Query!, null, default)).Hits.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            (await Search.SearchAsync(who, SearchWords.Parse("*ecre*").Query!, null, default)).Hits.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            (await Search.FindAsync(who, new FileNode(Alice, "docs/folder/secret.txt"), default) is not null).ShouldBe(sees, who.ToString());
            (await Search.FindAsync(who, 1L << 32 | 1, default) is not null).ShouldBe(sees, who.ToString());
            (await Search.ListAsync(who, FileNode.Root, null, default))!.Items.Count.ShouldBe(sees ? 1 : 0, who.ToString());
            foreach (var path in new[] { null, "docs", "docs/folder" }) (await Search.ListAsync(who, new FileNode(Alice, path), null, default) is not null).ShouldBe(sees, $"{who} {path}");
        }
    }

    [Fact]
    public async Task A_file_with_a_rule_of_its_own_is_not_shown_with_its_share()
    {
        await PublishAsync(Alice, "docs", FileOf("open.txt", 1), FileOf("closed.txt", 1) with { Visibility = Visibility.Granted });
        await FoundAsync("txt", "open.txt");
        (await Search.SearchAsync(Alice, SearchWords.Parse("txt").Query!, null, default)).Hits.Count.ShouldBe(2);
        (await Search.ListAsync(Bob, new FileNode(Alice, "docs"), null, default))!.Items.Select(item => item.Name).ShouldBe(["open.txt"]);
        (await Store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", null, [new IndexGrant.Account(Bob)]), default)).ShouldBeNull();
        await FoundAsync("txt", "closed.txt", "open.txt");
    }

    // Everything is published again at each log-in, by clients that say nothing of it.
    [Fact]
    public async Task A_rule_of_a_file_outlives_that_it_is_published_again()
    {
        await PublishAsync(Alice, "docs", FileOf("closed.txt", 1), FileOf("open.txt", 1));
        (await Store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", Visibility.Granted, []), default)).ShouldBeNull();
        await FoundAsync("txt", "open.txt");
        foreach (var size in new[] { 1, 2 })
        {
            (await Store.PublishAsync(Alice, Full(10 + size, 10 + size, commits: true, FileOf("closed.txt", size), FileOf("open.txt", size)), default)).Error.ShouldBeNull();
            await FoundAsync("txt", "open.txt");
        }

        (await Store.SetAccessAsync(Alice, new IndexAccess("docs", "closed.txt", null, []), default)).ShouldBeNull();
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
            var answer = await Search.SearchAsync(who, SearchWords.Parse("secret").Query!, new ResultSetQuery(10), default);
            (answer.Page!.Count, answer.Hits.Count).ShouldBe((seen, Math.Min(seen, 10)));
        }
    }

    [Fact]
    public async Task Rules_for_what_is_not_there_are_refused()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        (await Store.SetAccessAsync(Alice, new IndexAccess("docs", "b.txt", null, []), default))!.Condition.ShouldBe(ErrorCondition.ItemNotFound);
    }

    [Fact]
    public async Task Whoever_may_see_little_finds_it_among_much_that_is_hidden()
    {
        await ReopenAsync(options => options with { Visibility = Visibility.Granted });
        for (var i = 0; i < 40; i++) await PublishAsync(Jid.Parse($"u{i}@example.org"), "s", [.. Enumerable.Range(0, 100).Select(n => FileOf($"film {n}.mkv", n))]);
        foreach (var owner in new[] { "u7@example.org", "u39@example.org" }) await Store.SetAccessAsync(Jid.Parse(owner), new IndexAccess(null, null, null, [new IndexGrant.Account(Bob)]), default);
        foreach (var words in new[] { "film 17", "*film?17*", "film *17.mkv" })
        {
            (await Search.SearchAsync(Bob, SearchWords.Parse(words).Query!, null, default)).Hits.Select(hit => hit.Owner.ToString()).ShouldBe(["u7@example.org", "u39@example.org"], words);
        }
    }
}
