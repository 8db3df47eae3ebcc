using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Tests.Index.Storage;

public sealed class EntryTermsTests
{
    // A wide range may find up to twice as much or half as little, a narrow one an eighth; rows tell the rest.
    [Fact]
    public void Every_size_of_a_range_has_one_of_its_few_marks_and_none_that_is_far_from_it()
    {
        var random = new Random(20260103);
        for (var i = 0; i < 5000; i++)
        {
            long[] sizes = [Any(random), Any(random), Any(random)];
            Array.Sort(sizes);
            var (least, inside, most) = (sizes[0], sizes[1], sizes[2]);
            var marks = EntryTerms.Sizes(least, most).ToHashSet();
            marks.Count.ShouldBeInRange(1, 16);
            foreach (var size in sizes) MarksOf(size).Any(marks.Contains).ShouldBeTrue($"{size} in {least} to {most}");
            var other = Any(random);
            if (other < least / 2 || other / 2 > most) MarksOf(other).Any(marks.Contains).ShouldBeFalse($"{other} beside {least} to {most}");
            var near = inside - (inside / 6) - 1;
            if (near >= 0) MarksOf(near).Any(EntryTerms.Sizes(inside, inside).Contains).ShouldBeFalse($"{near} and {inside}");
        }
    }

    [Theory]
    [InlineData("_s1", true)]
    [InlineData("_v0", true)]
    [InlineData("_w345", true)]
    [InlineData("_tvideo", false)]
    [InlineData("s1", false)]
    [InlineData("_", false)]
    public void Sizes_are_told_from_other_marks(string term, bool size) => EntryTerms.IsSize(term).ShouldBe(size);

    private static long Any(Random random) => random.NextInt64(long.MaxValue) >> random.Next(63);

    private static IEnumerable<string> MarksOf(long size) => EntryTerms.Of("s", new IndexedFile("f", new FileMetadata("f", size))).Split(' ').Where(EntryTerms.IsSize);
}
