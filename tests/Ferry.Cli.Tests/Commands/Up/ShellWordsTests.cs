using Ferry.Cli.Commands.Up;

namespace Ferry.Cli.Tests.Commands.Up;

public class ShellWordsTests
{
    [Theory]
    [InlineData("/usr/bin/ferry", "/usr/bin/ferry")]
    [InlineData("/my files/ferry", "'/my files/ferry'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("", "''")]
    [InlineData("$(x)", "'$(x)'")]
    public void A_shell_takes_them_as_they_are(string word, string quoted) => ShellWords.Quote(word).ShouldBe(quoted);
}
