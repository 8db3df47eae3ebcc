using System.Net.Sockets;
using Ferry.Net.Pumps;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Pumps;

public class GracefulCloseTests
{
    [Fact]
    public async Task The_peer_gets_every_byte_and_then_the_end_although_it_sent_something_unread()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        await pair.Other.SendAsync(new byte[1000]);
        var big = new byte[1_000_000];
        Task<int> sending = pair.One.SendAsync(big);
        await using var peer = new NetworkStream(pair.Other);
        var got = new byte[big.Length];
        await peer.ReadExactlyAsync(got);
        await sending;
        Task<CloseEnd> closing = GracefulClose.CloseAsync(pair.One);
        (await peer.ReadAsync(got)).ShouldBe(0);
        pair.Other.Shutdown(SocketShutdown.Send);
        (await closing).ShouldBe(CloseEnd.PeerClosed);
    }

    [Fact]
    public async Task A_peer_that_keeps_its_side_open_is_waited_for_5_s()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        var time = new ManualTime();
        Task<CloseEnd> closing = GracefulClose.CloseAsync(pair.One, timeProvider: time);
        await Eventually.HoldsAsync(() => time.Armed == 1, "it waits");
        time.Advance(TimeSpan.FromSeconds(4.9));
        closing.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(0.1));
        (await closing).ShouldBe(CloseEnd.Silent);
        Should.Throw<ObjectDisposedException>(() => pair.One.Available);
    }

    [Fact]
    public async Task A_closed_socket_is_no_error()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        pair.One.Dispose();
        (await GracefulClose.CloseAsync(pair.One)).ShouldBe(CloseEnd.Broken);
    }
}
