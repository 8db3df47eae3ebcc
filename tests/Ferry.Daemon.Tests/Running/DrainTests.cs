using System.Net;
using Ferry.Daemon.Configuration;
using Ferry.Daemon.Running;
using Ferry.Daemon.Systemd;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Daemon.Tests.Running;

/// <summary>The orderly stop: transfers that run are waited for, and cut when their time is over.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_not_ready_while_transfers_finish_and_ends_when_they_have()
    {
        var part = new Part();
        await using var process = await StartAsync(part);
        using var client = new HttpClient();
        var readiness = new Uri(process.AdminAddresses[0] + "/readyz");
        (await client.GetStringAsync(readiness)).ShouldStartWith("running: ok");

        var draining = process.DrainAsync(CancellationToken.None);
        using (var answer = await client.GetAsync(readiness))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await answer.Content.ReadAsStringAsync()).ShouldStartWith("running: stopping\n");
        }

        (await client.GetStringAsync(new Uri(process.AdminAddresses[0] + "/healthz"))).ShouldBe("ok\n");
        draining.IsCompleted.ShouldBeFalse();
        part.Finish();
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
        part.WasCut.ShouldBeFalse();
    }

    [Fact]
    public async Task When_the_time_is_over_they_are_cut()
    {
        var part = new Part();
        await using var process = await StartAsync(part);
        using var grace = new CancellationTokenSource();
        var draining = process.DrainAsync(grace.Token);
        draining.IsCompleted.ShouldBeFalse();
        await grace.CancelAsync();
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
        part.WasCut.ShouldBeTrue();
    }

    private Task<DaemonProcess> StartAsync(IDrainable part)
    {
        var configuration = new DaemonConfiguration
        {
            Xmpp = new XmppConfiguration(Jid.Parse("localhost"), [new IPEndPoint(IPAddress.Loopback, 0)], null),
            Admin = new AdminConfiguration([new IPEndPoint(IPAddress.Loopback, 0)]),
            DataFolder = _folder.Path,
        };
        var nobody = NotifySocket.Open(new Dictionary<string, string>(StringComparer.Ordinal));
        return DaemonProcess.StartAsync(configuration, new Composition([], [part], []), NullLoggerFactory.Instance, nobody, TimeProvider.System);
    }

    private sealed class Part : IDrainable
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Running => 1;

        public bool WasCut { get; private set; }

        public void Finish() => _done.SetResult();

        public async Task DrainAsync(CancellationToken cancellationToken)
        {
            try
            {
                await _done.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                WasCut = true;
            }
        }
    }
}
