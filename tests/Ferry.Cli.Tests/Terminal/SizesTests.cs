using Ferry.Cli.Terminal;

namespace Ferry.Cli.Tests.Terminal;

public class SizesTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(3_000_000, "3.0 MB")]
    [InlineData(99_949_999, "99.9 MB")]
    [InlineData(104_857_600, "105 MB")]
    [InlineData(999_600_000, "1.0 GB")]
    [InlineData(long.MaxValue, "9.2 EB")]
    public void Bytes(long bytes, string shown) => Sizes.Bytes(bytes).ShouldBe(shown);

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(12.3, "12 s")]
    [InlineData(61, "1:01")]
    [InlineData(3661, "1:01:01")]
    public void Durations(double seconds, string shown) => Sizes.Duration(TimeSpan.FromSeconds(seconds)).ShouldBe(shown);
}
