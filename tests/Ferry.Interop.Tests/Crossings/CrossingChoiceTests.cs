namespace Ferry.Interop.Tests.Crossings;

/// <summary>The part that a usual run has is an honest one.</summary>
public sealed class CrossingChoiceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(739_000)]
    [InlineData(int.MaxValue - 2)]
    public void Eight_seeds_in_a_row_have_everything_through_others_servers_and_24_through_ours(int first)
    {
        Of(8).Where(IsTheirs).ShouldBe(Crossing.All.Where(IsTheirs).Order(new ByName()));
        Of(24).ShouldBe(Crossing.All.Order(new ByName()));

        IEnumerable<Crossing> Of(int seeds) => Enumerable.Range(0, seeds).SelectMany(more => CrossingChoice.Of(unchecked(first + more))).Distinct().Order(new ByName());
    }

    [Fact]
    public void Every_seed_has_every_way_once_and_a_third_of_those_through_our_server()
    {
        var chosen = CrossingChoice.Of(1).Select(crossing => crossing.Way).ToList();
        chosen.ShouldBe(chosen.Distinct());
        chosen.Where(IsTheirs).ShouldBe(Crossing.All.Where(IsTheirs).Select(crossing => crossing.Way).Distinct(), ignoreOrder: true);
        var ours = Crossing.All.Select(crossing => crossing.Way).Distinct().Count(way => !IsTheirs(way));
        chosen.Count(way => !IsTheirs(way)).ShouldBeInRange(ours / 3, (ours / 3) + 1);
    }

    [Fact]
    public void A_seed_has_every_ending_and_files_that_arrive() =>
        CrossingChoice.Of(1).Select(crossing => crossing.Ending).Distinct().Order().ShouldBe(Enum.GetValues<Ending>());

    private static bool IsTheirs(Crossing crossing) => crossing.Server != Crossing.Embedded;

    private sealed class ByName : IComparer<Crossing>
    {
        public int Compare(Crossing? x, Crossing? y) => string.CompareOrdinal(x?.ToString(), y?.ToString());
    }
}
