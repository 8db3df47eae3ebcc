using Ferry.Daemon.Running;

namespace Ferry.Daemon.Tests.Running;

public sealed class DescriptorLimitTests
{
    private const ulong Wanted = DescriptorLimit.Wanted;

    [Theory]
    // Privileged: the bound itself moves.
    [InlineData(1024UL, 20_000UL, true, Wanted, Wanted)]
    // Not privileged: up to the bound.
    [InlineData(1024UL, 20_000UL, false, 20_000UL, 20_000UL)]
    [InlineData(20_000UL, 20_000UL, false, 20_000UL, 20_000UL)]
    // Never lowered.
    [InlineData(1024UL, 2 * Wanted, true, 2 * Wanted, 2 * Wanted)]
    [InlineData(2 * Wanted, ulong.MaxValue, true, ulong.MaxValue, ulong.MaxValue)]
    public void It_is_raised_as_far_as_the_system_lets_it(ulong now, ulong most, bool privileged, ulong thenNow, ulong thenMost)
    {
        var held = new DescriptorLimit.Limit(now, most);
        var raised = DescriptorLimit.Raise(
            () => held,
            asked =>
            {
                if (asked.Now > asked.Most || (asked.Most > held.Most && !privileged)) return false;
                held = asked;
                return true;
            });
        raised.ShouldBe(new DescriptorLimit.Limit(thenNow, thenMost));
    }

    [Fact]
    public void A_system_that_says_nothing_is_not_asked_for_more() => DescriptorLimit.Raise(() => null, _ => throw new InvalidOperationException("asked")).ShouldBeNull();

    [Fact]
    public void This_process_has_all_that_it_may_have() => (DescriptorLimit.Raise() is not { } limit || limit.Now == limit.Most).ShouldBeTrue();
}
