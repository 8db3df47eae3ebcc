using System.Net.Sockets;
using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Testing;

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
}
