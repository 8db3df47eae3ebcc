using FsCheck;
using FsCheck.Fluent;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Tests.Terminal;

public class SafeTextTests
{
    [Theory]
    [InlineData("film.mkv", "film.mkv")]
    [InlineData("Ünïcödé 日本語 😀.txt", "Ünïcödé 日本語 😀.txt")]
    [InlineData("a\u001b[31mred", "a\\u{1b}[31mred")]
    [InlineData("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c")]
    [InlineData("photo\u202egpj.exe", "photo\\u{202e}gpj.exe")]
    [InlineData("\u009b2J", "\\u{9b}2J")]
    [InlineData("a\u2028b", "a\\u{2028}b")]
    [InlineData("tag\U000E0041", "tag\\u{e0041}")]
    [InlineData("می\u200cخواهم", "می\u200cخواهم")]
    public void Shows_words_and_escapes_what_steers(string text, string shown) => SafeText.Show(text).ShouldBe(shown);

    [Fact]
    public void Cuts_what_is_too_long_between_characters() => SafeText.Show(new string('a', 199) + "😀😀").ShouldBe(new string('a', 199) + "😀…");

    [Fact]
    public void Nothing_that_is_shown_steers_a_terminal() =>
        Prop.ForAll<string>(text => text is null || SafeText.Show(text).All(c => !char.IsControl(c) && c is not ((>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069')))).QuickCheckThrowOnFailure();
}
