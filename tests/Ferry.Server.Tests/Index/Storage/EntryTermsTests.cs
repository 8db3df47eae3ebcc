using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Tests.Index.Storage;

public sealed class EntryTermsTests
{
    // Every range of bit lengths, every bit length.
    [Fact]
    public void The_marks_of_a_range_are_those_of_the_sizes_in_it_and_few()
    {
        var marks = Enumerable.Range(0, 64).Select(bits => EntryTerms.Of("s", new IndexedFile("f", new FileMetadata("f", bits == 0 ? 0 : 1L << (bits - 1)))).Split(' ').Where(EntryTerms.IsSize).ToArray()).ToArray();
        for (var least = 0; least < 64; least++)
        {
            for (var most = least; most < 64; most++)
            {
                var range = EntryTerms.Sizes(least, most).ToHashSet();
                range.Count.ShouldBeLessThanOrEqualTo(15);
                for (var bits = 0; bits < 64; bits++) marks[bits].Any(range.Contains).ShouldBe(bits >= least && bits <= most, $"{bits} in {least} to {most}");
            }
        }
    }

    [Theory]
    [InlineData("_s1", true)]
    [InlineData("_v0", true)]
    [InlineData("_tvideo", false)]
    [InlineData("s1", false)]
    [InlineData("_", false)]
    public void Sizes_are_told_from_other_marks(string term, bool size) => EntryTerms.IsSize(term).ShouldBe(size);
}
