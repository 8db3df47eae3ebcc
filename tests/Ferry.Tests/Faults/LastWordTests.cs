using Ferry.Protocol.Transfers;
using Ferry.Server.LocalXmpp;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Faults;

/// <summary>
/// bob has everything, and one of the two loses its session before alice hears so. She is told the truth: done where bob, back again, says that he kept
/// it; else that he has not confirmed it.
/// </summary>
public sealed class LastWordTests
{
    private const string InBand = "ibb";
    private const string Socks5 = "s5b-direct";
    private const int Size = 1500; // one block, which is held back until the way of its acknowledgement is mute
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(OfferNames.StreamInitiation, true)]
    [InlineData(OfferNames.StreamInitiation, false)]
    [InlineData(OfferNames.Jingle, true)]
    [InlineData(OfferNames.Jingle, false)]
    public async Task A_file_whose_last_acknowledgement_was_lost_with_a_session_is_done_at_both_ends(string offer, bool alices)
    {
        await using var strait = await OpenAsync(offer);
        var (sending, receiving) = await UntilAllButHeardAsync(strait, alices);
        await LoseSessionAsync(strait, alices);
        var received = await receiving;
        received.Failure.ShouldBeNull();
        (alices ? strait.AlicesWay : strait.BobsWay).AcceptAgain();
        var sent = await sending;
        sent.Failure.ShouldBeNull();
        received.Sha256.ShouldBe(sent.Sha256);
        strait.Received.ShouldBe(["f"]);
    }

    [Theory]
    [InlineData(OfferNames.StreamInitiation)]
    [InlineData(OfferNames.Jingle)]
    public async Task A_receiver_that_does_not_come_back_has_not_confirmed_it(string offer)
    {
        await using var strait = await OpenAsync(offer, TimeSpan.FromSeconds(3));
        var (sending, receiving) = await UntilAllButHeardAsync(strait, alices: false);
        await LoseSessionAsync(strait, alices: false);
        (await receiving).Failure.ShouldBeNull();
        var failure = (await sending).Failure.ShouldNotBeNull();
        failure.Reason.ShouldBeOneOf(FailureReason.Absent, FailureReason.Stalled); // whether or not the server says within the idle time that he is gone
        failure.Message.ShouldContain("everything was sent, but the other end has not confirmed that it kept it");
        failure.Hint.ShouldNotBeNull();
    }

    /// <summary>It logged in anew and knows nothing of the Jingle session; its direct stream went on.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_direct_stream_whose_receiver_lost_its_session_is_done_at_both_ends(bool back)
    {
        await using var strait = await OpenAsync(OfferNames.Jingle, Short);
        using var source = new GatedStream(100_000, 200_000);
        var receiving = strait.ReceiveAsync();
        var sending = strait.SendAsync(source, Socks5);
        await Eventually.HoldsAsync(() => strait.Stream.Passed(Way.Down) >= 100_000, "bytes flow");
        await LoseSessionAsync(strait, alices: false);
        if (back)
        {
            strait.BobsWay.AcceptAgain();
            await Eventually.HoldsAsync(() => strait.Bob.Connection == ConnectionState.Online && strait.Changes.Any(change => change is { State: ConnectionState.Online, Resumed: false }), "logged in again");
        }

        source.Open();
        var (sent, received) = (await sending, await receiving);
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        received.Sha256.ShouldBe(sent.Sha256);
    }

    // The server forgets a session at once whose connection breaks.
    private static Task<Strait> OpenAsync(string offer, TimeSpan? idle = null) => Strait.OpenAsync(
        options => options with { Offers = [offer], LongestWait = Short, InBandIdleTimeout = idle ?? options.InBandIdleTimeout },
        new LocalServerLimits { ResumeTimeout = TimeSpan.FromMilliseconds(1) });

    private static async Task<(Task<Outcome> Sending, Task<Outcome> Receiving)> UntilAllButHeardAsync(Strait strait, bool alices)
    {
        var source = new GatedStream(100, Size - 100);
        var attempts = new Attempts();
        var receiving = strait.ReceiveAsync();
        var sending = strait.Alice.SendAsync(source, strait.Bob.Jid, new SendOptions { Name = "f", Length = Size, Methods = [InBand], Attempts = attempts }).WaitAsync(Strait.Patience);
        await Eventually.HoldsAsync(() => attempts.Has("ibb Chosen"), "the stream is open");
        _ = alices ? strait.AlicesWay.After(Way.Down, 0, FaultKind.Mute) : strait.BobsWay.After(Way.Up, 0, FaultKind.Mute);
        source.Open();
        await Eventually.HoldsAsync(() => strait.Received is ["f"], "bob has it");
        return (sending, receiving);
    }

    private static async Task LoseSessionAsync(Strait strait, bool alices)
    {
        var (client, way) = alices ? (strait.Alice, strait.AlicesWay) : (strait.Bob, strait.BobsWay);
        way.Refuse();
        way.BreakAll(FaultKind.Reset);
        await Eventually.HoldsAsync(() => client.Connection == ConnectionState.Interrupted, "it knows");
    }
}
