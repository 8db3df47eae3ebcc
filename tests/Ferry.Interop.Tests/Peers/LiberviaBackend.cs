namespace Ferry.Interop.Tests.Peers;

/// <summary>Libervia's daemon on a session bus of its own, started when the first test wants it: it takes seconds to come up and has any number of users.</summary>
public sealed class LiberviaBackend : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("ferry-libervia-");
    private readonly Lock _gate = new();
    private ChildProcess? _process;
    private Task<string>? _bus;

    /// <summary>The program that drives it.</summary>
    public static string Script { get; } = Path.Combine(AppContext.BaseDirectory, "Peers", "libervia_peer.py");

    public string Home => _home.FullName;

    /// <summary>The end of the daemon's log, for failure messages.</summary>
    public string Log => _process?.Errors ?? "";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Its bus's address, once it answers there.</summary>
    public Task<string> Bus()
    {
        lock (_gate)
        {
            return _bus ??= Start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        // The daemon, killed, may still be writing what its parent's death found half done.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _home.Delete(recursive: true);
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task<string> Start()
    {
        _process = ChildProcess.Start(SlixmppPeer.Python, [Script, "backend", Home]);
        return (await new JsonEvents(_process).Next("ready")).GetProperty("bus").GetString()!;
    }
}
