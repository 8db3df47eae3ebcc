using Ferry.Offers.Jingle;
using Ferry.Testing.Time;

namespace Ferry.Tests.Jingle;

public sealed class JingleWorkTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_peers_requests_wait_in_a_bounded_queue_and_ours_always_find_room()
    {
        var work = new JingleWork(_time);
        for (var i = 0; i < 64; i++) work.TryPostOfPeer(Nothing).ShouldBeTrue();
        work.TryPostOfPeer(Nothing).ShouldBeFalse();
        for (var i = 0; i < 100; i++) work.TryPost(Nothing).ShouldBeTrue();
        var next = await work.NextAsync(null);
        work.TryPostOfPeer(Nothing).ShouldBeFalse(); // taken, not done
        await next!();
        work.TryPostOfPeer(Nothing).ShouldBeTrue();
        work.TryPostOfPeer(Nothing).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_to_be_done_comes_in_order_and_before_the_deadline_that_has_passed()
    {
        var work = new JingleWork(_time);
        var done = new List<int>();
        foreach (var i in new[] { 1, 2, 3 })
        {
            work.TryPost(() =>
            {
                done.Add(i);
                return default;
            });
        }

        for (var i = 0; i < 3; i++) await (await work.NextAsync(_time.GetUtcNow()))!();
        done.ShouldBe([1, 2, 3]);
        (await work.NextAsync(_time.GetUtcNow())).ShouldBeNull();
    }

    [Fact]
    public async Task A_deadline_ends_the_wait_and_so_does_work()
    {
        var work = new JingleWork(_time);
        var deadline = _time.GetUtcNow() + TimeSpan.FromSeconds(7);
        (await _time.PassUntilAsync(work.NextAsync(deadline), TimeSpan.FromSeconds(1))).ShouldBeNull();
        _time.GetUtcNow().ShouldBeGreaterThanOrEqualTo(deadline);
        var waiting = work.NextAsync(null);
        work.TryPost(Nothing).ShouldBeTrue();
        (await waiting.WaitAsync(Harbour.Patience)).ShouldNotBeNull();
    }

    [Fact]
    public void Behind_the_end_nothing_is_taken()
    {
        var work = new JingleWork(_time);
        work.Complete();
        work.TryPost(Nothing).ShouldBeFalse();
        work.TryPostOfPeer(Nothing).ShouldBeFalse();
    }

    private static ValueTask Nothing() => default;
}
