namespace Ferry.Tests.Transfers;

/// <summary>A bound on what is taken, for offers and for streams whose size nobody says.</summary>
public sealed class MaxBytesTests
{
    [Fact]
    public async Task A_larger_offer_is_refused_by_name_before_anything_is_opened()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 1001), bob.Jid);
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { MaxBytes = 1000 });
        received.Failure!.Reason.ShouldBe(FailureReason.TooLarge);
        received.Failure.Phase.ShouldBe(Phase.Offering);
        var sent = (await sending.WaitAsync(Harbour.Patience)).Failure!;
        sent.Reason.ShouldBe(FailureReason.Refused);
        sent.Message.ShouldContain("larger than the receiver takes");
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ibb", "si", 150_000, null)]
    [InlineData("ibb", "si", 149_999, FailureReason.TooLarge)]
    [InlineData("s5b-direct", "si", 150_000, null)]
    [InlineData("s5b-direct", "si", 149_999, FailureReason.TooLarge)]
    [InlineData("ibb", "none", 149_999, FailureReason.TooLarge)]
    [InlineData("s5b-direct", "none", 149_999, FailureReason.TooLarge)]
    public async Task A_stream_that_goes_on_beyond_ends_by_name(string method, string kind, long most, FailureReason? reason)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = [kind] });
        var bob = await harbour.ConnectAsync("bob", options => options with { Offers = [kind] });
        var source = new GatedStream(100_000, 50_000);
        source.Open();
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "s", Methods = [method] });
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { MaxBytes = most });
        (received.Failure?.Reason).ShouldBe(reason);
        harbour.Received.Length.ShouldBe(reason is null ? 1 : 0);
        await sending.WaitAsync(Harbour.Patience);
    }

    [Fact]
    public async Task An_endless_stream_stops_there_and_its_sender_is_told()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var source = new GatedStream(0, int.MaxValue);
        source.Open();
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "s", Methods = ["ibb"] });
        var received = await harbour.ReceiveAsync(bob, new ReceiveOptions { MaxBytes = 500_000 });
        received.Failure!.Reason.ShouldBe(FailureReason.TooLarge);
        received.Bytes.ShouldBe(500_000);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }
}
