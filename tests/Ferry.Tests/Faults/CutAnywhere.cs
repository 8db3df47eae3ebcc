using Ferry.Testing.Faults;

namespace Ferry.Tests.Faults;

/// <summary>The connection to the server breaks in every phase of a transfer by a method, at either side. Its classes run side by side.</summary>
public abstract class CutAnywhere(string method)
{
    private const int Size = 700_000;

    /// <summary>Where in the bytes of an undisturbed transfer: before the offer, in the negotiation, in the middle, near and at the end.</summary>
    private static readonly double[] Places = [0, 0.0005, 0.002, 0.02, 0.3, 0.6, 0.9, 0.98, 0.997, 1];

    public static TheoryData<bool, int> Cuts()
    {
        var data = new TheoryData<bool, int>();
        foreach (var seed in Enumerable.Range(0, Places.Length))
        {
            data.Add(true, seed);
            data.Add(false, seed);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task A_transfer_goes_on_over_a_cut_anywhere(bool alices, int seed)
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
}
