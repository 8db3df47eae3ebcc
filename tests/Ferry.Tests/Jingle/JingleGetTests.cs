using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Ferry.Files;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Requests;
using Ferry.Resuming;
using Ferry.Sharing;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Files;

namespace Ferry.Tests.Jingle;

/// <summary>A folder that alice shares with bob, from which files are asked for by Jingle: by hash, by name, and again after a break.</summary>
public sealed class JingleGetTests : IAsyncDisposable
{
    private const int Size = 1_000_000;
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<ServedFile> _served = new();
    private SharedFolders? _shared;
    private Harbour? _harbour;
    private FerryClient? _alice;

    public async ValueTask DisposeAsync()
    {
        if (_harbour is not null) await _harbour.DisposeAsync();
        if (_shared is not null) await _shared.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task By_its_hash_a_file_comes_under_its_owners_name_and_both_know_that_it_is_right()
    {
        var hash = Write("a/film.mkv", Size);
        var alice = await ShareAsync();
        // jabberFS comes first, and cannot ask so.
        var bob = await _harbour!.ConnectAsync("bob", options => options with { Offers = [] });
        var got = await bob.GetAsync(alice.Jid.Bare, hash, _harbour.Inbox).WaitAsync(Harbour.Patience);

        got.Failure.ShouldBeNull();
        (got.Offer, got.Name, got.Bytes, got.Sha256, got.VerifiedBy).ShouldBe(("jingle", "film.mkv", Size, hash.Hex, "sha-256"));
        _harbour.Received.ShouldBe(["film.mkv"]);
        await Eventually.HoldsAsync(() => _served.Count == 2, "the owner hears of beginning and end");
        _served.Last().Outcome!.ShouldSatisfyAllConditions(served => served.Failure.ShouldBeNull(), served => served.VerifiedBy.ShouldBe("sha-256"));
    }

    [Fact]
    public async Task By_its_hash_a_file_gets_the_name_that_the_asker_says()
    {
        var hash = Write("film.mkv", 1000);
        var alice = await ShareAsync();
        var bob = await BobAsync();
        (await bob.GetAsync(alice.Jid, hash, _harbour!.Inbox, new GetOptions { Name = "../b.mkv" }).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        _harbour.Received.ShouldBe(["b.mkv"]);
    }

    [Fact]
    public async Task What_nobody_has_and_what_is_not_for_the_asker_is_refused_by_hash_as_by_name()
    {
        var hash = Write("film.mkv", 1000);
        var alice = await ShareAsync();
        var bob = await BobAsync();
        var eve = await _harbour!.ConnectAsync("eve", JingleLoopbackTests.ByJingle);
        var unknown = await bob.GetAsync(alice.Jid, FileHash.Sha256(new string('0', 64)), _harbour.Inbox).WaitAsync(Harbour.Patience);
        var missing = await bob.GetAsync(alice.Jid, "docs/missing", _harbour.Inbox).WaitAsync(Harbour.Patience);
        (unknown.Failure!.Reason, unknown.Failure.Message).ShouldBe((FailureReason.Refused, missing.Failure!.Message));
        unknown.Name.ShouldBe("sha-256:" + new string('0', 64));
        (await eve.GetAsync(alice.Jid, hash, _harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Absent);
        _served.ShouldBeEmpty();
        _harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_asked_for_so_is_named_before_anybody_is_asked()
    {
        var hash = Write("film.mkv", 1000);
        var alice = await ShareAsync();
        var bob = await _harbour!.ConnectAsync("bob", options => options with { Offers = [] });
        (await bob.GetAsync(alice.Jid, new FileHash("md5", new string('0', 32)), _harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Usage);
        (await bob.GetAsync(alice.Jid, hash, _harbour.Inbox, new GetOptions { Offers = ["jabberfs"] }).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.NotSupported);
        _served.ShouldBeEmpty();
    }

    [Fact]
    public async Task Limits_and_names_of_the_asker_count()
    {
        var hash = Write("film.mkv", 1000);
        var alice = await ShareAsync();
        var bob = await BobAsync();
        (await bob.GetAsync(alice.Jid, hash, _harbour!.Inbox, new GetOptions { MaxBytes = 999 }).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.TooLarge);
        _harbour.Received.ShouldBeEmpty();
        (await bob.GetAsync(alice.Jid, hash, _harbour.Inbox).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        var again = await bob.GetAsync(alice.Jid, hash, _harbour.Inbox).WaitAsync(Harbour.Patience);
        (again.Failure!.Reason, again.Failure.Side, again.Failure.Hint!.Contains("--rename", StringComparison.Ordinal)).ShouldBe((FailureReason.Exists, Side.Here, true));
        (await bob.GetAsync(alice.Jid, hash, _harbour.Inbox, new GetOptions { Existing = ExistingFile.Rename }).WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        _harbour.Received.ShouldBe(["film (2).mkv", "film.mkv"]);
    }

    [Theory]
    [InlineData("sha-256", true)] // the owner says beforehand that it has another one
    [InlineData("sha-256", false)] // it says so at the end
    [InlineData("sha-512", true)] // what it says is true of another file
    [InlineData("sha-512", false)]
    public async Task Another_file_than_the_one_that_was_asked_for_is_a_mismatch_and_leaves_nothing(string algorithm, bool told)
    {
        _harbour = await Harbour.OpenAsync("alice", "bob");
        var liar = new Liar(_harbour.File("film.mkv", 1000), told);
        var alice = await _harbour.ConnectAsync("alice", options => JingleLoopbackTests.ByJingle(options) with { Requests = liar });
        var bob = await _harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        var function = HashFunction.Find(algorithm)!;
        var got = await bob.GetAsync(alice.Jid, FileHash.Of(function, new byte[function.Bytes]), _harbour.Inbox).WaitAsync(Harbour.Patience);
        (got.Failure!.Reason, got.Failure.Side).ShouldBe((FailureReason.Mismatch, Side.Peer), got.Failure.Message);
        _harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task By_another_function_the_file_is_verified_by_that()
    {
        _harbour = await Harbour.OpenAsync("alice", "bob");
        var path = _harbour.File("film.mkv", 1000);
        var alice = await _harbour.ConnectAsync("alice", options => JingleLoopbackTests.ByJingle(options) with { Requests = new Liar(path, told: true) });
        var bob = await _harbour.ConnectAsync("bob", JingleLoopbackTests.ByJingle);
        var hash = FileHash.Of(HashFunction.Find("sha-512")!, SHA512.HashData(await File.ReadAllBytesAsync(path)));
        var got = await bob.GetAsync(alice.Jid, hash, _harbour.Inbox).WaitAsync(Harbour.Patience);
        (got.Failure, got.VerifiedBy).ShouldBe((null, "sha-512"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_cut_in_the_middle_is_gone_on_with(bool byHash)
    {
        var hash = Write("film.mkv", Size);
        await using var way = FaultProxy.Before(() => new IPEndPoint(IPAddress.Loopback, _alice!.ListeningPort!.Value));
        var alice = await ShareAsync(options => Only(options, way.EndPoint.ToString()));
        var bob = await BobAsync();
        var cut = way.At(Way.Down, Size / 3, FaultKind.Cut);
        var broken = await GetAsync();
        cut.IsCompleted.ShouldBeTrue();
        broken.Failure!.Resumable.ShouldBeTrue(broken.Failure.Message);
        broken.Bytes.ShouldBeInRange(1, Size / 3);
        _harbour!.Received.ShouldBe([".film.mkv.ferry-part"]);

        var got = await GetAsync();
        got.Failure.ShouldBeNull();
        (got.ResumedFrom, got.Bytes, got.Sha256, got.VerifiedBy).ShouldBe((broken.Bytes, Size - broken.Bytes, hash.Hex, "sha-256"));
        _harbour.Received.ShouldBe(["film.mkv"]);
        await Eventually.HoldsAsync(() => _served.Count == 4, "the owner hears of both ends");
        _served.Last().Outcome!.ShouldSatisfyAllConditions(served => served.Failure.ShouldBeNull(), served => served.ResumedFrom.ShouldBe(broken.Bytes));

        Task<Outcome> GetAsync() => (byHash ? bob.GetAsync(alice.Jid, hash, _harbour!.Inbox, Direct) : bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour!.Inbox, Direct)).WaitAsync(Harbour.Patience);
    }

    [Fact]
    public async Task A_part_is_gone_on_with_by_whichever_way()
    {
        Write("film.mkv", Size);
        var alice = await ShareAsync();
        var bob = await BobAsync(options => options with { Offers = [] });
        foreach (var way in new[] { "jabberfs", "jingle" })
        {
            Leave();
            var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour!.Inbox, new GetOptions { Offers = [way] }).WaitAsync(Harbour.Patience);
            (got.Failure, got.Offer, got.ResumedFrom, got.VerifiedBy).ShouldBe((null, way, Size / 2, "sha-256"));
            File.Delete(got.Path!);
        }
    }

    [Theory]
    [InlineData(Size + 1)]
    [InlineData(Size / 4)] // the part is longer than the whole file now
    [InlineData(Size)]
    public async Task Another_file_of_that_name_is_taken_from_its_start_and_the_part_is_set_aside(int size)
    {
        Write("film.mkv", Size);
        var alice = await ShareAsync();
        var bob = await BobAsync();
        Leave();
        var hash = Write("film.mkv", size, seed: 9);
        await Eventually.HoldsAsync(() => _shared!.Catalogue.TryFind("docs/film.mkv", out var file) && file.Sha256 == hash.Hex, "the share knows the new file");

        if (size > Size / 2)
        {
            var only = await bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour!.Inbox, new GetOptions { OnlySameFile = true }).WaitAsync(Harbour.Patience);
            (only.Failure!.Reason, only.Failure.Side, only.Failure.Resumable).ShouldBe((FailureReason.SourceChanged, Side.Peer, true));
            _harbour.Received.ShouldBe([".film.mkv.ferry-part"]);
        }

        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour!.Inbox).WaitAsync(Harbour.Patience);
        (got.Failure, got.ResumedFrom, got.Bytes, got.Sha256).ShouldBe((null, 0, size, hash.Hex));
        _harbour.Received.ShouldContain("film.mkv");
    }

    [Fact]
    public async Task A_part_with_other_bytes_is_found_out_and_the_next_attempt_takes_the_whole()
    {
        var hash = Write("film.mkv", Size);
        var alice = await ShareAsync();
        var bob = await BobAsync();
        Leave();
        var part = Path.Combine(_harbour!.Inbox, ".film.mkv.ferry-part");
        var bytes = await File.ReadAllBytesAsync(part);
        bytes[5] ^= 1;
        await File.WriteAllBytesAsync(part, bytes);
        (await bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour.Inbox).WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Mismatch);
        _harbour.Received.ShouldBeEmpty();
        var got = await bob.GetAsync(alice.Jid, "docs/film.mkv", _harbour.Inbox).WaitAsync(Harbour.Patience);
        (got.Failure, got.ResumedFrom, got.Sha256).ShouldBe((null, 0, hash.Hex));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<range/>")]
    [InlineData("<range offset='1'/>")]
    [InlineData("<range offset='500000' length='10'/>")]
    public async Task Who_does_not_repeat_the_range_is_asked_once_more_for_the_whole(string repeated)
    {
        _harbour = await Harbour.OpenAsync("alice", "bob");
        var bob = await BobAsync();
        await using var psi = new JinglePeer(await _harbour.JoinAsync("alice")) { Client = "Psi" };
        Write("film.mkv", Size);
        Leave();
        var getting = bob.GetAsync(psi.Jid, "docs/film.mkv", _harbour.Inbox, new GetOptions { Methods = ["ibb"] });
        var first = await psi.NextAsync("session-initiate");
        first.ToString().ShouldContain($"<range offset='{Size / 2}'/>");
        var date = XmppDateTime.Format(new DateTimeOffset(File.GetLastWriteTimeUtc(_folder["shared/film.mkv"]), TimeSpan.Zero));
        await AcceptAsync(psi, bob, first, $"<date>{date}</date>{repeated}");
        (await psi.NextAsync("session-terminate")).ToString().ShouldContain("<cancel/>");
        var second = await psi.NextAsync("session-initiate");
        second.ToString().ShouldNotContain("range");
        await psi.SendAsync(JingleScripts.Request(bob.Jid, "session-terminate", second.Attribute("sid")!, JingleScripts.Reason("decline")));
        (await getting.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Fact]
    public async Task A_part_that_nobody_asked_for_is_not_taken()
    {
        _harbour = await Harbour.OpenAsync("alice", "bob");
        var bob = await BobAsync();
        await using var psi = new JinglePeer(await _harbour.JoinAsync("alice")) { Client = "Psi" };
        var getting = bob.GetAsync(psi.Jid, "docs/film.mkv", _harbour.Inbox, new GetOptions { Methods = ["ibb"] });
        await AcceptAsync(psi, bob, await psi.NextAsync("session-initiate"), "<range offset='10'/>");
        var got = await getting.WaitAsync(Harbour.Patience);
        (got.Failure!.Reason, got.Failure.Side).ShouldBe((FailureReason.Protocol, Side.Peer));
        _harbour.Received.ShouldBeEmpty();
    }

    private static Task AcceptAsync(JinglePeer psi, FerryClient bob, Element initiate, string more)
    {
        var content = initiate.FirstChild!;
        var inside = JingleScripts.File("film.mkv", Size, more) + JingleScripts.InBand(content.Child(JingleScripts.Ibb, "transport")!.Attribute("sid")!);
        return psi.SendAsync(JingleScripts.Request(bob.Jid, "session-accept", initiate.Attribute("sid")!, JingleScripts.Content(inside, content.Attribute("name")!, "senders='responder'")));
    }

    private static GetOptions Direct { get; } = new() { Offers = ["jingle"], Methods = ["s5b-direct"] };

    private static FerryOptions Only(FerryOptions options, string endPoint) => options with { Advertise = [endPoint], OfferOnlyAdvertised = true };

    private async Task<FerryClient> ShareAsync(Func<FerryOptions, FerryOptions>? with = null)
    {
        _harbour = await Harbour.OpenAsync("alice", "bob", "eve");
        ShareRule.TryParse("bob@localhost", out var bob).ShouldBeTrue();
        _shared = await SharedFolders.OpenAsync(
            new ShareOptions { Folders = [new SharedFolder(_folder["shared"], "docs")], Allow = [bob], QuietTime = TimeSpan.FromMilliseconds(10), Served = new Listener(_served) }, CancellationToken.None);
        await Eventually.HoldsAsync(() => _shared.Catalogue.WithoutHash(1).Count == 0, "the hashes are known");
        return _alice = await _harbour.ConnectAsync("alice", options => (with ?? (same => same))(options with { Shared = _shared, AcceptFrom = PeerPolicy.Nobody, Offers = [] }));
    }

    // What bob connects to is alice's: his own port cannot be reached.
    private Task<FerryClient> BobAsync(Func<FerryOptions, FerryOptions>? with = null) => _harbour!.ConnectAsync("bob", options =>
    {
        options = Only(JingleLoopbackTests.ByJingle(options), "127.0.0.1:1") with { StateDirectory = _folder["state"] };
        return with is null ? options : with(options);
    });

    private FileHash Write(string name, int bytes, int seed = 1)
    {
        var path = _folder["shared/" + name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var content = new byte[bytes];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(path, content);
        return FileHash.Of(HashFunction.Sha256, SHA256.HashData(content));
    }

    // Half of the file, as a receive leaves it that was killed, by whichever way it asked.
    private void Leave()
    {
        var path = _folder["shared/film.mkv"];
        var bytes = File.ReadAllBytes(path)[..(Size / 2)];
        var part = Path.Combine(_harbour!.Inbox, ".film.mkv.ferry-part");
        File.WriteAllBytes(part, bytes);
        var told = XmppDateTime.Parse(XmppDateTime.Format(new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero)));
        var entry = JournalEntry.Of(part, new FileIdentity(Harbour.Address("alice"), "docs/film.mkv", Size, null, told)) with
        {
            Bytes = bytes.Length,
            Hashed = bytes.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
        };
        new Journal(_folder["state"]).TryWrite(entry).ShouldBeTrue();
    }

    private sealed class Listener(ConcurrentQueue<ServedFile> heard) : IProgress<ServedFile>
    {
        public void Report(ServedFile value) => heard.Enqueue(value);
    }

    /// <summary>Gives the same file whatever is asked for.</summary>
    private sealed class Liar(string path, bool told) : IFileRequests
    {
        public bool MayAsk(Jid asker) => true;

        public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken) => Task.FromResult<RequestedFile?>(
            new RequestedFile(SourceFile.Open(path).Value!, "docs/film.mkv", told ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null));
    }
}
