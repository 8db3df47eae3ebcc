using System.Net;
using Ferry.Methods.Socks5;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using static Ferry.Tests.Methods.Socks5.FakeServices;

namespace Ferry.Tests.Methods.Socks5;

public sealed class StreamhostOfferTests
{
    private static readonly Jid Self = Jid.Parse("a@localhost/x");

    private static readonly StreamhostPolicy Home = new()
    {
        OwnAddresses =
        [
            new OwnAddress(IPAddress.Parse("192.0.2.4"), 24), new OwnAddress(IPAddress.Parse("10.0.0.4"), 24),
            new OwnAddress(IPAddress.Parse("2001:db8::4"), 64), new OwnAddress(IPAddress.Parse("2001:db8::5"), 64),
        ],
    };

    [Fact]
    public void The_best_of_each_family_go_first_then_the_advertised_then_the_others() =>
        Direct(Home, ["router.example:7000", "192.0.2.4"]).ShouldBe(["192.0.2.4:5086", "2001:db8::4:5086", "router.example:7000", "10.0.0.4:5086", "2001:db8::5:5086"]);

    [Fact]
    public void Only_the_advertised_are_offered_when_asked_for() =>
        StreamhostOffer.Direct(Self, Home, ["[2001:db8::9]:7000"], [], onlyAdvertised: true, 5086)
            .ShouldHaveSingleItem().Host.ShouldBe(new Streamhost(Self, "2001:db8::9", 7000));

    [Fact]
    public void An_address_that_nobody_listens_on_is_not_offered() =>
        StreamhostOffer.Direct(Self, Home, [], [IPAddress.Parse("2001:db8::5")], onlyAdvertised: false, 5086).ShouldHaveSingleItem().Host.Host.ShouldBe("2001:db8::5");

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", null)]
    [InlineData("host.example", "host.example", null)]
    [InlineData("host.example:7000", "host.example", 7000)]
    [InlineData("2001:db8::7", "2001:db8::7", null)]
    [InlineData("[2001:db8::7]", "2001:db8::7", null)]
    [InlineData("[2001:db8::7]:7000", "2001:db8::7", 7000)]
    public void An_advertised_place_is_split(string text, string host, int? port) => StreamhostOffer.SplitHost(text).ShouldBe((host, port));

    [Fact]
    public void Each_proxy_gives_its_first_address_before_any_gives_its_second()
    {
        var proxies = StreamhostOffer.ByProxy(Self, Home, [[Host("p", "192.0.2.1"), Host("p", "2001:db8::1")], [Host("q", "q.example"), Host("q", "192.0.2.2")]]);

        proxies.Select(host => host.Host).ShouldBe(["192.0.2.1", "q.example", "2001:db8::1", "192.0.2.2"]);
    }

    [Fact]
    public void Who_may_connect_to_all_at_once_is_told_one_address_of_each_proxy() =>
        StreamhostOffer.ByProxy(Self, Home, [[Host("p", "192.0.2.1"), Host("p", "2001:db8::1")], [Host("q", "q.example"), Host("q", "192.0.2.2")]], inTurn: false)
            .Select(host => host.Host).ShouldBe(["192.0.2.1", "q.example"]);

    [Fact]
    public void A_proxy_where_we_may_not_go_or_that_claims_to_be_us_is_not_offered()
    {
        var proxies = StreamhostOffer.ByProxy(
            Self, Home, [[Host("p", "127.0.0.1"), Host("p", "192.168.7.7"), Host("p", "0.0.0.0"), Host("p", "p.example", 22)], [Host("a@localhost/y", "192.0.2.1")]]);

        proxies.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(5, 0, false, "dddddd", 5)]
    [InlineData(5, 1, false, "ddddp", 5)]
    [InlineData(5, 4, false, "dddpp", 5)]
    [InlineData(1, 7, false, "dpppp", 5)]
    [InlineData(2, 1, false, "ddp", 3)]
    [InlineData(0, 2, false, "pp", 2)]
    [InlineData(4, 2, true, "ppddd", 5)]
    public void Five_streamhosts_hold_both_kinds(int direct, int proxies, bool proxiesFirst, string kinds, int count)
    {
        var hosts = StreamhostOffer.Arrange(
            [.. Enumerable.Range(1, direct).Select(i => Host("a@localhost/x", $"192.0.2.{i}"))],
            [.. Enumerable.Range(1, proxies).Select(i => Host("p", $"198.51.100.{i}"))],
            proxiesFirst);

        string.Concat(hosts.Select(host => host.Jid == Self ? 'd' : 'p')).ShouldBe(kinds[..count]);
        hosts.Count.ShouldBe(count);
    }

    private static IEnumerable<string> Direct(StreamhostPolicy policy, IReadOnlyList<string> advertise) =>
        StreamhostOffer.Direct(Self, policy, advertise, [], onlyAdvertised: false, 5086).Select(entry => $"{entry.Host.Host}:{entry.Host.Port}");
}
