using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Methods.Tcp;
using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Tests.Faults;

namespace Ferry.Tests.Methods;

public sealed class SocketChannelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_address_ends_it_by_name_wherever_it_waits(bool isSocks5)
    {
        using var pair = await SocketPair.OpenAsync();
        var network = new LosableNetwork();
        await using SocketChannel channel = isSocks5
            ? new Socks5Channel(pair.One, "s5b-direct", sending: true, TimeSpan.FromHours(1), TimeProvider.System, network)
            : new RawTcpChannel(pair.One, sending: true, TimeSpan.FromHours(1), TimeProvider.System, network);
        channel.EndedHere.ShouldBeNull();
        var left = channel.PeerLeftAsync(CancellationToken.None);

        network.Lose();

        (await left.WaitAsync(Patience)).Reason.ShouldBe(FailureReason.StreamLost);
        channel.EndedHere.ShouldNotBeNull().Text.ShouldContain("no longer has the address 127.0.0.1");
        // Behind the last byte it is no end in order either.
        (await channel.CompleteAsync(CancellationToken.None).WaitAsync(Patience)).ShouldNotBeNull().Reason.ShouldBe(FailureReason.StreamLost);
    }
}
