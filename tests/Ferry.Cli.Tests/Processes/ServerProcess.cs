using System.Globalization;
using System.Net;
using Ferry.Cli.Tests.Fakes;
using Ferry.Testing.XmppScripts;
using Ferry.Testing;

namespace Ferry.Cli.Tests.Processes;

/// <summary><c>ferry up</c> with accounts whose password is <c>secret</c>, and a home and an inbox for whoever uses it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly List<FerryProcess> _processes = [];
    private string _server = "";
    private string _pin = "";

    public string Inbox => Path.Combine(_home.Path, "inbox");

    public static async Task<ServerProcess> StartAsync(params string[] users)
    {
        var server = new ServerProcess();
        Directory.CreateDirectory(server.Inbox);
        var data = Path.Combine(server._home.Path, "server");
        var up = server.Add(FerryProcess.Start(server._home.Path, "up", "--json", "--data", data, "--port", FreePorts.Take().ToString(CultureInfo.InvariantCulture)));
        var ready = await up.NextAsync("ready");
        (server._server, server._pin) = (ready.GetProperty("server").GetString()!, ready.GetProperty("pin").GetString()!);
        foreach (var user in users)
        {
            await using var account = FerryProcess.Start(server._home.Path, "account", "register", "--data", data, user + "@localhost");
            (await account.EndAsync()).Code.ShouldBe(0, account.Said);
        }

        return server;
    }

    /// <summary>A verb that connects, with events; ended at the latest with the server.</summary>
    public FerryProcess Run(string account, string verb, params string[] words) =>
        Add(FerryProcess.Start(_home.Path, [verb, "--json", "--account", account, "--server", _server, "--pin", _pin, .. words]));

    /// <summary>Somebody who does what a script says.</summary>
    public async Task<ScriptedClient> JoinAsync(string account)
    {
        var client = await ScriptedClient.LogInAsync(IPEndPoint.Parse(_server), account, "secret");
        await client.BeAvailableAsync();
        return client;
    }

    /// <summary>A file with these many bytes.</summary>
    public string Write(string name, int bytes)
    {
        var path = Path.Combine(_home.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        File.WriteAllBytes(path, content);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--) await _processes[i].DisposeAsync();
        _home.Dispose();
    }

    private FerryProcess Add(FerryProcess process)
    {
        _processes.Add(process);
        return process;
    }
}
