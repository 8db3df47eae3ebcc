using Ferry.Protocol.HttpBridge;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData("bytes=0-", 0, 10)]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=3-5", 3, 3)]
    [InlineData("Bytes=9-", 9, 1)]
    [InlineData("bytes= 3-5 ", 3, 3)]
    [InlineData("bytes=9-99999999999999999999999999", 9, 1)]
    [InlineData("bytes=00000000000000000000000000000004-9223372036854775807", 4, 6)]
    [InlineData("bytes=-1", 9, 1)]
    [InlineData("bytes=-10", 0, 10)]
    [InlineData("bytes=-11", 0, 10)]
    [InlineData("bytes=-99999999999999999999999999", 0, 10)]
    public void One_part(string header, long from, long length) => ByteRange.Of(header, 10).ShouldBe(new ByteRange(ByteRangeKind.Part, from, length));

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=99999999999999999999999999-")]
    [InlineData("bytes=9223372036854775807-9223372036854775807")]
    [InlineData("bytes=-0")]
    public void Nothing_of_the_file(string header) => ByteRange.Of(header, 10).Kind.ShouldBe(ByteRangeKind.Unsatisfiable);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5")]
    [InlineData("bytes=5-3")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=-5-3")]
    [InlineData("bytes=--3")]
    [InlineData("bytes=0x1-5")]
    [InlineData("bytes=+1-5")]
    [InlineData("bytes=1 - 5")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-,0-,0-,0-,0-,0-,0-,0-,0-,0-,0-")]
    [InlineData("items=0-5")]
    [InlineData("bytes=\u0661-5")]
    public void What_is_no_single_range_is_the_whole(string? header) => ByteRange.Of(header, 10).ShouldBe(new ByteRange(ByteRangeKind.Whole, 0, 10));

    [Theory]
    [InlineData("bytes=0-")]
    [InlineData("bytes=-1")]
    [InlineData("bytes=0-0")]
    public void An_empty_file_has_no_part(string header) => ByteRange.Of(header, 0).Kind.ShouldBe(ByteRangeKind.Unsatisfiable);

    [Fact]
    public void Any_text_stays_within_the_file() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        Gen.Choose(0, 1000).ToArbitrary(),
        (header, size) => new[] { header, "bytes=" + header, $"bytes={header?.Length * 7}-{size + header?.Length - 3}" }.Select(text => ByteRange.Of(text, size))
            .All(range => range.From >= 0 && range.End <= size && range.Kind == ByteRangeKind.Part == (range.Length > 0 && range != new ByteRange(ByteRangeKind.Whole, 0, size)))).QuickCheckThrowOnFailure();
}
