using System.Security.Cryptography;
using Ferry.Protocol.Addressing;
using Ferry.Resuming;
using Ferry.Tests.Files;
using Ferry.Transfers;

namespace Ferry.Tests.Transfers;

/// <summary>A receive that broke off and what the next one makes of it: from the offer's claims, the journal and the partial file to the bytes.</summary>
public sealed class ResumingTests : IDisposable
{
    private const int Size = 200_000;
    private const int Cut = 70_000;
    private static readonly FileClaim Claim = new("a.bin", Size, DateTimeOffset.UnixEpoch, null);
    private static readonly FileIdentity Identity = new(Jid.Parse("alice@example.org"), "a.bin", Size, null, DateTimeOffset.UnixEpoch);
    private readonly TempFolder _folder = new();
    private readonly TempFolder _state = new();
    private readonly byte[] _file = new byte[Size];

    public ResumingTests() => new Random(5).NextBytes(_file);

    private string Partial => _folder[".a.bin.ferry-part"];

    public void Dispose()
    {
        _folder.Dispose();
        _state.Dispose();
    }

    [Fact]
    public async Task The_rest_is_enough()
    {
        var broken = await BreakOff();
        broken.Failure!.Resumable.ShouldBeTrue();
        var (start, outcome) = await Receive(_file[Cut..]);
        start.ShouldBe(Cut);
        ShouldBeWhole(outcome);
        outcome.ResumedFrom.ShouldBe(Cut);
        outcome.Bytes.ShouldBe(Size - Cut);
        outcome.Sha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(_file)));
        _state.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_may_break_off_more_than_once()
    {
        await BreakOff();
        (await Receive(_file[Cut..(Cut + 1000)])).Outcome.Failure!.Resumable.ShouldBeTrue();
        var (start, outcome) = await Receive(_file[(Cut + 1000)..]);
        start.ShouldBe(Cut + 1000);
        ShouldBeWhole(outcome);
    }

    [Fact]
    public async Task A_reset_and_a_cancellation_keep_what_came()
    {
        (await Receive(_file[..Cut], after: ArrivingBytes.After.Reset)).Outcome.Failure!.Resumable.ShouldBeTrue();
        using var cancel = new CancellationTokenSource();
        var stopped = Receive(_file[Cut..(Cut + 5)], after: ArrivingBytes.After.StaysOpen, progress: new Relay(p => Cancel(p, cancel)), cancel: cancel.Token);
        var outcome = (await stopped).Outcome;
        outcome.Failure!.Reason.ShouldBe(Protocol.Transfers.FailureReason.Cancelled);
        outcome.Failure.Resumable.ShouldBeTrue();
        (await Receive(_file[(Cut + 5)..])).Start.ShouldBe(Cut + 5);

        static void Cancel(TransferProgress progress, CancellationTokenSource cancel)
        {
            if (progress.Bytes >= Cut + 5) cancel.Cancel();
        }
    }

    public static TheoryData<string> Others() => ["sender", "size", "md5", "date", "no date", "no ranges"];

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Another_file_begins_anew(string what)
    {
        await BreakOff();
        var identity = what switch
        {
            "sender" => Identity with { Sender = Jid.Parse("bob@example.org") },
            "size" => Identity with { Size = Size + 1 },
            "md5" => Identity with { Md5 = new string('0', 32) },
            "date" => Identity with { Modified = DateTimeOffset.UnixEpoch.AddSeconds(1) },
            "no date" => Identity with { Modified = null },
            _ => Identity,
        };
        (await Receive(_file[..10], identity, ranges: what != "no ranges")).Start.ShouldBe(0);
        new FileInfo(Partial).Length.ShouldBe(10);
    }

    [Fact]
    public async Task Name_and_size_alone_are_not_enough()
    {
        var unsure = Identity with { Modified = null };
        (await Receive(_file[..Cut], unsure)).Outcome.Failure!.Resumable.ShouldBeFalse();
        (await Receive(_file, unsure)).Start.ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_journal_nothing_is_gone_on_with()
    {
        var opened = IncomingFile.Into(_folder.Path, Claim, ExistingFile.Refuse).Value!;
        (await Receive(opened, _file[..Cut])).Failure!.Resumable.ShouldBeFalse();
        File.Exists(Partial).ShouldBeTrue();
        (await Receive(_file)).Start.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_behind_the_journal_s_bytes_is_cut_off()
    {
        await BreakOff();
        await using (var partial = new FileStream(Partial, FileMode.Append)) partial.Write(new byte[5000]);
        var (start, outcome) = await Receive(_file[Cut..]);
        start.ShouldBe(Cut);
        ShouldBeWhole(outcome);
    }

    [Fact]
    public async Task A_partial_file_shorter_than_the_journal_begins_anew()
    {
        await BreakOff();
        await using (var partial = new FileStream(Partial, FileMode.Open)) partial.SetLength(Cut - 1);
        var (start, outcome) = await Receive(_file);
        start.ShouldBe(0);
        ShouldBeWhole(outcome);
    }

    [Fact]
    public async Task A_partial_file_without_an_entry_begins_anew()
    {
        await File.WriteAllBytesAsync(Partial, _file[..Cut], TestContext.Current.CancellationToken);
        (await Receive(_file)).Start.ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_of_somebody_else_s_are_noticed_and_thrown_away()
    {
        await BreakOff();
        await File.WriteAllBytesAsync(Partial, new byte[Cut], TestContext.Current.CancellationToken);
        var (start, outcome) = await Receive(_file[Cut..]);
        start.ShouldBe(Cut);
        outcome.Failure!.Reason.ShouldBe(Protocol.Transfers.FailureReason.Mismatch);
        outcome.Failure.Side.ShouldBe(Side.Here);
        _folder.Names.ShouldBeEmpty();
        ShouldBeWhole((await Receive(_file)).Outcome);
    }

    [Fact]
    public async Task An_md5_counts_over_both_parts()
    {
        var md5 = Convert.ToHexStringLower(MD5.HashData(_file));
        var (claim, identity) = (Claim with { Md5 = md5 }, Identity with { Md5 = md5 });
        await Receive(_file[..Cut], identity, claim: claim);
        var (start, outcome) = await Receive(_file[Cut..], identity, claim: claim);
        start.ShouldBe(Cut);
        outcome.VerifiedBy.ShouldBe("md5");
        ShouldBeWhole(outcome);
    }

    [Fact]
    public async Task A_wrong_md5_throws_all_away()
    {
        var md5 = new string('0', 32);
        var (claim, identity) = (Claim with { Md5 = md5 }, Identity with { Md5 = md5 });
        await Receive(_file[..Cut], identity, claim: claim);
        (await Receive(_file[Cut..], identity, claim: claim)).Outcome.Failure!.Reason.ShouldBe(Protocol.Transfers.FailureReason.Mismatch);
        _folder.Names.ShouldBeEmpty();
        _state.Names.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_ignores_the_range_is_noticed_and_not_asked_again(bool stopsAtThePart)
    {
        await BreakOff();
        // The whole file from its start, or only as much of it as was asked for, and then silence.
        var (start, outcome) = stopsAtThePart ? await Receive(_file[..(Size - Cut)], after: ArrivingBytes.After.StaysOpen) : await Receive(_file);
        start.ShouldBe(Cut);
        outcome.Failure!.Reason.ShouldBe(Protocol.Transfers.FailureReason.Mismatch);
        outcome.Failure.Side.ShouldBe(Side.Peer);
        outcome.Failure.Resumable.ShouldBeFalse();
        _folder.Names.ShouldBeEmpty();
        (await Receive(_file[..Cut])).Outcome.Failure!.Resumable.ShouldBeFalse();
        (start, outcome) = await Receive(_file);
        start.ShouldBe(0);
        ShouldBeWhole(outcome);
        _state.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_peer_that_does_not_close_is_believed_when_the_bytes_are_others()
    {
        await BreakOff();
        ShouldBeWhole((await Receive(_file[Cut..], after: ArrivingBytes.After.StaysOpen)).Outcome);
    }

    [Fact]
    public async Task Of_a_file_that_is_all_there_the_last_byte_is_asked_for_again()
    {
        var opened = Open().Value!;
        await File.WriteAllTextAsync(_folder["a.bin"], "came meanwhile", TestContext.Current.CancellationToken);
        var broken = await Receive(opened, _file);
        broken.Failure!.Reason.ShouldBe(Protocol.Transfers.FailureReason.Exists);
        broken.Failure.Resumable.ShouldBeTrue();
        File.Delete(_folder["a.bin"]);
        var (start, outcome) = await Receive(_file[^1..]);
        start.ShouldBe(Size - 1);
        ShouldBeWhole(outcome);
    }

    [Fact]
    public async Task Room_is_needed_only_for_the_rest()
    {
        await BreakOff();
        await using var opened = Ferry.Files.PartialFile.Open(new Ferry.Files.PartialFileOptions
        {
            Directory = _folder.Path,
            Name = "a.bin",
            Size = Size,
            FreeSpace = _ => Size - Cut,
            Keep = (_, length) => new Ferry.Files.KeptPart(length, length),
        }).Value;
        opened.ShouldNotBeNull().Start.ShouldBe(Cut);
    }

    private async Task<Outcome> BreakOff() => (await Receive(_file[..Cut])).Outcome;

    private Ferry.Files.FileResult<IncomingFile> Open(FileIdentity? identity = null, bool ranges = true, FileClaim? claim = null) =>
        IncomingFile.Into(_folder.Path, (claim ?? Claim) with { Length = (identity ?? Identity).Size }, ExistingFile.Refuse, new JournalTerms(_state.Path, identity ?? Identity, ranges));

    private async Task<(long Start, Outcome Outcome)> Receive(
        byte[] bytes,
        FileIdentity? identity = null,
        bool ranges = true,
        FileClaim? claim = null,
        ArrivingBytes.After after = ArrivingBytes.After.Closed,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancel = default)
    {
        var opened = Open(identity, ranges, claim).Value!;
        return (opened.Start, await Receive(opened, bytes, after, progress, cancel));
    }

    private static async Task<Outcome> Receive(
        IncomingFile opened,
        byte[] bytes,
        ArrivingBytes.After after = ArrivingBytes.After.Closed,
        IProgress<TransferProgress>? progress = null,
        CancellationToken cancel = default)
    {
        await using var file = opened;
        var report = new TransferReport(
            Ferry.Transfers.TransferDirection.Receive, "t", Identity.Sender, "a.bin", "si", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, null, () => null);
        return await file.ReceiveAsync(new ArrivingBytes(bytes, after), report, progress, TimeProvider.System, cancel);
    }

    private void ShouldBeWhole(Outcome outcome)
    {
        outcome.Failure.ShouldBeNull();
        _folder.Names.ShouldBe(["a.bin"]);
        File.ReadAllBytes(_folder["a.bin"]).ShouldBe(_file);
    }

    private sealed class Relay(Action<TransferProgress> report) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => report(value);
    }
}
