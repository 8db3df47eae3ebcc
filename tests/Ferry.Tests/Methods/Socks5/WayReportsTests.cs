using Ferry.Methods;
using Ferry.Methods.Socks5;
using Ferry.Protocol.Transfers;
using Ferry.Testing;

namespace Ferry.Tests.Methods.Socks5;

public sealed class WayReportsTests
{
    private readonly List<string> _told = [];

    [Theory]
    [InlineData(new[] { false, true }, "s5b-direct", "s5b-direct Started,s5b-proxy Started,s5b-direct Chosen")]
    [InlineData(new[] { false, true }, "s5b-proxy", "s5b-direct Started,s5b-proxy Started,s5b-direct Failed,s5b-proxy Chosen")]
    [InlineData(new[] { true, false }, "s5b-proxy", "s5b-proxy Started,s5b-direct Started,s5b-proxy Chosen")]
    [InlineData(new[] { false, true }, null, "s5b-direct Started,s5b-proxy Started,s5b-direct Failed,s5b-proxy Failed")]
    [InlineData(new[] { true }, null, "s5b-proxy Started,s5b-proxy Failed")]
    [InlineData(new bool[0], null, "s5b-direct Started,s5b-direct Failed")]
    public async Task The_way_that_carries_the_bytes_is_named(bool[] kinds, string? carries, string told)
    {
        using var pair = await SocketPair.OpenAsync();
        var reports = new WayReports((way, result, _) => _told.Add($"{way} {result}"), kinds, Socks5Ways.Of([Socks5Method.Direct, Socks5Method.Proxy]));

        reports.Tell(carries is null
            ? new MethodFailure(FailureReason.NoMethod, Side.Network, "none")
            : new Socks5Channel(pair.One, carries, sending: true, TimeSpan.FromSeconds(30), TimeProvider.System));

        string.Join(',', _told).ShouldBe(told);
    }

    [Theory]
    [InlineData(new[] { "s5b-direct", "s5b-proxy", "ibb" }, true, true, false)]
    [InlineData(new[] { "ibb", "s5b-proxy", "s5b-direct" }, true, true, true)]
    [InlineData(new[] { "s5b-proxy" }, false, true, true)]
    [InlineData(new[] { "ibb", "s5b-direct" }, true, false, false)]
    public void The_allowed_names_narrow_and_order(string[] allowed, bool direct, bool proxy, bool proxyFirst) =>
        Socks5Ways.Of(allowed).ShouldBe(new Socks5Ways(direct, proxy, proxyFirst));
}
