using Ferry.Protocol.Transfers;
using Ferry.Testing.Faults;

namespace Ferry.Tests.Faults;

/// <summary>A direct stream breaks at given bytes: of the greeting, the request, the replies and the file.</summary>
public sealed class ByteStreamFaultsTests
{
    private const string Socks5 = "s5b-direct";
    private const int Size = 300_000;

    /// <summary>A greeting of 3 bytes and a request of 47.</summary>
    private const int BobSays = 50;

    /// <summary>A choice of 2 bytes and a reply of 47; the file follows.</summary>
    private const int FileBegins = 49;

    public static TheoryData<FaultKind, Way, long> InTheExchange()
    {
        var data = new TheoryData<FaultKind, Way, long>();
        foreach (var kind in new[] { FaultKind.Cut, FaultKind.Reset })
        {
            foreach (var at in new long[] { 0, 1, 3, BobSays - 1 }) data.Add(kind, Way.Up, at);
            foreach (var at in new long[] { 0, 1, 2, FileBegins - 1 }) data.Add(kind, Way.Down, at);
        }

        // Each of these takes the five seconds that one exchange may take.
        data.Add(FaultKind.Stall, Way.Up, 0);
        data.Add(FaultKind.Stall, Way.Down, FileBegins - 1);
        return data;
    }

    [Theory]
    [MemberData(nameof(InTheExchange))]
    public async Task A_fault_in_the_exchange_is_named_on_both_sides(FaultKind kind, Way way, long at)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        var happened = strait.Stream.At(way, at, kind);
        var (sent, received) = await strait.TransferAsync(bytes, Socks5);
        happened.IsCompleted.ShouldBeTrue();
        sent.Failure!.Reason.ShouldBe(FailureReason.NoMethod);
        received.Failure!.Reason.ShouldBe(FailureReason.NoMethod);
        await strait.ShouldGoOnAsync(bytes, received, Socks5);
    }

    [Theory]
    [InlineData(FaultKind.Cut, Way.Up, 1)]
    [InlineData(FaultKind.Reset, Way.Down, FileBegins - 1)]
    public async Task A_fault_in_the_exchange_leads_to_in_band_where_that_is_allowed(FaultKind kind, Way way, long at)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        var happened = strait.Stream.At(way, at, kind);
        var (sent, received) = await strait.TransferAsync(bytes, Socks5, "ibb");
        happened.IsCompleted.ShouldBeTrue();
        (sent.Method, received.Method).ShouldBe(("ibb", "ibb"));
        strait.ShouldHaveArrived(bytes, sent, received);
    }

    [Fact]
    public async Task A_port_that_refuses_is_named_on_both_sides()
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        strait.Stream.Refuse();
        var (sent, received) = await strait.TransferAsync(bytes, Socks5);
        (sent.Failure!.Reason, received.Failure!.Reason).ShouldBe((FailureReason.NoMethod, FailureReason.NoMethod));
        strait.Stream.AcceptAgain();
        await strait.ShouldGoOnAsync(bytes, received, Socks5);
    }

    public static TheoryData<FaultKind, Way, long> InTheFile()
    {
        var data = new TheoryData<FaultKind, Way, long>();
        foreach (var kind in new[] { FaultKind.Cut, FaultKind.Reset, FaultKind.Stall })
        {
            foreach (var at in new long[] { 0, 1, Size / 3, Size - 1 }) data.Add(kind, Way.Down, FileBegins + at);
        }

        var random = new Random(65);
        foreach (var kind in new[] { FaultKind.Cut, FaultKind.Reset, FaultKind.Reset, FaultKind.Stall }) data.Add(kind, Way.Down, FileBegins + random.Next(2, Size - 1));
        return data;
    }

    [Theory]
    [MemberData(nameof(InTheFile))]
    public async Task A_fault_in_the_file_is_named_on_both_sides_and_what_came_is_kept(FaultKind kind, Way way, long at)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        var happened = strait.Stream.At(way, at, kind);
        var (sent, received) = await strait.TransferAsync(bytes, Socks5);
        happened.IsCompleted.ShouldBeTrue();
        received.Failure!.Reason.ShouldBe(kind == FaultKind.Stall ? FailureReason.Stalled : FailureReason.CancelledByPeer);
        received.Bytes.ShouldBe(kind == FaultKind.Reset ? received.Bytes : at - FileBegins); // a reset may take what was not read yet with it
        // What closes in order behind the last byte that was handed over looks like a receiver that has everything: SI has no word to tell.
        if (kind != FaultKind.Cut) sent.Failure!.Reason.ShouldBe(kind == FaultKind.Stall ? FailureReason.Stalled : FailureReason.CancelledByPeer);
        await strait.ShouldGoOnAsync(bytes, received, Socks5);
    }

    [Theory]
    [InlineData(FaultKind.Cut, null)]
    [InlineData(FaultKind.Reset, FailureReason.CancelledByPeer)]
    [InlineData(FaultKind.Stall, FailureReason.Stalled)]
    public async Task Behind_the_last_byte_the_receiver_has_it_and_only_the_sender_cannot_know(FaultKind kind, FailureReason? sender)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        var happened = strait.Stream.At(Way.Up, BobSays, kind); // bob's close
        var (sent, received) = await strait.TransferAsync(bytes, Socks5);
        happened.IsCompleted.ShouldBeTrue();
        received.Failure.ShouldBeNull();
        strait.Received.ShouldBe(["f"]);
        (sent.Failure?.Reason).ShouldBe(sender);
    }

    [Theory]
    [InlineData(FaultKind.Cut)]
    [InlineData(FaultKind.Stall)]
    public async Task A_sender_s_close_that_never_arrives_takes_nothing_away(FaultKind kind)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        _ = strait.Stream.At(Way.Down, FileBegins + Size, kind);
        var (_, received) = await strait.TransferAsync(bytes, Socks5);
        received.Failure.ShouldBeNull();
        File.ReadAllBytes(received.Path!).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_slow_path_is_no_stalled_one()
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await OpenAsync();
        var slow = strait.Stream.At(Way.Down, FileBegins + (Size / 2), FaultKind.Slow, bytesPerSecond: 200_000);
        var (sent, received) = await strait.TransferAsync(bytes, Socks5);
        slow.IsCompleted.ShouldBeTrue();
        strait.ShouldHaveArrived(bytes, sent, received);
    }

    private static Task<Strait> OpenAsync() => Strait.OpenAsync(options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
}
