using Ferry.Protocol.Transfers;
using Ferry.Testing.Faults;

namespace Ferry.Tests.Faults;

/// <summary>A connection to the server that is silent for ever.</summary>
public sealed class StalledConnectionTests
{
    private const string InBand = "ibb";
    private const int Size = 700_000;

    [Theory]
    [InlineData(true, 0.0)]
    [InlineData(false, 0.0)]
    [InlineData(true, 0.5)]
    [InlineData(false, 0.5)]
    public async Task A_connection_that_stalls_for_ever_is_named_within_the_idle_time(bool alices, double place)
    {
        var bytes = Strait.Bytes(Size);
        var two = TimeSpan.FromSeconds(2);
        await using var strait = await Strait.OpenAsync(options => options with { IdleTimeout = two, InBandIdleTimeout = two, LongestWait = two, AnswerTimeout = two, Socks5Wait = two });
        var proxy = alices ? strait.AlicesWay : strait.BobsWay;
        var (way, at) = (alices ? Way.Up : Way.Down, (long)(place * Size));
        var stalled = proxy.After(way, at, FaultKind.Stall);
        using var source = new MemoryStream(bytes);
        var sending = strait.SendAsync(source, InBand);
        var receiving = strait.ReceiveAsync();
        var sent = await sending;
        stalled.IsCompleted.ShouldBeTrue();
        sent.Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.Timeout);
        if (place > 0)
        {
            var received = await receiving;
            received.Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.Timeout);
            received.Failure.Resumable.ShouldBeTrue();
            strait.Received.ShouldBe([".f.ferry-part"]);
        }
    }
}
