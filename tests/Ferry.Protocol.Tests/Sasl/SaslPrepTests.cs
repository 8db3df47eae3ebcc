using System.Text;
using Ferry.Protocol.Sasl;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class SaslPrepTests
{
    [Theory]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00A0b\u3000c\u200Bd", "a b c d")]
    [InlineData("\u0627\u0628", "\u0627\u0628")]
    [InlineData("\u06271\u0628", "\u06271\u0628")]
    [InlineData("p\u00E4ssw\u006F\u0308rd", "p\u00E4ssw\u00F6rd")]
    [InlineData("\U0001F511", "\U0001F511")]
    public void Prepares(string text, string prepared)
    {
        SaslPrep.TryPrepare(text, out var result, out var failure).ShouldBeTrue(failure?.Text);
        result.ShouldBe(prepared);
    }

    [Theory]
    [InlineData("\u0007")]
    [InlineData("\u06271")]
    [InlineData("\u0627a\u0628")]
    [InlineData("")]
    [InlineData("\u00AD")]
    [InlineData("a\u0000")]
    [InlineData("a\u0085")]
    [InlineData("\uE000")]
    [InlineData("\u200E")]
    [InlineData("\uFFFD")]
    [InlineData("\uFDD0")]
    [InlineData("\U000E0041")]
    [InlineData("\u2FF0")]
    public void Refuses(string text)
    {
        SaslPrep.TryPrepare(text, out _, out var failure).ShouldBeFalse();
        failure.ShouldNotBeNull().Reason.ShouldBe(SaslFailureReason.NotPreparable);
    }

    [Fact]
    public void Refuses_broken_surrogates_and_endless_texts()
    {
        SaslPrep.TryPrepare("a\uD800", out _, out _).ShouldBeFalse();
        SaslPrep.TryPrepare("\uDC00a", out _, out _).ShouldBeFalse();
        SaslPrep.TryPrepare(new string('a', SaslPrep.MaxLength), out _, out _).ShouldBeTrue();
        SaslPrep.TryPrepare(new string('a', SaslPrep.MaxLength + 1), out _, out _).ShouldBeFalse();
    }

    [Fact]
    public void Never_throws_and_a_second_time_changes_nothing() =>
        Prop.ForAll(ArbMap.Default.ArbFor<char[]>(), characters =>
        {
            if (!SaslPrep.TryPrepare(new string(characters), out var once, out _))
                return;
            once.IsNormalized(NormalizationForm.FormKC).ShouldBeTrue();
            SaslPrep.TryPrepare(once, out var twice, out _).ShouldBeTrue();
            twice.ShouldBe(once);
        }).QuickCheckThrowOnFailure();
}
