using Ferry.Protocol.Files;

namespace Ferry.Protocol.Tests.Files;

public sealed class SharePathTests
{
    [Theory]
    [InlineData("film.mkv")]
    [InlineData("docs/a/b c/ünïcødé 漢字 𝄞.txt")]
    [InlineData("docs/...")]
    [InlineData("docs/.hidden")]
    public void Paths(string path) => SharePath.IsValid(path).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("docs/")]
    [InlineData("docs//a")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("docs/../../a")]
    [InlineData("docs/./a")]
    [InlineData("docs\\a")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u0085b")]
    [InlineData("u\u0308")]
    public void What_is_none(string path) => SharePath.IsValid(path).ShouldBeFalse();

    // Attributes cannot hold them.
    [Fact]
    public void Half_a_character_is_none()
    {
        SharePath.IsValid("a\ud800").ShouldBeFalse();
        SharePath.IsValid("\udc00a").ShouldBeFalse();
    }

    [Fact]
    public void The_length_is_counted_in_bytes()
    {
        SharePath.IsValid(new string('a', 255)).ShouldBeTrue();
        SharePath.IsValid(new string('a', 256)).ShouldBeFalse();
        SharePath.IsValid(new string('ä', 128)).ShouldBeFalse();
    }
}
