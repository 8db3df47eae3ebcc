using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Faults;

/// <summary>Ends that come while a transfer waits for something else.</summary>
public sealed class EndingsTests
{
    [Theory]
    [InlineData("s5b-direct", FailureReason.CancelledByPeer)]
    [InlineData("ibb", FailureReason.CancelledByPeer)]
    public async Task A_peer_that_leaves_is_noticed_while_the_source_makes_us_wait(string method, FailureReason reason)
    {
        await using var strait = await Strait.OpenAsync();
        var source = new GatedStream(100_000, 1); // its rest never comes
        using var cancel = new CancellationTokenSource();
        var sending = strait.SendAsync(source, method);
        var receiving = ReceiveAsync(strait, cancel.Token);
        await Eventually.HoldsAsync(() => strait.Received is [var part] && new FileInfo(Path.Combine(strait.Inbox, part)).Length > 50_000, "bytes came");
        await cancel.CancelAsync();
        (await sending).Failure!.Reason.ShouldBe(reason);
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.Cancelled);
    }

    [Fact]
    public async Task A_lost_stream_is_noticed_while_the_source_makes_us_wait()
    {
        await using var strait = await Strait.OpenAsync(options => options with { ReconnectTimeout = TimeSpan.Zero });
        var source = new GatedStream(100_000, 1);
        var sending = strait.SendAsync(source, "ibb");
        var receiving = strait.ReceiveAsync();
        await Eventually.HoldsAsync(() => strait.Received.Length == 1, "it began");
        await strait.RestartServerAsync();
        (await sending).Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        await receiving;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposal_waits_for_what_is_under_way(bool sender)
    {
        await using var strait = await Strait.OpenAsync();
        var source = new GatedStream(100_000, 1);
        var sending = strait.SendAsync(source, "s5b-direct");
        var receiving = strait.ReceiveAsync();
        await Eventually.HoldsAsync(() => strait.Stream.Passed(Way.Down) > 50_000, "bytes flow");
        await (sender ? strait.Alice : strait.Bob).DisposeAsync();
        // Its outcome was there before: the wrapper of this test may be a step behind.
        var own = await (sender ? sending : receiving);
        own.Failure!.Reason.ShouldBe(FailureReason.Cancelled);
        await (sender ? receiving : sending);
    }

    [Fact]
    public async Task Without_a_way_back_the_client_is_closed_and_says_so()
    {
        await using var strait = await Strait.OpenAsync(options => options with { ReconnectTimeout = TimeSpan.FromSeconds(1) });
        strait.AlicesWay.Refuse();
        await strait.RestartServerAsync();
        var why = (await strait.Alice.Completion.WaitAsync(Strait.Patience)).ShouldNotBeNull();
        why.Reason.ShouldBe(FailureReason.StreamLost);
        strait.Alice.Connection.ShouldBe(ConnectionState.Closed);
        var alices = strait.Changes.Where(change => change.Jid == strait.Alice.Jid).Select(change => change.State);
        alices.ShouldBe([ConnectionState.Interrupted, ConnectionState.Closed]);
        using var nothing = new MemoryStream([1]);
        var failure = (await strait.SendAsync(nothing, "ibb")).Failure.ShouldNotBeNull();
        failure.Reason.ShouldBe(FailureReason.StreamLost);
        failure.Message.ShouldBe($"the XMPP stream was lost: {why.Message}");
    }

    private static async Task<Outcome> ReceiveAsync(Strait strait, CancellationToken cancel)
    {
        await foreach (var offer in strait.Bob.IncomingOffersAsync(CancellationToken.None)) return await offer.AcceptAsync(strait.Inbox, cancellationToken: cancel);
        throw new ShouldAssertException("no offer");
    }
}
