using Ferry.Net.Sessions;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Sessions;

public sealed class BulkFlowTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Fast_is_more_than_64_kilobytes_within_a_moment()
    {
        var flow = new BulkFlow(_time);
        flow.IsFast().ShouldBeFalse();
        flow.Add(64 * 1024);
        flow.IsFast().ShouldBeFalse();
        flow.Add(1);
        flow.IsFast().ShouldBeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(600));
        flow.IsFast().ShouldBeTrue(); // the last half of a second counts too
        _time.Advance(TimeSpan.FromMilliseconds(600));
        flow.IsFast().ShouldBeFalse();
    }

    [Theory]
    [InlineData(16, false)] // 32 kB/s: what many servers let through
    [InlineData(400, true)]
    public void A_rate_that_goes_on_is_fast_or_not(int kilobytesEachTime, bool fast)
    {
        var flow = new BulkFlow(_time);
        for (var i = 0; i < 20; i++)
        {
            flow.Add(kilobytesEachTime * 1000);
            if (i > 0) flow.IsFast().ShouldBe(fast, $"after {i}");
            _time.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    [Fact]
    public void What_a_resumption_sends_again_flows_as_fast_as_it_did()
    {
        var flow = new BulkFlow(_time);
        flow.GoOn(4096); // a question and its answer
        flow.IsFast().ShouldBeFalse();
        flow.GoOn(8080);
        flow.IsFast().ShouldBeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(1200));
        flow.IsFast().ShouldBeFalse();
    }

    [Theory]
    [InlineData(8080, true)] // a block that leaves 112 bytes free
    [InlineData(7800, true)]
    [InlineData(5600, false)] // a block of 4096: a third more would leave
    public void A_slow_write_is_filled_only_where_that_costs_next_to_nothing(int bytes, bool filled)
    {
        var flow = new BulkFlow(_time);
        flow.FillsUp(bytes, 4096).ShouldBeFalse(); // none of it is bulk
        flow.Add(bytes);
        flow.FillsUp(bytes, 4096).ShouldBe(filled);
        flow.FillsUp(bytes, 4096).ShouldBeFalse(); // that was the next write
    }
}
