using Ferry.Methods.InBand;
using Ferry.Testing.Time;

namespace Ferry.Tests.Methods.InBand;

public sealed class DeadlineTests
{
    private readonly ManualTime _time = new();
    private int _due;

    [Fact]
    public void A_moment_that_has_come_is_said_at_once()
    {
        using var deadline = Make();

        deadline.IsAhead(_time.GetUtcNow()).ShouldBeFalse();
        deadline.IsAhead(null).ShouldBeTrue();
        _time.Advance(TimeSpan.FromHours(1));

        _due.ShouldBe(0);
    }

    [Fact]
    public void A_moment_that_becomes_later_is_timed_again_when_the_timer_has_gone_off()
    {
        using var deadline = Make();
        var begin = _time.GetUtcNow();

        deadline.IsAhead(begin + TimeSpan.FromSeconds(10)).ShouldBeTrue();
        deadline.IsAhead(begin + TimeSpan.FromSeconds(30)).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(10));
        _due.ShouldBe(1);

        deadline.WentOff();
        deadline.IsAhead(begin + TimeSpan.FromSeconds(30)).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(19));
        _due.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _due.ShouldBe(2);
    }

    [Fact]
    public void A_moment_that_becomes_earlier_is_kept()
    {
        using var deadline = Make();
        var begin = _time.GetUtcNow();

        deadline.IsAhead(begin + TimeSpan.FromSeconds(30)).ShouldBeTrue();
        deadline.IsAhead(begin + TimeSpan.FromSeconds(5)).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(5));

        _due.ShouldBe(1);
    }

    private Deadline Make() => new(_time, () => _due++);
}
