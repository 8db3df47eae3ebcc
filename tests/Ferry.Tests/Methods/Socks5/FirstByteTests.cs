using System.Net.Sockets;
using Ferry.Methods.Socks5;
using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Tests.Methods.Socks5;

public sealed class FirstByteTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_byte_is_waited_for_and_stays_to_be_read()
    {
        using var pair = await SocketPair.OpenAsync();
        var waiting = Await(pair, 7);
        waiting.IsCompleted.ShouldBeFalse();

        await pair.Other.SendAsync(new byte[] { 42 });

        (await waiting).ShouldBeNull();
        var read = new byte[1];
        (await pair.One.ReceiveAsync(read)).ShouldBe(1);
        read.ShouldBe([42]);
    }

    [Theory]
    [InlineData(7L, false)]
    [InlineData(null, true)]
    public async Task An_end_before_it_is_in_order_only_where_the_length_is_not_known(long? length, bool inOrder)
    {
        using var pair = await SocketPair.OpenAsync();
        pair.Other.Shutdown(SocketShutdown.Send);

        ((await Await(pair, length)) is null).ShouldBe(inOrder);
    }

    [Fact]
    public async Task A_reset_is_a_failure()
    {
        using var pair = await SocketPair.OpenAsync();
        pair.Other.LingerState = new LingerOption(true, 0);
        pair.Other.Close();

        (await Await(pair, 7))!.Reason.ShouldBe(FailureReason.NoMethod);
    }

    [Fact]
    public async Task Silence_ends()
    {
        using var pair = await SocketPair.OpenAsync();
        var waiting = Await(pair, 7);

        await _time.WaitForTimerAsync(Idle);
        _time.Advance(Idle);

        (await waiting)!.Reason.ShouldBe(FailureReason.Timeout);
    }

    private Task<Ferry.Methods.MethodFailure?> Await(SocketPair pair, long? length) => FirstByte.AwaitAsync(pair.One, length, Idle, _time, CancellationToken.None);
}
