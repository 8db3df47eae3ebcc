using Ferry.Protocol.Dns;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Dns;

public sealed class SrvOrderTests
{
    private static readonly SrvRecord Root = new(0, 0, 0, ".");

    [Fact]
    public void Both_services_are_one_list_by_priority()
    {
        var plan = SrvOrder.Merge(
            [new(10, 0, 5223, "b"), new(30, 0, 5223, "d")],
            [new(20, 0, 5222, "c"), new(5, 0, 5222, "a")],
            _ => 0);
        Targets(plan).ShouldBe(
            [new("a", 5222, DirectTls: false), new("b", 5223, DirectTls: true), new("c", 5222, DirectTls: false), new("d", 5223, DirectTls: true)]);
    }

    [Theory]
    [InlineData(0, "zero")]
    [InlineData(1, "small")]
    [InlineData(10, "small")]
    [InlineData(11, "big")]
    [InlineData(100, "big")]
    public void The_running_sum_picks(int chance, string first)
    {
        var plan = SrvOrder.Merge([], [new(0, 90, 1, "big"), new(0, 10, 1, "small"), new(0, 0, 1, "zero")], most => Math.Min(chance, most - 1));
        Targets(plan)[0].Host.ShouldBe(first);
    }

    [Fact]
    public void Weights_are_shares()
    {
        var random = new Random(368);
        var first = Enumerable.Range(0, 10_000)
            .Count(_ => Targets(SrvOrder.Merge([new(0, 3, 1, "often")], [new(0, 1, 1, "seldom")], random.Next))[0].Host == "often");
        // RFC 2782's running sum from 0 gives the first record one part more: with weights 1 and 3, 2 : 3.
        first.ShouldBeInRange(5_700, 6_300);
    }

    [Fact]
    public void A_dot_refuses_one_service_and_leaves_the_other()
    {
        Targets(SrvOrder.Merge([Root], [new(0, 0, 5222, "a")], _ => 0)).ShouldBe([new("a", 5222, DirectTls: false)]);
        Targets(SrvOrder.Merge([new(0, 0, 5223, "a")], [Root], _ => 0)).ShouldBe([new("a", 5223, DirectTls: true)]);
        SrvOrder.Merge([Root], [Root], _ => 0).ShouldBeOfType<SrvPlan.Refused>();
        SrvOrder.Merge([], [Root], _ => 0).ShouldBeOfType<SrvPlan.Refused>();
        SrvOrder.Merge([Root], [], _ => 0).ShouldBe(new SrvPlan.Unknown(DirectTlsRefused: true));
        SrvOrder.Merge([], [], _ => 0).ShouldBe(new SrvPlan.Unknown(DirectTlsRefused: false));
    }

    [Fact]
    public void Port_0_is_no_place_to_connect_to() =>
        SrvOrder.Merge([], [new(0, 0, 0, "a")], _ => 0).ShouldBe(new SrvPlan.Unknown(DirectTlsRefused: false));

    [Fact]
    public void Records_beyond_the_limit_are_left_aside() =>
        Targets(SrvOrder.Merge([], Enumerable.Range(1, 500).Select(i => new SrvRecord(0, 0, i, "a")), _ => 0)).Count.ShouldBe(SrvOrder.MaxRecords);

    [Fact]
    public void Nothing_is_lost_or_added_and_priorities_ascend() =>
        Prop.ForAll(ArbMap.Default.ArbFor<((byte Priority, ushort Weight)[] Records, int Seed)>(), input =>
        {
            var records = input.Records.Take(SrvOrder.MaxRecords)
                .Select((r, i) => new SrvRecord(r.Priority, r.Weight, i + 1, $"h{r.Priority}")).ToList();
            if (records.Count == 0)
                return;
            var targets = Targets(SrvOrder.Merge([], records, new Random(input.Seed).Next));
            targets.Select(t => t.Port).Order().ShouldBe(records.Select(r => r.Port));
            targets.Select(t => int.Parse(t.Host[1..])).ShouldBe(records.Select(r => r.Priority).Order());
        }).QuickCheckThrowOnFailure();

    private static IReadOnlyList<ServerTarget> Targets(SrvPlan plan) => plan.ShouldBeOfType<SrvPlan.Targets>().Ordered;
}
