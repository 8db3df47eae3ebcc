using Ferry.Methods.Socks5;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Testing;
using Ferry.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using static Ferry.Tests.Methods.Socks5.FakeServices;

namespace Ferry.Tests.Methods.Socks5;

public sealed class ProxyDirectoryTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FakeServices _services = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Proxies_are_found_among_the_services_and_kept_in_the_servers_order()
    {
        _services.Lists("rooms.localhost", "b.localhost", "broken.localhost", "a.localhost")
            .Is("rooms.localhost", "conference", "text")
            .Proxy("b.localhost", Host("b.localhost", "192.0.2.2"), Host("b.localhost", "2001:db8::2"))
            .Proxy("a.localhost", Host("a.localhost/7", "proxy.example"));
        await using var directory = Directory();

        var found = await directory.FindAsync(None);

        found.Select(hosts => hosts[0].Jid.ToString()).ShouldBe(["b.localhost", "a.localhost/7"]);
        found[0].Select(host => host.Host).ShouldBe(["192.0.2.2", "2001:db8::2"]);
    }

    [Fact]
    public async Task The_feature_is_as_good_as_the_identity()
    {
        _services.Lists("files.localhost").Is("files.localhost", "store", "file", Namespaces.Bytestreams)
            .Answer("files.localhost", new ProxyAddress([Host("files.localhost")]).ToElement());
        await using var directory = Directory();

        (await directory.FindAsync(None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_proxy_that_refuses_or_has_no_address_is_none()
    {
        _services.Lists("refusing.localhost", "empty.localhost")
            .Is("refusing.localhost", "proxy", "bytestreams").On("refusing.localhost", Namespaces.Bytestreams, _ => Task.FromResult(Error(ErrorCondition.Forbidden)))
            .Proxy("empty.localhost");
        await using var directory = Directory();

        (await directory.FindAsync(None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_silent_service_keeps_a_known_proxy_back_for_a_moment_only()
    {
        _services.Lists("silent.localhost", "a.localhost").Silent("silent.localhost").Proxy("a.localhost", Host("a.localhost"));
        await using var directory = Directory();

        var finding = directory.FindAsync(None);
        await _time.WaitForTimerAsync(ProxyDirectory.PatienceForMore);
        _time.Advance(ProxyDirectory.PatienceForMore);

        (await finding).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Without_any_a_silent_service_is_waited_for_a_second()
    {
        _services.Lists("silent.localhost").Silent("silent.localhost");
        await using var directory = Directory();

        var finding = directory.FindAsync(None);
        await _time.WaitForTimerAsync(ProxyDirectory.Patience);
        finding.IsCompleted.ShouldBeFalse();
        _time.Advance(ProxyDirectory.Patience);

        (await finding).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_search_begun_before_is_not_begun_again()
    {
        var gate = new TaskCompletionSource<IqReply>();
        _services.On("localhost", Namespaces.DiscoItems, _ => gate.Task);
        await using var directory = Directory();

        directory.Begin();
        directory.Begin();
        var finding = directory.FindAsync(None);
        gate.SetResult(Error(ErrorCondition.ServiceUnavailable));

        (await finding).ShouldBeEmpty();
        _services.Asked.ShouldBe(1);
    }

    [Theory]
    [InlineData(true, 60)]
    [InlineData(false, 10)]
    public async Task What_was_found_holds_for_an_hour_and_nothing_for_ten_minutes(bool any, int minutes)
    {
        _services.Lists("a.localhost");
        if (any) _services.Proxy("a.localhost", Host("a.localhost"));
        await using var directory = Directory();
        await directory.FindAsync(None);
        var asked = _services.Asked;

        _time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        await directory.FindAsync(None);
        _services.Asked.ShouldBe(asked);

        _time.Advance(TimeSpan.FromSeconds(1));
        (await directory.FindAsync(None)).Count.ShouldBe(any ? 1 : 0);
        await Eventually.HoldsAsync(() => _services.Asked == 2 * asked, "it was looked for again");
    }

    [Fact]
    public async Task Named_proxies_are_asked_for_their_address_and_nothing_else_is()
    {
        _services.Lists("a.localhost").Proxy("a.localhost", Host("a.localhost"))
            .Answer("named.example", new ProxyAddress([Host("named.example/x")]).ToElement());
        await using var directory = Directory("gone.example", "named.example");

        (await directory.FindAsync(None)).ShouldHaveSingleItem()[0].Jid.ShouldBe(Jid.Parse("named.example/x"));

        _services.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task An_endless_list_is_looked_at_in_part()
    {
        var services = Enumerable.Range(0, 200).Select(i => $"s{i}.localhost").ToArray();
        _services.Lists(services);
        foreach (var service in services) _services.Proxy(service, Host(service));
        await using var directory = Directory();

        (await directory.FindAsync(None)).Count.ShouldBe(ProxySearch.MaxProxies);

        _services.Asked.ShouldBe(1 + (2 * ProxySearch.MaxItems));
    }

    [Fact]
    public async Task Disposal_ends_a_search()
    {
        _services.Lists("silent.localhost").Silent("silent.localhost");
        var directory = Directory();
        directory.Begin();
        await Eventually.HoldsAsync(() => _services.Asked == 2, "the service was asked");

        await directory.DisposeAsync();

        directory.Begin();
        _services.Asked.ShouldBe(2);
    }

    private ProxyDirectory Directory(params string[] named) =>
        new(_services.Ask, FakeServices.Server, [.. named.Select(Jid.Parse)], _time, NullLogger.Instance);
}
