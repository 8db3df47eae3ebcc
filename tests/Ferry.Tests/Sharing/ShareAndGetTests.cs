using System.Collections.Concurrent;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Sharing;
using Ferry.Testing;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing;

/// <summary>From a folder to a folder, through the embedded server.</summary>
public sealed class ShareAndGetTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<ServedFile> _served = new();
    private SharedFolders? _shared;
    private Harbour? _harbour;

    public async ValueTask DisposeAsync()
    {
        if (_harbour is not null) await _harbour.DisposeAsync();
        if (_shared is not null) await _shared.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("jabberfs")]
    public async Task What_is_listed_can_be_had_and_its_owner_hears_of_it(string way)
    {
        Write("a/film.bin", 300_000);
        await ShareAsync();
        var bob = await _harbour!.ConnectAsync("bob");
        var listing = await bob.ListAsync(Harbour.Address("alice"), "docs/a");
        listing.FromIndex.ShouldBeFalse();
        var file = listing.Files.ShouldHaveSingleItem();

        var outcome = await bob.GetAsync(listing.Source, "docs/a/" + file.Name, _harbour.Inbox, new GetOptions { Offers = [way] });
        outcome.Failure.ShouldBeNull();
        File.ReadAllBytes(outcome.Path!).ShouldBe(File.ReadAllBytes(_folder["a/film.bin"]));
        await Eventually.HoldsAsync(() => _served.Count == 2, "the owner hears of beginning and end");
        _served.ShouldAllBe(served => served.Path == "docs/a/film.bin" && served.Peer == bob.Jid && served.Size == 300_000 && served.Offer == way);
        _served.Last().Outcome!.Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_shares_with_one_client_and_receives_with_another_is_found_for_both_by_the_bare_address()
    {
        Write("film.bin", 1000);
        var alice = await ShareAsync();
        var receiver = await _harbour!.ConnectAsync("alice");
        var bob = await _harbour.ConnectAsync("bob");

        var got = await bob.GetAsync(alice.Jid.Bare, "docs/film.bin", _harbour.Inbox);
        got.Failure.ShouldBeNull();
        got.Peer.ShouldBe(alice.Jid);
        var receiving = _harbour.ReceiveAsync(receiver);
        var sent = await bob.SendAsync(_harbour.File("note", 10), alice.Jid.Bare);
        sent.Failure.ShouldBeNull();
        sent.Peer.ShouldBe(receiver.Jid);
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task What_a_search_finds_can_be_had_and_strangers_find_nothing()
    {
        Write("a/Holiday film.bin", 1000);
        Write("a/other.bin", 1000);
        var alice = await ShareAsync(withIndex: true);
        var bob = await _harbour!.ConnectAsync("bob");
        var eve = await _harbour.ConnectAsync("eve");
        (await bob.FindIndexAsync()).ShouldBe(Jid.Parse("files.localhost"));
        SearchAnswer answer = new([], null);
        await EventuallyAsync(async () => (answer = await bob.SearchAsync("holi", new SearchQuery())).Hits is [{ File.Hashes.Count: 1 }], "the film is found, with its hash");

        var hit = answer.Hits[0];
        hit.Owner.ShouldBe(alice.Jid);
        hit.Node.Path.ShouldBe("docs/a/Holiday film.bin");
        (await bob.GetAsync(hit.Owner, hit.Node.Path!, _harbour.Inbox)).Failure.ShouldBeNull();
        (await eve.SearchAsync("holiday", new SearchQuery())).Hits.ShouldBeEmpty();
        (await eve.SearchAsync("", new SearchQuery { Owner = Harbour.Address("alice") })).Hits.ShouldBeEmpty();
        (await Should.ThrowAsync<FerryException>(() => eve.ListAsync(alice.Jid.Bare))).Reason.ShouldBe(FailureReason.Absent);

        File.Move(_folder["a/Holiday film.bin"], _folder["a/renamed.bin"]);
        await EventuallyAsync(async () => (await bob.SearchAsync("holiday", new SearchQuery())).Hits.Count == 0 && (await bob.SearchAsync("renamed", new SearchQuery())).Hits.Count == 1, "the new name is found");
        await alice.DisposeAsync();
        (await bob.SearchAsync("renamed", new SearchQuery())).Hits.ShouldBeEmpty();
    }

    [Fact]
    public async Task Strangers_find_nobody_to_ask_and_get_nothing()
    {
        Write("secret", 10);
        var alice = await ShareAsync();
        var eve = await _harbour!.ConnectAsync("eve");

        (await Should.ThrowAsync<FerryException>(() => eve.ListAsync(alice.Jid))).Reason.ShouldBe(FailureReason.Absent);
        (await Should.ThrowAsync<FerryException>(() => eve.ListAsync(alice.Jid.Bare))).Reason.ShouldBe(FailureReason.Absent);
        (await eve.GetAsync(alice.Jid, "docs/secret", _harbour.Inbox)).Failure!.Reason.ShouldBe(FailureReason.Absent);
        _harbour.Received.ShouldBeEmpty();
        _served.ShouldBeEmpty();
    }

    [Fact]
    public async Task Renamed_deleted_and_grown_files_are_had_as_they_are()
    {
        Write("old", 1000);
        var alice = await ShareAsync();
        var bob = await _harbour!.ConnectAsync("bob");
        File.Move(_folder["old"], _folder["new"]);
        await Eventually.HoldsAsync(() => _shared!.Catalogue.TryFind("docs/new", out _) && !_shared.Catalogue.TryFind("docs/old", out _), "the name is followed");

        (await bob.GetAsync(alice.Jid, "docs/old", _harbour.Inbox)).Failure!.Reason.ShouldBe(FailureReason.Refused);
        (await bob.GetAsync(alice.Jid, "docs/new", _harbour.Inbox)).Failure.ShouldBeNull();
        Write("new", 5000);
        var grown = await bob.GetAsync(alice.Jid, "docs/new", _harbour.Inbox, new GetOptions { Existing = ExistingFile.Rename });
        grown.Failure.ShouldBeNull();
        new FileInfo(grown.Path!).Length.ShouldBe(5000);
        File.Delete(_folder["new"]);
        (await bob.GetAsync(alice.Jid, "docs/new", _harbour.Inbox, new GetOptions { Existing = ExistingFile.Rename })).Failure!.Reason.ShouldBe(FailureReason.Refused);
        _harbour.Received.ShouldBe(["new", "new (2)"]);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse($"never came true: {what}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task<FerryClient> ShareAsync(bool withIndex = false)
    {
        _harbour = withIndex ? await Harbour.OpenWithIndexAsync("alice", "bob", "eve") : await Harbour.OpenAsync("alice", "bob", "eve");
        ShareRule.TryParse("bob@localhost", out var bob).ShouldBeTrue();
        _shared = await SharedFolders.OpenAsync(
            new ShareOptions { Folders = [new SharedFolder(_folder.Path, "docs")], Allow = [bob], QuietTime = TimeSpan.FromMilliseconds(10), Served = new Listener(_served) }, CancellationToken.None);
        return await _harbour.ConnectAsync("alice", options => options with { Shared = _shared, AcceptFrom = PeerPolicy.Nobody });
    }

    private void Write(string path, int bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        File.WriteAllBytes(_folder[path], content);
    }

    private sealed class Listener(ConcurrentQueue<ServedFile> heard) : IProgress<ServedFile>
    {
        public void Report(ServedFile value) => heard.Enqueue(value);
    }
}
