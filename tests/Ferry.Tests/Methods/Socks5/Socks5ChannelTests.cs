using System.Net.Sockets;
using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Testing;

namespace Ferry.Tests.Methods.Socks5;

public sealed class Socks5ChannelTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_is_broken_off_does_not_look_like_one_that_is_over(bool sending)
    {
        using var pair = await SocketPair.OpenAsync();
        await using var channel = new Socks5Channel(pair.One, "s5b-direct", sending, TimeSpan.FromSeconds(30), TimeProvider.System);
        await channel.AbortAsync(AbortCause.Failed);
        using var patience = new CancellationTokenSource(Harbour.Patience);
        var broken = await Should.ThrowAsync<SocketException>(async () => await pair.Other.ReceiveAsync(new byte[1], patience.Token));
        broken.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }
}
