using Ferry.Protocol.Transfers;
using Ferry.Server.LocalXmpp;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Faults;

/// <summary>The server restarts, or gives a session up, in every phase of a transfer.</summary>
public sealed class ServerRestartTests
{
    private const string Socks5 = "s5b-direct";
    private const string InBand = "ibb";
    private const int Size = 700_000;

    [Fact]
    public async Task A_server_s_restart_ends_in_band_by_name_and_the_next_offer_goes_on()
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync();
        var stop = strait.BobsWay.After(Way.Down, Size / 2, FaultKind.Stall); // or it would be over before the server is
        var transfer = strait.TransferAsync(bytes, InBand);
        await stop;
        strait.BobsWay.BreakAll(FaultKind.Reset);
        await strait.RestartServerAsync();

        var (sent, received) = await transfer;
        // Either one is told of its own stream, or of the other's being gone, whichever is first.
        sent.Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        received.Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        received.Bytes.ShouldBeGreaterThan(0);
        await strait.OnlineAgainAsync();
        await strait.ShouldGoOnAsync(bytes, received, InBand);
    }

    [Fact]
    public async Task A_server_s_restart_does_not_touch_a_direct_stream()
    {
        await using var strait = await Strait.OpenAsync();
        var source = new GatedStream(100_000, 200_000);
        var receiving = strait.ReceiveAsync();
        var sending = strait.SendAsync(source, Socks5);
        await Eventually.HoldsAsync(() => strait.Stream.Passed(Way.Down) >= 100_000, "bytes flow");
        await strait.RestartServerAsync();
        await strait.OnlineAgainAsync();
        source.Open();
        var (sent, received) = (await sending, await receiving);
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        received.Sha256.ShouldBe(sent.Sha256);
        received.Bytes.ShouldBe(300_000);
    }

    [Theory]
    [InlineData("finding")]
    [InlineData("offered")]
    public async Task A_server_s_restart_ends_what_is_not_agreed_yet_and_new_offers_come(string when)
    {
        var bytes = Strait.Bytes(1000);
        await using var strait = await Strait.OpenAsync();
        using var patience = new CancellationTokenSource(Strait.Patience);
        await using var offers = strait.Bob.IncomingOffersAsync(patience.Token).GetAsyncEnumerator(patience.Token);
        using var source = new MemoryStream(bytes);
        if (when == "finding") strait.BobsWay.BreakAll(FaultKind.Stall); // he answers no question
        var sending = strait.SendAsync(source, Socks5);
        IncomingOffer? offer = null;
        if (when == "offered")
        {
            (await offers.MoveNextAsync()).ShouldBeTrue();
            offer = offers.Current;
        }

        await strait.RestartServerAsync();
        strait.BobsWay.BreakAll(FaultKind.Reset);
        (await sending).Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        if (offer is not null)
        {
            await Eventually.HoldsAsync(() => offer.Withdrawn.IsCancellationRequested, "the offer is withdrawn");
            (await offer.AcceptAsync(strait.Inbox)).Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        }

        await strait.OnlineAgainAsync();
        using var again = new MemoryStream(bytes);
        sending = strait.SendAsync(again, Socks5);
        (await offers.MoveNextAsync()).ShouldBeTrue();
        var received = await offers.Current.AcceptAsync(strait.Inbox);
        strait.ShouldHaveArrived(bytes, await sending, received);
    }

    [Fact]
    public async Task A_send_that_is_begun_while_the_server_is_away_waits_for_it()
    {
        var bytes = Strait.Bytes(1000);
        await using var strait = await Strait.OpenAsync();
        strait.AlicesWay.Refuse();
        await strait.RestartServerAsync();
        await Eventually.HoldsAsync(() => strait.Alice.Connection == ConnectionState.Interrupted, "alice is cut off");
        await Eventually.HoldsAsync(() => strait.Bob.Connection == ConnectionState.Online && strait.Changes.Any(change => change.State == ConnectionState.Online), "bob is back");
        var transfer = strait.TransferAsync(bytes, Socks5);
        strait.AlicesWay.AcceptAgain();
        var (sent, received) = await transfer;
        // Asked for in the old stream's last moments it ends by name; else it waited for the new one.
        if (sent.Failure is { } lost)
        {
            lost.Reason.ShouldBe(FailureReason.StreamLost);
            (sent, received) = await strait.TransferAsync(bytes, Socks5);
        }

        strait.ShouldHaveArrived(bytes, sent, received);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_that_the_server_gave_up_ends_in_band_on_both_sides_and_the_next_offer_goes_on(bool alices)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync(limits: new LocalServerLimits { ResumeTimeout = TimeSpan.FromSeconds(1) });
        var proxy = alices ? strait.AlicesWay : strait.BobsWay;
        _ = proxy.After(alices ? Way.Up : Way.Down, Size / 2, FaultKind.Reset);
        proxy.Refuse(); // there is no way back
        var (sent, received) = await strait.TransferAsync(bytes, InBand);
        var (cutOff, other) = alices ? (sent, received) : (received, sent);
        cutOff.Failure!.Reason.ShouldBe(FailureReason.StreamLost);
        other.Failure!.Reason.ShouldBe(FailureReason.Absent);
        proxy.AcceptAgain();
        await strait.OnlineAgainAsync(alices ? strait.Alice : strait.Bob);
        await strait.ShouldGoOnAsync(bytes, received, InBand);
    }
}
