using Ferry.Protocol.HttpBridge;

namespace Ferry.Protocol.Tests.HttpBridge;

public sealed class MultipartSizeTests
{
    [Theory]
    [InlineData(427, 362, 55, 2, 4)]
    [InlineData(8, 0, 1, 0, 1)]
    [InlineData(7, 0, 1, 0, 0)]
    [InlineData(long.MaxValue, 300, 70, long.MaxValue - 378, long.MaxValue - 376)]
    public void The_size_is_what_is_left_less_the_closing_line(long contentLength, long fileOffset, int boundary, long least, long most)
    {
        MultipartSize.TryReckon(contentLength, fileOffset, boundary, out var size).ShouldBeTrue();

        size.ShouldBe(new MultipartSize(least, most));
    }

    [Theory]
    [InlineData(6, 0, 1)]
    [InlineData(100, 200, 1)]
    [InlineData(0, long.MaxValue, 70)]
    public void A_body_too_short_for_its_end_has_no_file(long contentLength, long fileOffset, int boundary) =>
        MultipartSize.TryReckon(contentLength, fileOffset, boundary, out _).ShouldBeFalse();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void An_announced_size_may_differ_by_two(long announced, bool expected) => new MultipartSize(2, 4).Allows(announced).ShouldBe(expected);

    [Fact]
    public void Lengths_below_zero_and_boundaries_beyond_their_limit_are_misuse()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => MultipartSize.TryReckon(-1, 0, 1, out _));
        Should.Throw<ArgumentOutOfRangeException>(() => MultipartSize.TryReckon(0, -1, 1, out _));
        Should.Throw<ArgumentOutOfRangeException>(() => MultipartSize.TryReckon(0, 0, 0, out _));
        Should.Throw<ArgumentOutOfRangeException>(() => MultipartSize.TryReckon(0, 0, 71, out _));
    }
}
