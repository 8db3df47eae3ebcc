using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Server.HttpBridge;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Server.Tests.HttpBridge.Spool;

/// <summary>What each user and all together may have on disk, and a disk that takes no more.</summary>
public sealed class SpoolStoreTests : IDisposable
{
    private static readonly Jid Alice = Jid.Parse("alice@localhost");
    private static readonly Jid Carol = Jid.Parse("carol@localhost");
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("ferry-spool-");
    private readonly ManualTime _time = new();

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public async Task Bytes_are_set_aside_for_a_user_and_for_all()
    {
        using var store = Open(options => options with { MaxBytes = 150, MaxBytesPerUser = 100 });
        var (one, two) = (store.TryBegin(Alice)!, store.TryBegin(Carol)!);
        one.TryReserve(101).ShouldBeFalse();
        one.TryReserve(100).ShouldBeTrue();
        one.TryReserve(100).ShouldBeTrue("it has them already");
        two.TryReserve(51).ShouldBeFalse("there are 50 left in all");
        two.TryReserve(50).ShouldBeTrue();
        store.Bytes.ShouldBe(150);
        await one.DisposeAsync();
        await one.DisposeAsync();
        two.TryReserve(100).ShouldBeTrue();
        await two.DisposeAsync();
        store.Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task Where_the_size_is_unknown_only_what_came_counts_in_the_end()
    {
        using var store = Open();
        var draft = store.TryBegin(Alice)!;
        (await draft.WriteAsync(new byte[10])).ShouldBeTrue();
        store.Bytes.ShouldBe(SpoolDraft.StepBytes);
        var file = await draft.CommitAsync(Digest('1'), Record);
        await draft.DisposeAsync();
        (store.Bytes, store.Files, file.Size).ShouldBe((10, 1, 10));
        store.Remove(file).ShouldBeTrue();
        store.Remove(file).ShouldBeFalse();
        (store.Bytes, store.Files).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Files_are_counted_for_a_user_and_for_all()
    {
        using var store = Open(options => options with { MaxFiles = 3, MaxFilesPerUser = 2 });
        var drafts = new[] { store.TryBegin(Alice), store.TryBegin(Alice), store.TryBegin(Alice), store.TryBegin(Carol), store.TryBegin(Carol) };
        drafts.Select(draft => draft is not null).ShouldBe([true, true, false, true, false]);
        await drafts[0]!.DisposeAsync();
        store.TryBegin(Carol).ShouldNotBeNull();
    }

    /// <summary>The disk's own word, in the middle of the data and in the middle of the record: nothing is left, and nothing is counted.</summary>
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 0)]
    public async Task A_disk_that_is_full_leaves_nothing(int which, int after)
    {
        var made = 0;
        using var store = Open(create: path => ++made == which ? new FullFile(path, after) : new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0));
        var draft = store.TryBegin(Alice)!;
        var full = await Should.ThrowAsync<IOException>(async () =>
        {
            await draft.WriteAsync(new byte[5]);
            await draft.WriteAsync(new byte[5]);
            await draft.CommitAsync(Digest('1'), Record);
        });
        full.HResult.ShouldBe(FullFile.NoSpace);
        await draft.DisposeAsync();
        (store.Bytes, store.Files).ShouldBe((0, 0));
        SpoolScene.FilesIn(_home).ShouldBeEmpty();
    }

    /// <summary>What the sender hears of it: 507, by name.</summary>
    [Theory]
    [InlineData(1, 50)]
    [InlineData(2, 0)]
    public async Task A_disk_that_is_full_is_named_to_the_sender(int which, int after)
    {
        var (made, told) = (0, 0);
        using var store = Open(create: path => ++made == which ? new FullFile(path, after) : new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0));
        var draft = store.TryBegin(Alice)!;
        var (alice, bob) = (Jid.Parse("alice@localhost/r"), Jid.Parse("bob@localhost/r"));
        var stream = new BridgeStream(DestinationAddress.Compute("s1", alice.ToString(), bob.ToString()), alice, alice, bob, WebSender: true, TellsSender: false, null, null) { IsSpooled = true };
        var transfer = new BridgeTransfer(stream, new BridgeOptions { Listen = [] }, [], new DayQuota(Alice, null, _time), _time) { Draft = draft };
        transfer.TryTakeReceiver().ShouldBeTrue();
        transfer.TryTakeSender().ShouldBeTrue();
        var storing = SpoolEnd.ReceiveAsync(transfer, draft, store, Digest('1'), () => Task.FromResult(++told == 1), _time, NullLogger.Instance);
        await transfer.WriteAsync(new byte[100]);
        (await transfer.EndAsync().WaitAsync(TimeSpan.FromSeconds(20))).ForSender().Status.ShouldBe(507);
        transfer.LeaveSender();
        await storing.WaitAsync(TimeSpan.FromSeconds(20));
        (told, store.Bytes, store.Files).ShouldBe((0, 0, 0));
        SpoolScene.FilesIn(_home).ShouldBeEmpty();
    }

    private static string Digest(char digit) => new(digit, 64);

    private SpoolRecord Record(long size) => new() { Size = size, Owner = Alice.ToString(), Sender = "alice@localhost/r", Receiver = "bob@localhost/r", Stored = _time.GetUtcNow() };

    private SpoolStore Open(Func<SpoolOptions, SpoolOptions>? change = null, Func<string, FileStream>? create = null)
    {
        var options = new SpoolOptions { Folder = Path.Combine(_home.FullName, "spool") };
        return SpoolStore.Open(change?.Invoke(options) ?? options, _time, NullLogger.Instance, create);
    }

    /// <summary>A file on a disk that is full behind so many bytes.</summary>
    private sealed class FullFile(string path, int room) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0)
    {
        public const int NoSpace = 28;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position + buffer.Length > room ? throw new IOException("No space left on device", NoSpace) : base.WriteAsync(buffer, cancellationToken);
    }
}
