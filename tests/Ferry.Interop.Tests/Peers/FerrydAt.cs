using System.Net;

namespace Ferry.Interop.Tests.Peers;

/// <summary>The built ferryd as a component, with relay and bridge for the server's users.</summary>
public sealed class FerrydAt : IAsyncDisposable
{
    private readonly TargetDirectory _folder = new();
    private ChildProcess? _process;

    /// <summary>The relay's port.</summary>
    public int Relay { get; private set; }

    public string Errors => _process?.Errors ?? "";

    /// <param name="withIndex">Attached as a second component, too.</param>
    public static async Task<FerrydAt> StartAsync(IXmppServer server, bool withIndex = false)
    {
        var ferryd = new FerrydAt();
        var secret = Path.Combine(ferryd._folder.Path, "component.secret");
        await File.WriteAllTextAsync(secret, IXmppServer.ComponentSecret + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        var ports = LoopbackPorts.Free(3);
        ferryd.Relay = ports[0];
        var file = Path.Combine(ferryd._folder.Path, "ferryd.yml");
        var index = withIndex ? $"index: {{ domain: {IXmppServer.SecondComponentJid}, secretFile: component.secret, allow: {IXmppServer.Domain} }}\ndata: kept" : "";
        await File.WriteAllTextAsync(file, $"""
            component:
              server: 127.0.0.1:{server.ComponentPort}
              domain: {IXmppServer.ComponentJid}
              secretFile: component.secret
            relay:
              listen: 127.0.0.1:{ports[0]}
              allow: {IXmppServer.Domain}
            http:
              listen: 127.0.0.1:{ports[1]}
              publicUrl: http://127.0.0.1:{ports[1]}/bridge/
            admin:
              listen: 127.0.0.1:{ports[2]}
            {index}
            """);
        ferryd._process = ChildProcess.Start(Program, ["run", "--config", file]);
        await ferryd.ReadyAsync(ports[2], server);
        return ferryd;
    }

    /// <summary>Tells it to stop, and waits for its exit code.</summary>
    public Task<int> StopAsync()
    {
        _process!.Terminate();
        return _process.WaitForExit(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static string Program
    {
        get
        {
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(here.Parent!.Parent!.FullName, "Ferry.Daemon", here.Name, "ferryd");
        }
    }

    private async Task ReadyAsync(int port, IXmppServer server)
    {
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            limit.IsCancellationRequested.ShouldBeFalse($"{Errors}\n{server.Log}");
            _process!.HasExited.ShouldBeFalse(Errors);
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"), CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }
}
