using System.Net.Sockets;
using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Tests.Methods.Socks5;

public sealed class Socks5ChannelTests
{
    [Fact]
    public async Task Cancelled_while_the_peer_s_close_is_waited_for_it_can_still_be_aborted()
    {
        using var pair = await SocketPair.OpenAsync();
        var channel = new Socks5Channel(pair.One, "s5b-direct", sending: true, TimeSpan.FromSeconds(30), TimeProvider.System);
        using var cancel = new CancellationTokenSource();
        var completing = channel.CompleteAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(completing);

        await channel.AbortAsync(AbortCause.Cancelled);
        await channel.DisposeAsync();

        (await pair.Other.ReceiveAsync(new byte[1], SocketFlags.None)).ShouldBe(0);
    }

    [Fact]
    public async Task Of_a_peer_that_always_closes_silence_behind_the_last_byte_is_a_stall()
    {
        using var pair = await SocketPair.OpenAsync();
        var time = new ManualTime();
        var channel = new Socks5Channel(pair.One, "s5b-direct", sending: true, TimeSpan.FromSeconds(30), time, peerCloses: true);
        var completing = channel.CompleteAsync(CancellationToken.None);
        // Its system has not acknowledged our end yet, or has: once more at most.
        while (!completing.IsCompleted)
        {
            await Task.WhenAny(completing, time.WaitForTimerAsync(TimeSpan.FromSeconds(30)));
            time.Advance(TimeSpan.FromSeconds(30));
        }

        (await completing)!.Reason.ShouldBe(Ferry.Protocol.Transfers.FailureReason.Stalled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_peer_that_goes_is_noticed_while_nothing_is_written(bool reset)
    {
        using var pair = await SocketPair.OpenAsync();
        await using var channel = new Socks5Channel(pair.One, "s5b-direct", sending: true, TimeSpan.FromSeconds(30), TimeProvider.System);
        var left = channel.PeerLeftAsync(CancellationToken.None);
        await pair.Other.SendAsync(new byte[10]); // dropped, and no sign of leaving
        left.IsCompleted.ShouldBeFalse();
        if (reset) pair.Other.LingerState = new LingerOption(true, 0);
        pair.Other.Close();
        (await left.WaitAsync(TimeSpan.FromSeconds(20))).Reason.ShouldBe(Ferry.Protocol.Transfers.FailureReason.CancelledByPeer);
        // A reset is told once: the end must not look like one in order.
        if (reset) (await channel.CompleteAsync(CancellationToken.None))!.Reason.ShouldBe(Ferry.Protocol.Transfers.FailureReason.CancelledByPeer);
    }
}
