using System.Collections.Immutable;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Server.HttpBridge;
using Ferry.Testing.Time;

namespace Ferry.Server.Tests.HttpBridge;

public sealed class BridgeTransferTests
{
    /// <summary>A client that counts closes at the last byte, which may be before our write of it returns.</summary>
    [Theory]
    [InlineData(true, nameof(BridgeEnding.Done))]
    [InlineData(false, nameof(BridgeEnding.ReceiverLost))]
    public async Task Who_hangs_up_has_everything_or_is_lost(bool last, string ending)
    {
        var transfer = Create();
        transfer.TryTakeSender().ShouldBeTrue();
        transfer.TryTakeReceiver().ShouldBeTrue();
        if (last) transfer.HandOverLast();
        transfer.ReceiverHangsUp();
        (await transfer.Decided).ToString().ShouldBe(ending);
        transfer.Over.IsCancellationRequested.ShouldBe(!last);
    }

    private static BridgeTransfer Create()
    {
        var (alice, bob) = (Jid.Parse("alice@localhost/r"), Jid.Parse("bob@localhost/r"));
        var time = new ManualTime();
        var address = DestinationAddress.Compute("s1", alice.ToString(), bob.ToString());
        var stream = new BridgeStream(address, alice.Bare, alice, bob, WebSender: true, TellsSender: false, new WebReceiver(address, alice, bob, null, null, null), null);
        return new BridgeTransfer(stream, new BridgeOptions { Listen = [] }, ImmutableArray<Ferry.Net.Relaying.RateLimit>.Empty, new DayQuota(alice.Bare, null, time), time);
    }
}
