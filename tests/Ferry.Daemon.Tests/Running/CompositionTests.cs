using System.Net;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Running;
using Ferry.Protocol.Addressing;
using Ferry.Server.HttpBridge;
using Ferry.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Daemon.Tests.Running;

public sealed class CompositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>As the sample of the key says it.</summary>
    [Fact]
    public async Task The_bridge_listens_on_both_families_at_one_port()
    {
        if (!System.Net.Sockets.Socket.OSSupportsIPv6) Assert.Skip("no IPv6 here");
        var port = FreePorts.Take();
        var configuration = new DaemonConfiguration
        {
            Xmpp = new XmppConfiguration(Jid.Parse("localhost"), [new IPEndPoint(IPAddress.Loopback, 0)], null),
            Relay = new RelayConfiguration { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] },
            Http = new HttpConfiguration([new IPEndPoint(IPAddress.Any, port), new IPEndPoint(IPAddress.IPv6Any, port)], new Uri("https://relay.example.org/")),
            DataFolder = _folder.Path,
        };
        await using var composition = await Composition.CreateAsync(configuration, NullLoggerFactory.Instance, TimeProvider.System);
        using var http = new HttpClient();
        foreach (var host in new[] { "127.0.0.1", "[::1]" }) (await http.GetAsync(new Uri($"http://{host}:{port}/"))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    /// <summary>contract.md §2: with nothing set, everything is inside, on loopback. What others can reach gets no URLs that name loopback.</summary>
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("0.0.0.0", false)]
    public async Task A_server_for_this_machine_alone_has_a_bridge(string listens, bool has)
    {
        var configuration = new DaemonConfiguration
        {
            Xmpp = new XmppConfiguration(Jid.Parse("localhost"), [new IPEndPoint(IPAddress.Parse(listens), 0)], null),
            DataFolder = _folder.Path,
        };
        await using var composition = await Composition.CreateAsync(configuration, NullLoggerFactory.Instance, TimeProvider.System);
        var bridge = composition.Owned.OfType<BridgeService>().SingleOrDefault();
        (bridge is not null).ShouldBe(has);
        if (bridge is not null) bridge.PublicUrl.IsLoopback.ShouldBeTrue();
    }
}
