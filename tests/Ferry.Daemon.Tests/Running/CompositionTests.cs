using System.Net;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Running;
using Ferry.Protocol.Addressing;
using Ferry.Server.HttpBridge;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Daemon.Tests.Running;

public sealed class CompositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
