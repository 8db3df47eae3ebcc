using Ferry.Protocol.Transfers;
using Ferry.Server.LocalXmpp;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Faults;

/// <summary>The connection to the server breaks in every phase of a transfer, at either side.</summary>
public sealed class XmppBreaksTests
{
    private const string Socks5 = "s5b-direct";
    private const string InBand = "ibb";
    private const int Size = 700_000;

    /// <summary>Where in the bytes of an undisturbed transfer: before the offer, in the negotiation, in the middle, near and at the end.</summary>
    private static readonly double[] Places = [0, 0.0005, 0.002, 0.02, 0.3, 0.6, 0.9, 0.98, 0.997, 1];

    public static TheoryData<string, bool, int> Cuts()
    {
        var data = new TheoryData<string, bool, int>();
        foreach (var seed in Enumerable.Range(0, Places.Length))
        {
            foreach (var method in new[] { Socks5, InBand })
            {
                data.Add(method, true, seed);
                data.Add(method, false, seed);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_transfer_goes_on_over_a_cut_anywhere(string method, bool alices, int seed)
    {
        var random = new Random(seed + (alices ? 1000 : 2000) + method.Length);
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync();
        var proxy = alices ? strait.AlicesWay : strait.BobsWay;
        var way = random.Next(2) == 0 ? Way.Up : Way.Down;

        // Once undisturbed, to know how many bytes it takes.
        var before = proxy.Passed(way);
        var (sent, received) = await strait.TransferAsync(bytes, method);
        strait.ShouldHaveArrived(bytes, sent, received);
        var takes = proxy.Passed(way) - before;

        var at = (long)(Places[seed] * takes * (0.9 + (random.NextDouble() / 5)));
        var kind = random.Next(2) == 0 ? FaultKind.Cut : FaultKind.Reset;
        var happened = proxy.After(way, Math.Min(at, takes), kind);
        (sent, received) = await strait.TransferAsync(bytes, method);
        strait.ShouldHaveArrived(bytes, sent, received);
        // The second transfer takes fewer stanzas: the two know each other by then.
        if (Places[seed] <= 0.3) happened.IsCompleted.ShouldBeTrue($"seed {seed}: {kind} at {at} of {takes} {way}");
        strait.Changes.ShouldNotContain(change => change.State == ConnectionState.Online && !change.Resumed);
    }

    [Theory]
    [InlineData(InBand, 1)]
    [InlineData(InBand, 2)]
    [InlineData(InBand, 3)]
    public async Task Several_cuts_in_one_transfer_at_both_sides(string method, int seed)
    {
        var random = new Random(seed);
        var bytes = Strait.Bytes(3 * Size);
        await using var strait = await Strait.OpenAsync();
        var faults = new List<Task>();
        for (var i = 0; i < 4; i++)
        {
            var at = (i * Size) + random.Next(100_000, 500_000);
            var kind = random.Next(2) == 0 ? FaultKind.Cut : FaultKind.Reset;
            faults.Add(i % 2 == 0 ? strait.AlicesWay.After(Way.Up, at, kind) : strait.BobsWay.After(Way.Down, at, kind));
        }

        var (sent, received) = await strait.TransferAsync(bytes, method);
        strait.ShouldHaveArrived(bytes, sent, received);
        faults.ShouldAllBe(fault => fault.IsCompleted);
        strait.Changes.Count(change => change.State == ConnectionState.Online && change.Resumed).ShouldBeGreaterThanOrEqualTo(4);
        strait.Changes.ShouldNotContain(change => change.State == ConnectionState.Online && !change.Resumed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_address_goes_on_although_the_server_still_waits_for_the_old_one(bool alices)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync();
        var gone = (alices ? strait.AlicesWay : strait.BobsWay).After(alices ? Way.Up : Way.Down, Size / 2, FaultKind.Vanish);
        var (sent, received) = await strait.TransferAsync(bytes, InBand);
        strait.ShouldHaveArrived(bytes, sent, received);
        gone.IsCompleted.ShouldBeTrue();
    }

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
        await OnlineAgainAsync(strait);
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
        await OnlineAgainAsync(strait);
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

        await OnlineAgainAsync(strait);
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
        await OnlineAgainAsync(strait, alices ? strait.Alice : strait.Bob);
        await strait.ShouldGoOnAsync(bytes, received, InBand);
    }

    [Theory]
    [InlineData(true, InBand)]
    [InlineData(false, InBand)]
    [InlineData(false, Socks5)]
    public async Task A_peer_that_is_killed_is_named_within_the_idle_time(bool alice, string method)
    {
        var bytes = Strait.Bytes(4 * Size);
        await using var strait = await Strait.OpenAsync(options => options with { IdleTimeout = TimeSpan.FromSeconds(2), InBandIdleTimeout = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromSeconds(2) });
        var (gone, proxy) = alice ? (strait.Alice, strait.AlicesWay) : (strait.Bob, strait.BobsWay);
        var middle = method == InBand ? proxy.After(alice ? Way.Up : Way.Down, Size, FaultKind.Reset) : strait.Stream.After(Way.Down, Size, FaultKind.Reset);
        var transfer = strait.TransferAsync(bytes, method);
        proxy.Refuse(); // the server keeps its session for a return that does not come
        await middle;
        proxy.BreakAll(FaultKind.Reset);
        var (sent, received) = await transfer;
        (alice ? received : sent).Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.Timeout, FailureReason.CancelledByPeer);
        received.Failure!.Resumable.ShouldBeTrue();
        await Eventually.HoldsAsync(() => gone.Connection == ConnectionState.Interrupted, "it knows");
        proxy.AcceptAgain();
        await Eventually.HoldsAsync(() => gone.Connection == ConnectionState.Online, "back");
        await strait.ShouldGoOnAsync(bytes, received, method);
    }

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

    private static Task OnlineAgainAsync(Strait strait, params FerryClient[] clients) => Eventually.HoldsAsync(
        () => (clients.Length > 0 ? clients : [strait.Alice, strait.Bob]).All(client =>
            client.Connection == ConnectionState.Online && strait.Changes.Any(change => change is { State: ConnectionState.Online, Resumed: false } && change.Jid == client.Jid)),
        "logged in again");
}
