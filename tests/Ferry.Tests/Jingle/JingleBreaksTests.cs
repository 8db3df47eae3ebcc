using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Jingle;

/// <summary>The connection to the server breaks in a Jingle session, and stream management goes on over another one; or the server is started anew.</summary>
public sealed class JingleBreaksTests
{
    private const string Socks5 = "s5b-direct";
    private const string InBand = "ibb";
    private const int Size = 300_000;

    /// <summary>Where in the bytes of an undisturbed transfer over that connection: in the offer, in the negotiation, in the middle, at the end.</summary>
    private static readonly double[] Places = [0.001, 0.05, 0.5, 0.99];

    public static TheoryData<string, bool, int> Cuts()
    {
        var data = new TheoryData<string, bool, int>();
        foreach (var method in new[] { Socks5, InBand })
        {
            foreach (var alices in new[] { true, false })
            {
                for (var place = 0; place < Places.Length; place++) data.Add(method, alices, place);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_session_goes_on_over_another_connection_and_both_verify(string method, bool alices, int place)
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync(JingleLoopbackTests.ByJingle);
        var way = alices ? Way.Up : Way.Down; // alice sends her blocks, bob gets them
        var proxy = alices ? strait.AlicesWay : strait.BobsWay;
        var before = proxy.Passed(way);
        var (sent, received) = await strait.TransferAsync(bytes, method);
        strait.ShouldHaveArrived(bytes, sent, received);
        var takes = proxy.Passed(way) - before;

        var happened = proxy.After(way, (long)(Places[place] * takes), place % 2 == 0 ? FaultKind.Cut : FaultKind.Reset);
        (sent, received) = await strait.TransferAsync(bytes, method);
        strait.ShouldHaveArrived(bytes, sent, received);
        (sent.VerifiedBy, received.VerifiedBy, sent.Method).ShouldBe(("sha-256", "sha-256", method));
        if (Places[place] <= 0.5) happened.IsCompleted.ShouldBeTrue();
        strait.Changes.ShouldNotContain(change => change.State == ConnectionState.Online && !change.Resumed);
    }

    [Fact]
    public async Task A_server_s_restart_does_not_touch_a_direct_stream()
    {
        await using var strait = await Strait.OpenAsync(JingleLoopbackTests.ByJingle);
        using var source = new GatedStream(100_000, 200_000);
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
        // The session that would have said so is gone with the server.
        (sent.Verified, received.Verified).ShouldBe((false, false));
    }

    [Fact]
    public async Task A_server_s_restart_ends_in_band_by_name_and_the_next_offer_goes_on()
    {
        var bytes = Strait.Bytes(Size);
        await using var strait = await Strait.OpenAsync(JingleLoopbackTests.ByJingle);
        var stop = strait.BobsWay.After(Way.Down, Size / 2, FaultKind.Stall); // or it would be over before the server is
        var transfer = strait.TransferAsync(bytes, InBand);
        await stop;
        strait.BobsWay.BreakAll(FaultKind.Reset);
        await strait.RestartServerAsync();

        var (sent, received) = await transfer;
        sent.Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        received.Failure!.Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Absent);
        await OnlineAgainAsync(strait);
        await strait.ShouldGoOnAsync(bytes, received, InBand);
    }

    private static Task OnlineAgainAsync(Strait strait) => Eventually.HoldsAsync(
        () => new[] { strait.Alice, strait.Bob }.All(client =>
            client.Connection == ConnectionState.Online && strait.Changes.Any(change => change is { State: ConnectionState.Online, Resumed: false } && change.Jid == client.Jid)),
        "logged in again");
}
