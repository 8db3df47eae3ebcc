using Ferry.Protocol.Roster;

namespace Ferry.Protocol.Tests.Roster;

/// <summary>RFC 6121 appendix A, table by table. o/i: the owner's or the contact's request is open; t/f: to, from.</summary>
public sealed class SubscriptionStateTests
{
    [Theory]
    [InlineData("", "subscribe", "o", true)]
    [InlineData("o", "subscribe", "o", true)]
    [InlineData("i", "subscribe", "oi", true)]
    [InlineData("oi", "subscribe", "oi", true)]
    [InlineData("t", "subscribe", "t", true)]
    [InlineData("ti", "subscribe", "ti", true)]
    [InlineData("f", "subscribe", "fo", true)]
    [InlineData("fo", "subscribe", "fo", true)]
    [InlineData("tf", "subscribe", "tf", true)]
    [InlineData("", "unsubscribe", "", true)]
    [InlineData("o", "unsubscribe", "", true)]
    [InlineData("i", "unsubscribe", "i", true)]
    [InlineData("oi", "unsubscribe", "i", true)]
    [InlineData("t", "unsubscribe", "", true)]
    [InlineData("ti", "unsubscribe", "i", true)]
    [InlineData("f", "unsubscribe", "f", true)]
    [InlineData("fo", "unsubscribe", "f", true)]
    [InlineData("tf", "unsubscribe", "f", true)]
    [InlineData("", "subscribed", "", false)]
    [InlineData("o", "subscribed", "o", false)]
    [InlineData("i", "subscribed", "f", true)]
    [InlineData("oi", "subscribed", "fo", true)]
    [InlineData("t", "subscribed", "t", false)]
    [InlineData("ti", "subscribed", "tf", true)]
    [InlineData("f", "subscribed", "f", false)]
    [InlineData("fo", "subscribed", "fo", false)]
    [InlineData("tf", "subscribed", "tf", false)]
    [InlineData("", "unsubscribed", "", false)]
    [InlineData("o", "unsubscribed", "o", false)]
    [InlineData("i", "unsubscribed", "", true)]
    [InlineData("oi", "unsubscribed", "o", true)]
    [InlineData("t", "unsubscribed", "t", false)]
    [InlineData("ti", "unsubscribed", "t", true)]
    [InlineData("f", "unsubscribed", "", true)]
    [InlineData("fo", "unsubscribed", "o", true)]
    [InlineData("tf", "unsubscribed", "t", true)]
    public void What_the_owner_sends(string before, string type, string after, bool passedOn)
    {
        SubscriptionState.TryParse(type, out var request).ShouldBeTrue();
        State(before).Out(request).ShouldBe((State(after), passedOn));
    }

    [Theory]
    [InlineData("", "subscribe", "i", true, false)]
    [InlineData("o", "subscribe", "oi", true, false)]
    [InlineData("i", "subscribe", "i", false, false)]
    [InlineData("oi", "subscribe", "oi", false, false)]
    [InlineData("t", "subscribe", "ti", true, false)]
    [InlineData("ti", "subscribe", "ti", false, false)]
    [InlineData("f", "subscribe", "f", false, true)]
    [InlineData("fo", "subscribe", "fo", false, true)]
    [InlineData("tf", "subscribe", "tf", false, true)]
    [InlineData("", "unsubscribe", "", false, false)]
    [InlineData("o", "unsubscribe", "o", false, false)]
    [InlineData("i", "unsubscribe", "", true, false)]
    [InlineData("oi", "unsubscribe", "o", true, false)]
    [InlineData("t", "unsubscribe", "t", false, false)]
    [InlineData("ti", "unsubscribe", "t", true, false)]
    [InlineData("f", "unsubscribe", "", true, false)]
    [InlineData("fo", "unsubscribe", "o", true, false)]
    [InlineData("tf", "unsubscribe", "t", true, false)]
    [InlineData("", "subscribed", "", false, false)]
    [InlineData("o", "subscribed", "t", true, false)]
    [InlineData("i", "subscribed", "i", false, false)]
    [InlineData("oi", "subscribed", "ti", true, false)]
    [InlineData("t", "subscribed", "t", false, false)]
    [InlineData("ti", "subscribed", "ti", false, false)]
    [InlineData("f", "subscribed", "f", false, false)]
    [InlineData("fo", "subscribed", "tf", true, false)]
    [InlineData("tf", "subscribed", "tf", false, false)]
    [InlineData("", "unsubscribed", "", false, false)]
    [InlineData("o", "unsubscribed", "", true, false)]
    [InlineData("i", "unsubscribed", "i", false, false)]
    [InlineData("oi", "unsubscribed", "i", true, false)]
    [InlineData("t", "unsubscribed", "", true, false)]
    [InlineData("ti", "unsubscribed", "i", true, false)]
    [InlineData("f", "unsubscribed", "f", false, false)]
    [InlineData("fo", "unsubscribed", "f", true, false)]
    [InlineData("tf", "unsubscribed", "f", true, false)]
    public void What_arrives_from_the_contact(string before, string type, string after, bool delivered, bool answered)
    {
        SubscriptionState.TryParse(type, out var request).ShouldBeTrue();
        State(before).In(request).ShouldBe((State(after), delivered, answered));
    }

    [Fact]
    public void Only_the_four_types_are_requests()
    {
        SubscriptionState.TryParse(null, out _).ShouldBeFalse();
        SubscriptionState.TryParse("probe", out _).ShouldBeFalse();
        SubscriptionState.TypeOf(SubscriptionRequest.Unsubscribed).ShouldBe("unsubscribed");
    }

    private static SubscriptionState State(string facts) =>
        new(facts.Contains('t'), facts.Contains('f'), facts.Contains('o'), facts.Contains('i'));
}
