namespace Ferry.Interop.Tests.Crossings;

/// <summary>The part that a usual run has is an honest one.</summary>
public sealed class CrossingChoiceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(739_000)]
    [InlineData(int.MaxValue - 2)]
    public void Five_seeds_in_a_row_have_everything(int first) =>
        Enumerable.Range(0, 5).SelectMany(more => CrossingChoice.Of(unchecked(first + more))).Distinct().Order(new ByName()).ShouldBe(Crossing.All.Order(new ByName()));

    [Fact]
    public void Every_seed_has_every_way_with_and_without_arrival()
    {
        var ways = Crossing.All.Select(crossing => (crossing.Way, crossing.Arrives)).Distinct().ToArray();

        CrossingChoice.Of(1).Select(crossing => (crossing.Way, crossing.Arrives)).ShouldBe(ways, ignoreOrder: true);
    }

    [Fact]
    public void A_seed_has_every_ending() =>
        CrossingChoice.Of(1).Select(crossing => crossing.Ending).Distinct().Order().ShouldBe(Enum.GetValues<Ending>());

    private sealed class ByName : IComparer<Crossing>
    {
        public int Compare(Crossing? x, Crossing? y) => string.CompareOrdinal(x?.ToString(), y?.ToString());
    }
}
