using System.Security.Cryptography;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Resuming;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>Requests for files between two clients at the embedded server.</summary>
public sealed class JabberFsGetTests
{
    [Theory]
    [InlineData(0, "empty", true)]
    [InlineData(1, "one", false)]
    [InlineData(2_000_000, "ünïcødé 漢字.tar.gz", true)]
    [InlineData(2_000_000, "film.mkv", false)]
    public async Task A_file_is_given_to_who_asks(int size, string name, bool hashes)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var share = new FolderShare(harbour.Folder, hashes);
        var alice = await harbour.ConnectAsync("alice", options => options with { AcceptFrom = PeerPolicy.Nobody, Requests = share });
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File(name, size);
        var got = await bob.GetAsync(alice.Jid, "docs/" + name, harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.Offer, got.Method, got.Bytes, got.Name).ShouldBe(("jabberfs", "tcp", size, name));
        got.VerifiedBy.ShouldBe(hashes ? "sha-256" : null);
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        await Eventually.HoldsAsync(() => share.Ended.Count == 1, "the served file ends");
        share.Ended.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            served => served.Failure.ShouldBeNull(),
            served => served.VerifiedBy.ShouldBe("sha-256"),
            served => served.Sha256.ShouldBe(got.Sha256));
        harbour.Received.ShouldBe([name]);
    }

    [Fact]
    public async Task By_a_bare_address_whoever_serves_is_found()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var share = new FolderShare(harbour.Folder);
        await harbour.ConnectAsync("alice", options => options with { AcceptFrom = PeerPolicy.Nobody, Requests = share });
        var bob = await harbour.ConnectAsync("bob");
        harbour.File("a.txt", 1000);
        var got = await bob.GetAsync(Harbour.Address("alice"), "a.txt", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        share.Asked.ShouldHaveSingleItem().Path.ShouldBe("a.txt");
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_no_path_are_refused_alike()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = new FolderShare(harbour.Folder) });
        var bob = await harbour.ConnectAsync("bob");
        var missing = await bob.GetAsync(alice.Jid, "docs/missing", harbour.Inbox).WaitAsync(Harbour.Patience);
        missing.Failure!.Reason.ShouldBe(FailureReason.Refused);
        missing.Failure.Message.ShouldBe("the peer has no such file, or not for us");
        (await bob.GetAsync(alice.Jid, "../secret", harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Usage);
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Strangers_are_told_nothing()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var share = new FolderShare(harbour.Folder) { Refused = Harbour.Address("bob") };
        var alice = await harbour.ConnectAsync("alice", options => options with { AcceptFrom = PeerPolicy.Nobody, Requests = share });
        var bob = await harbour.ConnectAsync("bob");
        harbour.File("a.txt", 1000);
        var got = await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure!.Reason.ShouldBe(FailureReason.Absent);
        share.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("jabberfs")]
    [InlineData("jingle")]
    public async Task Who_asks_too_often_is_put_off_and_asks_again_later(string way)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var (here, there) = (new ManualTime(), new ManualTime());
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = new FolderShare(harbour.Folder), TimeProvider = there, Offers = [way] });
        var bob = await harbour.ConnectAsync("bob", options => options with { TimeProvider = here, Offers = [way] });
        for (var i = 0; i < RequestRate.Files; i++) (await AskAsync()).Failure!.Message.ShouldContain("no such file");

        var asking = AskAsync();
        foreach (var seconds in (double[])[1, 2])
        {
            await here.WaitForTimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(Harbour.Patience);
            if (seconds == 2) there.Advance(RequestRate.Period);
            here.Advance(TimeSpan.FromSeconds(seconds));
        }

        (await asking).Failure!.Message.ShouldContain("no such file");

        Task<Outcome> AskAsync() => bob.GetAsync(alice.Jid, "docs/missing", harbour.Inbox).WaitAsync(Harbour.Patience);
    }

    [Theory]
    [InlineData("jabberfs")]
    [InlineData("jingle")]
    public async Task Files_that_come_are_no_flood(string way)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = new FolderShare(harbour.Folder), Offers = [way] });
        // Nobody waits for the clock.
        var bob = await harbour.ConnectAsync("bob", options => options with { TimeProvider = new ManualTime(), Offers = [way] });
        harbour.File("a.txt", 10);
        for (var i = 0; i <= RequestRate.Files; i++)
        {
            (await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox, new GetOptions { Existing = ExistingFile.Overwrite }).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        }
    }

    [Fact]
    public async Task It_goes_on_where_it_broke_off()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var share = new FolderShare(harbour.Folder);
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = share });
        var bob = await harbour.ConnectAsync("bob", options => options with { StateDirectory = Path.Combine(harbour.Folder, "state") });
        var path = harbour.File("film.mkv", 3_000_000);
        Leave(harbour, alice, path, 1_000_000);
        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.ResumedFrom, got.Bytes).ShouldBe((1_000_000, 2_000_000));
        got.VerifiedBy.ShouldBe("sha-256");
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe(["film.mkv"]);
    }

    [Fact]
    public async Task A_part_with_other_bytes_is_not_gone_on_from()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var share = new FolderShare(harbour.Folder, withHashes: false);
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = share });
        var bob = await harbour.ConnectAsync("bob", options => options with { StateDirectory = Path.Combine(harbour.Folder, "state") });
        var path = harbour.File("film.mkv", 3_000_000);
        Leave(harbour, alice, path, 1_000_000);
        var date = File.GetLastWriteTimeUtc(path);
        var other = await File.ReadAllBytesAsync(path);
        other[5] ^= 1;
        await File.WriteAllBytesAsync(path, other);
        File.SetLastWriteTimeUtc(path, date); // size and date say that it is the same
        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        got.ResumedFrom.ShouldBe(0);
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(other);
        share.Asked.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Another_size_is_taken_from_its_start_and_the_part_is_set_aside()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = new FolderShare(harbour.Folder) });
        var bob = await harbour.ConnectAsync("bob", options => options with { StateDirectory = Path.Combine(harbour.Folder, "state") });
        Leave(harbour, alice, harbour.File("film.mkv", 3_000_000), 1_000_000);
        var path = harbour.File("film.mkv", 2_500_000);
        var blocked = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox, new GetOptions { OnlySameFile = true }).WaitAsync(Harbour.Patience);
        blocked.Failure!.ShouldSatisfyAllConditions(failure => failure.Reason.ShouldBe(FailureReason.SourceChanged), failure => failure.Resumable.ShouldBeTrue());
        harbour.Received.ShouldBe([".film.mkv.ferry-part"]);
        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", harbour.Inbox).WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (got.ResumedFrom, got.Bytes).ShouldBe((0, 2_500_000));
        (await File.ReadAllBytesAsync(got.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe([".film.mkv.ferry-part.old", "film.mkv"]);
    }

    [Fact]
    public async Task Limits_and_names_of_the_asker_count()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Requests = new FolderShare(harbour.Folder) });
        var bob = await harbour.ConnectAsync("bob");
        harbour.File("a.txt", 1000);
        (await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox, new GetOptions { MaxBytes = 999 }).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.TooLarge);
        (await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        (await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Exists);
        (await bob.GetAsync(alice.Jid, "docs/a.txt", harbour.Inbox, new GetOptions { Name = "../b.txt" }).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["a.txt", "b.txt"]);
    }

    // What a receive leaves that broke off after that many bytes.
    private static void Leave(Harbour harbour, FerryClient alice, string path, int bytes)
    {
        var partial = Path.Combine(harbour.Inbox, ".film.mkv.ferry-part");
        var beginning = File.ReadAllBytes(path)[..bytes];
        File.WriteAllBytes(partial, beginning);
        var identity = new FileIdentity(alice.Jid.Bare, "docs/film.mkv", new FileInfo(path).Length, null, new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero));
        var wire = XmppDateTime.Parse(XmppDateTime.Format(identity.Modified!.Value)); // as it was told
        var entry = JournalEntry.Of(partial, identity with { Modified = wire }) with { Bytes = bytes, Hashed = bytes, Sha256 = Convert.ToHexStringLower(SHA256.HashData(beginning)) };
        new Journal(Path.Combine(harbour.Folder, "state")).TryWrite(entry).ShouldBeTrue();
    }
}
