using Ferry.Net.Dialing;
using Ferry.Net.Dns;
using Ferry.Protocol.Dns;

namespace Ferry.Net.Tests.Dialing;

public sealed class ServerLocatorTests
{
    private static readonly DnsLookup Nothing = new DnsLookup.Nothing(NoSuchName: true);
    private static readonly DnsLookup Failed = new DnsLookup.Failed("no answer in time");

    [Fact]
    public async Task Both_services_are_merged()
    {
        var found = await LocateAsync("example.org", Srv(new SrvRecord(2, 0, 443, "b.example.org")), Srv(new SrvRecord(1, 0, 5222, "a.example.org")));
        Targets(found).ShouldBe(["a.example.org:5222", "xmpps:b.example.org:443"]);
    }

    [Fact]
    public async Task Without_records_the_domain_itself_is_tried() =>
        Targets(await LocateAsync("example.org", Nothing, new DnsLookup.Nothing(NoSuchName: false)))
            .ShouldBe(["example.org:5222", "xmpps:example.org:5223"]);

    [Fact]
    public async Task A_dot_is_believed()
    {
        var dot = Srv(new SrvRecord(0, 0, 0, "."));
        Targets(await LocateAsync("example.org", dot, Nothing)).ShouldBe(["example.org:5222"]);
        (await LocateAsync("example.org", dot, dot)).ShouldBeOfType<ServerLocation.Failed>();
        (await LocateAsync("example.org", Nothing, dot)).ShouldBeOfType<ServerLocation.Failed>();
    }

    [Fact]
    public async Task A_failed_lookup_is_no_empty_one()
    {
        (await LocateAsync("example.org", Failed, Failed)).ShouldBeOfType<ServerLocation.Failed>().Hint.ShouldContain("--server");
        (await LocateAsync("example.org", Nothing, Failed)).ShouldBeOfType<ServerLocation.Failed>();
        (await LocateAsync("example.org", Failed, Nothing)).ShouldBeOfType<ServerLocation.Failed>();
        Targets(await LocateAsync("example.org", Failed, Srv(new SrvRecord(0, 0, 5222, "a.example.org")))).ShouldBe(["a.example.org:5222"]);
    }

    [Theory]
    [InlineData("localhost", "localhost:5222")]
    [InlineData("ferry.localhost", "ferry.localhost:5222")]
    [InlineData("127.0.0.1", "127.0.0.1:5222")]
    [InlineData("[::1]", "[::1]:5222")]
    public async Task Local_names_and_addresses_are_not_asked_for(string domain, string first)
    {
        var locator = new ServerLocator((_, _, _) => throw new InvalidOperationException("asked"), _ => 0);
        Targets(await locator.LocateAsync(domain, TestContext.Current.CancellationToken))[0].ShouldBe(first);
    }

    [Fact]
    public async Task International_names_are_asked_for_in_ASCII()
    {
        var asked = new List<string>();
        var locator = new ServerLocator(
            (name, _, _) =>
            {
                asked.Add(name);
                return Task.FromResult(Nothing);
            },
            _ => 0);
        Targets(await locator.LocateAsync("B\u00FCcher.example.", TestContext.Current.CancellationToken))[0].ShouldBe("xn--bcher-kva.example:5222");
        asked.ShouldBe(["_xmpps-client._tcp.xn--bcher-kva.example", "_xmpp-client._tcp.xn--bcher-kva.example"]);
    }

    [Fact]
    public async Task Nonsense_is_no_domain() =>
        (await LocateAsync("a b", Nothing, Nothing)).ShouldBeOfType<ServerLocation.Failed>();

    private static Task<ServerLocation> LocateAsync(string domain, DnsLookup direct, DnsLookup startTls)
    {
        DnsQuery query = (name, type, _) =>
        {
            type.ShouldBe(DnsRecordType.Srv);
            return Task.FromResult(name.StartsWith("_xmpps-", StringComparison.Ordinal) ? direct : startTls);
        };
        return new ServerLocator(query, _ => 0).LocateAsync(domain, TestContext.Current.CancellationToken);
    }

    private static DnsLookup.Found Srv(params SrvRecord[] records) => new(new DnsResponse(
        0, 0, Truncated: false, "q", DnsRecordType.Srv, [.. records.Select(r => new DnsRecord.Service("q", r))]));

    private static List<string> Targets(ServerLocation location) =>
        [.. location.ShouldBeOfType<ServerLocation.Found>().Targets.Select(t => t.ToString())];
}
