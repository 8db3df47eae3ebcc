using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Index;

namespace Ferry.Server.Tests.Index;

/// <summary>What owners send, withdraw, send too much of, and leave behind.</summary>
public abstract class IndexPublishingContract(IIndexEngine engine) : IndexStoreContract(engine)
{
    [Fact]
    public async Task A_delta_changes_and_removes_and_a_repeated_one_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1), FileOf("b.txt", 2));
        var delta = new IndexPublish("docs", 2, PublishMode.Delta, 0, [FileOf("a.txt", 5), FileOf("c.txt", 3)], ["b.txt", "never there.txt"]);
        for (var i = 0; i < 2; i++)
        {
            var published = (await Store.PublishAsync(Alice, delta, default)).Published.ShouldNotBeNull();
            (published.Generation, published.Count).ShouldBe((2, 2));
        }

        await FoundAsync("txt", "a.txt", "c.txt");
        await FoundAsync("size:5", "a.txt");
        await FoundAsync("size:1", []);
        (await Store.SharesOfAsync(Alice, default)).ShouldHaveSingleItem().Files.ShouldBe(2);
    }

    [Fact]
    public async Task A_gap_asks_for_everything_and_changes_nothing()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        foreach (var part in new[] { Delta(3, FileOf("x", 1)), new IndexPublish("docs", 2, PublishMode.Full, 1, [FileOf("x", 1)], []), new IndexPublish("other", 7, PublishMode.Delta, 0, [FileOf("x", 1)], []) })
        {
            IndexErrors.WantsResync((await Store.PublishAsync(Alice, part, default)).Error).ShouldBeTrue();
        }

        await FoundAsync("x", []);
        (await Store.PublishAsync(Alice, Delta(2, FileOf("x", 1)), default)).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_full_series_leaves_what_it_named()
    {
        await PublishAsync(Alice, "docs", [.. Enumerable.Range(0, 50).Select(i => FileOf($"old {i}.txt", i))]);
        (await Store.PublishAsync(Alice, Full(10, 10, false, FileOf("old 1.txt", 1), FileOf("new.txt", 1)), default)).Error.ShouldBeNull();
        (await Store.PublishAsync(Alice, Full(11, 10, false, FileOf("old 2.txt", 99)), default)).Error.ShouldBeNull();
        await FoundAsync("old", 50);
        var published = (await Store.PublishAsync(Alice, Full(12, 10, true), default)).Published.ShouldNotBeNull();
        published.ShouldBe(new IndexPublished("docs", 12, 3));
        await FoundAsync("txt", "new.txt", "old 1.txt", "old 2.txt");
        (await Store.PublishAsync(Alice, Delta(13, FileOf("later.txt", 1)), default)).Error.ShouldBeNull();
        (await Store.PublishAsync(Alice, Full(14, 14, true, FileOf("only.txt", 1)), default)).Published!.Count.ShouldBe(1);
        await FoundAsync("txt", "only.txt");
    }

    [Fact]
    public async Task A_series_that_was_broken_off_is_begun_anew_with_any_generation()
    {
        (await Store.PublishAsync(Alice, Full(5, 5, false, FileOf("a.txt", 1)), default)).Error.ShouldBeNull();
        (await Store.PublishAsync(Alice, Full(6, 5, false, FileOf("b.txt", 1)), default)).Error.ShouldBeNull();
        // The owner lost its count.
        (await Store.PublishAsync(Alice, Full(1, 1, false, FileOf("c.txt", 1)), default)).Error.ShouldBeNull();
        (await Store.PublishAsync(Alice, Full(2, 1, true, FileOf("d.txt", 1)), default)).Error.ShouldBeNull();
        await FoundAsync("txt", "c.txt", "d.txt");
        (await Store.PublishAsync(Alice, Full(1, 1, true, FileOf("e.txt", 1)), default)).Error.ShouldBeNull();
        await FoundAsync("txt", "e.txt");
    }

    [Fact]
    public async Task A_withdrawn_share_is_gone_and_the_next_of_that_name_is_another()
    {
        await PublishAsync(Alice, "docs", [.. Enumerable.Range(0, 20).Select(i => FileOf($"a {i}.txt", i))]);
        await PublishAsync(Alice, "more", FileOf("b.txt", 1));
        await Store.WithdrawAsync(Alice, "docs", default);
        await FoundAsync("txt", "b.txt");
        (await Store.SharesOfAsync(Alice, default)).ShouldHaveSingleItem().Name.ShouldBe("more");
        await PublishAsync(Alice, "docs", FileOf("c.txt", 1));
        await FoundAsync("txt", "b.txt", "c.txt");
        await Store.WithdrawAsync(Alice, null, default);
        await FoundAsync("txt", []);
        await Store.WithdrawAsync(Alice, null, default);
    }

    [Fact]
    public async Task Quotas_refuse_a_whole_part()
    {
        await ReopenAsync(options => options with { MaxFilesPerOwner = 3, MaxSharesPerOwner = 2, MaxOwners = 1, MaxGrantsPerOwner = 2, MaxSessionsPerOwner = 1 });
        await PublishAsync(Alice, "a", FileOf("1", 1), FileOf("2", 1));
        Refused(await Store.PublishAsync(Alice, new IndexPublish("b", 1, PublishMode.Delta, 0, [FileOf("3", 1), FileOf("4", 1)], []), default));
        (await Store.PublishAsync(Alice, new IndexPublish("b", 1, PublishMode.Delta, 0, [FileOf("3", 1)], []), default)).Error.ShouldBeNull();
        Refused(await Store.PublishAsync(Alice, new IndexPublish("c", 1, PublishMode.Delta, 0, [], []), default));
        Refused(await Store.PublishAsync(Bob, new IndexPublish("a", 1, PublishMode.Delta, 0, [], []), default));
        // A changed file is no new one.
        (await Store.PublishAsync(Alice, new IndexPublish("b", 2, PublishMode.Delta, 0, [FileOf("3", 2)], []), default)).Error.ShouldBeNull();
        var three = new IndexAccess("a", null, null, [new IndexGrant.Account(Bob), new IndexGrant.Account(Carol), new IndexGrant.Domain(Jid.Parse("x"))]);
        (await Store.SetAccessAsync(Alice, three, default))!.Condition.ShouldBe(ErrorCondition.ResourceConstraint);
        (await Store.ArriveAsync(Alice.WithResource("1"), default)).ShouldBeTrue();
        (await Store.ArriveAsync(Alice.WithResource("1"), default)).ShouldBeTrue();
        (await Store.ArriveAsync(Alice.WithResource("2"), default)).ShouldBeFalse();
        (await Store.ArriveAsync(Bob.WithResource("1"), default)).ShouldBeFalse();

        static void Refused(PublishResult result) => result.Error!.Condition.ShouldBe(ErrorCondition.ResourceConstraint);
    }

    [Fact]
    public async Task Who_was_away_for_thirty_days_is_forgotten()
    {
        await PublishAsync(Alice, "docs", FileOf("a.txt", 1));
        await PublishAsync(Bob, "docs", FileOf("b.txt", 1));
        await Store.ArriveAsync(Bob.WithResource("r"), default);
        Time.Advance(TimeSpan.FromDays(29));
        (await Store.PurgeAsync(default)).ShouldBe(0);
        Time.Advance(TimeSpan.FromDays(2));
        (await Store.PurgeAsync(default)).ShouldBe(1);
        await FoundAsync("txt", "b.txt");
        await Store.LeaveAsync(Bob.WithResource("r"), default);
        Time.Advance(TimeSpan.FromDays(31));
        (await Store.PurgeAsync(default)).ShouldBe(1);
        await FoundAsync("txt", []);
        await PublishAsync(Alice, "docs", FileOf("new.txt", 1));
        await FoundAsync("txt", "new.txt");
    }
}
