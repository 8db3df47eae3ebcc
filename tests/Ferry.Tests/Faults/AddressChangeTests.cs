using Ferry.Net.Dialing;
using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Faults;

/// <summary>
/// The machine's address goes in the middle of a transfer, in a network namespace of its own: alice is connected to the server at 10.9.0.1 from 10.9.0.2,
/// later from 10.9.0.3, and bob at 10.9.0.4 from there. What was sent from or to 10.9.0.2 is swallowed once that is gone. Where the machine allows no namespace
/// a proxy on loopback stands in, that lets both ends wait.
/// </summary>
public sealed class AddressChangeTests
{
    private const string Setup = """
        set -e
        ip link set lo up
        ip link add ferry0 type veth peer name ferry1
        for last in 1 2 3 4; do ip addr add 10.9.0.$last/24 dev ferry0; done
        ip link set ferry0 up
        ip link set ferry1 up
        ip route del table local local 10.9.0.1 dev ferry0
        ip route add table local local 10.9.0.1 dev ferry0 src 10.9.0.2 metric 10
        ip route add table local local 10.9.0.1 dev ferry0 src 10.9.0.3 metric 20
        """;

    private const string Gone = "ip route del table local local 10.9.0.1 dev ferry0 src 10.9.0.2 metric 10; ip addr del 10.9.0.2/24 dev ferry0";
    private const int Size = 500_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task An_in_band_transfer_goes_on_from_another_address() =>
        InNamespaceAsync(nameof(An_in_band_transfer_goes_on_from_another_address), MoveInBandAsync, () => new XmppBreaksTests().Another_address_goes_on_although_the_server_still_waits_for_the_old_one(alices: true));

    [Fact]
    public Task A_direct_stream_ends_by_name_at_both_ends_and_is_resumed() =>
        InNamespaceAsync(nameof(A_direct_stream_ends_by_name_at_both_ends_and_is_resumed), MoveDirectAsync, A_direct_stream_ends_at_once_at_the_end_that_lost_its_address);

    /// <summary>Only alice's machine says so: bob, at the same one, hears her reset.</summary>
    [Fact]
    public async Task A_direct_stream_ends_at_once_at_the_end_that_lost_its_address()
    {
        var network = new LosableNetwork();
        await using var strait = await Strait.OpenAsync(options => options with { Network = options.Account.Local == "alice" ? network : NetworkWatch.System });
        using var source = new GatedStream(Size, Size);
        var receiving = strait.ReceiveAsync();
        var sending = strait.SendAsync(source, "s5b-direct");
        await Eventually.HoldsAsync(() => strait.Stream.Passed(Way.Down) >= Size, "bytes flow");
        network.Lose();
        var failure = (await sending).Failure.ShouldNotBeNull();
        (failure.Reason, failure.Side).ShouldBe((FailureReason.StreamLost, Side.Network));
        failure.Message.ShouldContain("no longer has the address");
        (await receiving).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    private static async Task InNamespaceAsync(string method, Func<Task> test, Func<Task> instead)
    {
        if (NetworkNamespace.IsHere)
        {
            await test();
        }
        else if (await NetworkNamespace.MayBeAsync(Setup, Cancel))
        {
            await NetworkNamespace.RunAsync(Setup, method, Cancel);
        }
        else
        {
            TestContext.Current.SendDiagnosticMessage("no network namespace here: only a proxy stands in for an address that goes");
            await instead();
        }
    }

    private static async Task MoveInBandAsync()
    {
        await using var shore = await Shore.OpenAsync();
        using var source = new GatedStream(Size, Size);
        var receiving = shore.ReceiveAsync();
        var sending = shore.SendAsync(source, "ibb");
        await shore.SomeArrivedAsync(Size / 2);
        await NetworkNamespace.ChangeAsync(Gone, Cancel);
        source.Open();
        var (sent, received) = (await sending, await receiving);
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        received.Sha256.ShouldBe(sent.Sha256);
        shore.AlicesChanges.ShouldContain(change => change.State == ConnectionState.Online && change.Resumed);
        shore.AlicesChanges.ShouldNotContain(change => change.State == ConnectionState.Online && !change.Resumed);
    }

    private static async Task MoveDirectAsync()
    {
        await using var shore = await Shore.OpenAsync();
        var path = shore.File(4 * Size);
        using var source = new GatedFile(path, Size);
        var receiving = shore.ReceiveAsync();
        var sending = shore.SendAsync(source, "s5b-direct", 4 * Size);
        await shore.SomeArrivedAsync(Size / 2);
        await NetworkNamespace.ChangeAsync(Gone, Cancel);
        var (sent, received) = (await sending, await receiving);
        sent.Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.StreamLost);
        sent.Failure.Message.ShouldContain("no longer has the address 10.9.0.2");
        // Both are at that address.
        received.Failure.ShouldNotBeNull().Reason.ShouldBeOneOf(FailureReason.StreamLost, FailureReason.Stalled);
        received.Failure.Resumable.ShouldBeTrue();

        receiving = shore.ReceiveAsync();
        using var again = new FileStream(path, FileMode.Open, FileAccess.Read);
        (sent, received) = (await shore.SendAsync(again, "s5b-direct", 4 * Size), await receiving);
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        received.ResumedFrom.ShouldBeGreaterThanOrEqualTo(Size / 2);
        received.Sha256.ShouldBe(sent.Sha256);
    }
}
