using Ferry.Sharing;

namespace Ferry.Tests.Sharing;

public sealed class ShareRuleTests
{
    [Theory]
    [InlineData("alice@example.org", typeof(ShareRule.Account))]
    [InlineData("example.org", typeof(ShareRule.Domain))]
    [InlineData("group:Friends and family", typeof(ShareRule.Group))]
    public void Accounts_domains_and_groups_are_told_apart(string text, Type kind)
    {
        ShareRule.TryParse(text, out var rule).ShouldBeTrue();
        rule.ShouldBeOfType(kind);
    }

    [Theory]
    [InlineData("alice@example.org/laptop")]
    [InlineData("group:")]
    [InlineData("")]
    [InlineData("a b@c")]
    [InlineData(null)]
    public void Anything_else_is_no_rule(string? text) => ShareRule.TryParse(text, out _).ShouldBeFalse();
}
