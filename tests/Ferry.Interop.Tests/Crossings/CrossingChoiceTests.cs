namespace Ferry.Interop.Tests.Crossings;

/// <summary>The part that a usual run has is an honest one.</summary>
public sealed class CrossingChoiceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(739_000)]
    [InlineData(int.MaxValue - 2)]
    public void Eight_seeds_in_a_row_have_everything(int first) =>
        Enumerable.Range(0, 8).SelectMany(more => CrossingChoice.Of(unchecked(first + more))).Distinct().Order(new ByName()).ShouldBe(Crossing.All.Order(new ByName()));

    [Fact]
    public void Every_seed_has_every_way_once() =>
        CrossingChoice.Of(1).Select(crossing => crossing.Way).ShouldBe(Crossing.All.Select(crossing => crossing.Way).Distinct(), ignoreOrder: true);

    [Fact]
    public void A_seed_has_every_ending_and_files_that_arrive() =>
        CrossingChoice.Of(1).Select(crossing => crossing.Ending).Distinct().Order().ShouldBe(Enum.GetValues<Ending>());

    private sealed class ByName : IComparer<Crossing>
    {
        public int Compare(Crossing? x, Crossing? y) => string.CompareOrdinal(x?.ToString(), y?.ToString());
    }
}
