using System.Collections.Concurrent;
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

    [Fact]
    public async Task What_is_listed_can_be_had_and_its_owner_hears_of_it()
    {
        Write("a/film.bin", 300_000);
        await ShareAsync();
        var bob = await _harbour!.ConnectAsync("bob");
        var listing = await bob.ListAsync(Harbour.Address("alice"), "docs/a");
        listing.FromIndex.ShouldBeFalse();
        var file = listing.Files.ShouldHaveSingleItem();

        var outcome = await bob.GetAsync(listing.Source, "docs/a/" + file.Name, _harbour.Inbox);
        outcome.Failure.ShouldBeNull();
        File.ReadAllBytes(outcome.Path!).ShouldBe(File.ReadAllBytes(_folder["a/film.bin"]));
        await Eventually.HoldsAsync(() => _served.Count == 2, "the owner hears of beginning and end");
        _served.ShouldAllBe(served => served.Path == "docs/a/film.bin" && served.Peer == bob.Jid && served.Size == 300_000 && served.Offer == "jabberfs");
        _served.Last().Outcome!.Succeeded.ShouldBeTrue();
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

    private async Task<FerryClient> ShareAsync()
    {
        _harbour = await Harbour.OpenAsync("alice", "bob", "eve");
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
