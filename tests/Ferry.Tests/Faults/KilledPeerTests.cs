using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Testing.Faults;

namespace Ferry.Tests.Faults;

/// <summary>A peer that is gone without a word, while its server waits for it.</summary>
public sealed class KilledPeerTests
{
    private const string Socks5 = "s5b-direct";
    private const string InBand = "ibb";
    private const int Size = 700_000;

    [Theory]
    [InlineData(true, InBand)]
    [InlineData(false, InBand)]
    [InlineData(false, Socks5)]
    public async Task A_peer_that_is_killed_is_named_within_the_idle_time(bool alice, string method)
    {
        var bytes = Strait.Bytes(4 * Size);
        await using var strait = await Strait.OpenAsync(options => options with { IdleTimeout = TimeSpan.FromSeconds(2), InBandIdleTimeout = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromSeconds(2) });
        var (gone, proxy) = alice ? (strait.Alice, strait.AlicesWay) : (strait.Bob, strait.BobsWay);
        var middle = method == InBand ? proxy.After(alice ? Way.Up : Way.Down, Size, FaultKind.Reset) : strait.Stream.After(Way.Down, Size, FaultKind.Reset);
        var transfer = strait.TransferAsync(bytes, method);
        proxy.Refuse(); // the server keeps its session for a return that does not come
        await middle;
        proxy.BreakAll(FaultKind.Reset);
        var (sent, received) = await transfer;
        (alice ? received : sent).Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.Timeout, FailureReason.CancelledByPeer);
        received.Failure!.Resumable.ShouldBeTrue();
        await Eventually.HoldsAsync(() => gone.Connection == ConnectionState.Interrupted, "it knows");
        proxy.AcceptAgain();
        await Eventually.HoldsAsync(() => gone.Connection == ConnectionState.Online, "back");
        await strait.ShouldGoOnAsync(bytes, received, method);
    }
}
