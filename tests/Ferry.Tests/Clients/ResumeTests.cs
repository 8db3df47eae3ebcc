using System.Net;
using System.Security.Cryptography;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Transfers;
using Ferry.Resuming;
using Ferry.Testing;
using Ferry.Server.Hosting;
using Ferry.Tests.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Tests.Clients;

/// <summary>Two clients at the embedded server: a transfer is cut in the middle and offered again.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    private const int Size = 4_000_000;
    private const int Cut = Size / 3;
    private readonly TempFolder _folder = new();
    private readonly byte[] _file = new byte[Size];
    private LocalServer _server = null!;
    private FerryClient _alice = null!;
    private FerryClient _bob = null!;
    private IAsyncEnumerator<IncomingOffer> _offers = null!;

    private string Inbox => _folder["inbox"];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Inbox);
        new Random(3).NextBytes(_file);
        _server = await LocalServer.StartAsync(
            new LocalServerOptions { DataFolder = _folder["server"], Listen = [new IPEndPoint(IPAddress.Loopback, 0)] }, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        _alice = await Connect("alice");
        _bob = await Connect("bob");
        _offers = _bob.IncomingOffersAsync().GetAsyncEnumerator();
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
        await _offers.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("si", "s5b-direct", false)]
    [InlineData("si", "s5b-direct", true)]
    [InlineData("si", "ibb", false)]
    [InlineData("si", "ibb", true)]
    [InlineData("jingle", "s5b-direct", false)]
    [InlineData("jingle", "s5b-direct", true)]
    [InlineData("jingle", "ibb", false)]
    [InlineData("jingle", "ibb", true)]
    public async Task What_was_cut_is_gone_on_with(string offer, string method, bool bySender)
    {
        var cut = await CutOff(method, bySender, offer);
        cut.Failure!.Resumable.ShouldBeTrue();
        cut.Failure.Reason.ShouldBe(bySender ? FailureReason.CancelledByPeer : FailureReason.Cancelled);

        var (sent, received) = await Transfer(method, offer: offer);

        received.Failure.ShouldBeNull();
        received.ResumedFrom.ShouldBe(cut.Bytes);
        received.Bytes.ShouldBe(Size - cut.Bytes);
        sent.Failure.ShouldBeNull();
        sent.ResumedFrom.ShouldBe(cut.Bytes);
        sent.Bytes.ShouldBe(received.Bytes);
        sent.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(_file)));
        received.Sha256.ShouldBe(sent.Sha256);
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(offer == "si" ? (null, "md5") : ("sha-256", "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!, TestContext.Current.CancellationToken)).ShouldBe(_file);
    }

    [Fact]
    public async Task Another_method_goes_on_where_the_first_one_was_cut()
    {
        var cut = await CutOff("s5b-direct", bySender: false);
        (await Transfer("ibb")).Received.ResumedFrom.ShouldBe(cut.Bytes);
    }

    [Fact]
    public async Task A_file_from_the_disk_goes_on_too_as_long_as_its_date_is_the_same()
    {
        var path = _folder["film.bin"];
        await File.WriteAllBytesAsync(path, _file, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(1));
        // As a receive leaves it that was killed.
        var partial = Path.Combine(Inbox, ".film.bin.ferry-part");
        await File.WriteAllBytesAsync(partial, _file[..Cut], TestContext.Current.CancellationToken);
        var identity = new FileIdentity(_alice.Jid.Bare, "film.bin", Size, Convert.ToHexStringLower(MD5.HashData(_file)), DateTimeOffset.UnixEpoch.AddDays(1));
        new Journal(_folder["state"]).TryWrite(JournalEntry.Of(partial, identity) with { Bytes = Cut }).ShouldBeTrue();

        var (sent, received) = await Transfer("s5b-direct", path: path);
        received.ResumedFrom.ShouldBe(Cut);
        sent.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(_file)));
        received.Sha256.ShouldBe(sent.Sha256);

        File.Delete(received.Path!);
        await File.WriteAllBytesAsync(partial, _file[..Cut], TestContext.Current.CancellationToken);
        new Journal(_folder["state"]).TryWrite(JournalEntry.Of(partial, identity) with { Bytes = Cut }).ShouldBeTrue();
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(2));
        (_, received) = await Transfer("s5b-direct", path: path);
        received.ResumedFrom.ShouldBe(0);
        received.Bytes.ShouldBe(Size);
    }

    [Fact]
    public async Task A_file_written_again_within_the_second_begins_anew()
    {
        // Too large for an MD5 in the offer: name, size and date are all there is.
        var path = _folder["film.bin"];
        await using (var large = File.Create(path)) large.SetLength(17 * 1024 * 1024);
        var date = new DateTime(2026, 1, 5, 10, 0, 0, 100, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, date);
        using var cut = new CancellationTokenSource();
        var sending = _alice.SendAsync(path, _bob.Jid, new SendOptions { Methods = ["ibb"] }, cut.Token);
        (await _offers.MoveNextAsync()).ShouldBeTrue();
        var receiving = _offers.Current.AcceptAsync(Inbox);
        await Eventually.HoldsAsync(() => new FileInfo(Path.Combine(Inbox, ".film.bin.ferry-part")).Length > 0, "bytes arrive");
        await cut.CancelAsync();
        (await receiving).Failure!.Resumable.ShouldBeTrue();
        await sending;
        File.SetLastWriteTimeUtc(path, date.AddMilliseconds(200));
        var (_, received) = await Transfer("s5b-direct", path: path);
        received.Failure.ShouldBeNull();
        received.ResumedFrom.ShouldBe(0);
    }

    [Fact]
    public async Task Other_content_begins_anew()
    {
        await CutOff("ibb", bySender: false);
        _file[^1]++;
        var (_, received) = await Transfer("ibb");
        received.Failure.ShouldBeNull();
        received.ResumedFrom.ShouldBe(0);
    }

    // Cut when the sender has read a third, and goes on only when it hears of it.
    private async Task<Outcome> CutOff(string method, bool bySender, string offer = "si")
    {
        using var cut = new CancellationTokenSource();
        using var content = new PausingStream(_file);
        var sending = _alice.SendAsync(content, _bob.Jid, new SendOptions { Offers = [offer], Methods = [method], Name = "film.bin" }, bySender ? cut.Token : default);
        (await _offers.MoveNextAsync()).ShouldBeTrue();
        content.PauseAt(Cut);
        var receiving = _offers.Current.AcceptAsync(Inbox, cancellationToken: bySender ? default : cut.Token);
        await content.Paused.WaitAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(() => new FileInfo(Path.Combine(Inbox, ".film.bin.ferry-part")).Length > 0, "bytes arrive");
        await cut.CancelAsync();
        var received = await receiving;
        (await sending).Failure.ShouldNotBeNull();
        return received;
    }

    private async Task<(Outcome Sent, Outcome Received)> Transfer(string method, string? path = null, string offer = "si")
    {
        using var content = new MemoryStream(_file);
        var options = new SendOptions { Offers = [offer], Methods = [method], Name = "film.bin" };
        var sending = path is null ? _alice.SendAsync(content, _bob.Jid, options) : _alice.SendAsync(path, _bob.Jid, options);
        (await _offers.MoveNextAsync()).ShouldBeTrue();
        var received = await _offers.Current.AcceptAsync(Inbox);
        return (await sending, received);
    }

    private Task<FerryClient> Connect(string name) => Connect(Jid.Parse($"{name}@localhost"));

    private async Task<FerryClient> Connect(Jid account)
    {
        await _server.Accounts.RegisterAsync(account, "secret", CancellationToken.None);
        return await FerryClient.ConnectAsync(new FerryOptions
        {
            Account = account,
            Password = "secret",
            Server = _server.Endpoints[0].ToString(),
            PinnedCertificate = _server.Pin,
            AcceptFrom = PeerPolicy.Anyone,
            StateDirectory = _folder["state"],
        });
    }

    private sealed class PausingStream(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _paused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _at = long.MaxValue;

        public Task Paused => _paused.Task;

        public void PauseAt(long position) => Volatile.Write(ref _at, position);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var left = Volatile.Read(ref _at) - Position;
            if (left > 0) return Read(buffer.Span[..(int)Math.Min(left, buffer.Length)]);
            _paused.TrySetResult();
            // Until the transfer is cancelled; or, when the other side does it, for a moment, and then with more for it to refuse.
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
            return Read(buffer.Span[..Math.Min(1, buffer.Length)]);
        }
    }
}
