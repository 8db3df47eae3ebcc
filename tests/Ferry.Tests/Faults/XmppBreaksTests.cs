using Ferry.Testing.Faults;

namespace Ferry.Tests.Faults;

/// <summary>The connection to the server breaks more than once, or for good while the server still waits for the old one.</summary>
public sealed class XmppBreaksTests
{
    private const string InBand = "ibb";
    private const int Size = 700_000;

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
}
