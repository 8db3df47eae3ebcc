using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Server.Hosting;
using Ferry.Server.Index;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Services;
using Ferry.Testing.XmppScripts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Server.Tests;

/// <summary>The embedded server on a free port, with a folder of its own and accounts whose password is their name.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Domain = "localhost";

    private TestServer(LocalServer server, string folder) => (Local, Folder) = (server, folder);

    public LocalServer Local { get; }

    public string Folder { get; }

    public IPEndPoint EndPoint => Local.Endpoints[0];

    public static Task<TestServer> StartAsync(params string[] users) => StartAsync(new LocalServerLimits { LoginDelay = TimeSpan.Zero }, users);

    public static Task<TestServer> StartAsync(LocalServerLimits limits, string[] users, bool allowPlaintext = false, TimeProvider? time = null, params ServiceEntity[] services) =>
        StartAsync(limits, users, null, allowPlaintext, time, services);

    public static async Task<TestServer> StartAsync(
        LocalServerLimits limits, string[] users, Func<string, IndexOptions>? index, bool allowPlaintext = false, TimeProvider? time = null, params ServiceEntity[] services)
    {
        var folder = Directory.CreateTempSubdirectory("ferry-server-").FullName;
        var server = await LocalServer.StartAsync(
            new LocalServerOptions
            {
                DataFolder = folder,
                Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
                ListenDirectTls = [new IPEndPoint(IPAddress.Loopback, 0)],
                AllowPlaintextLoopback = allowPlaintext,
                Limits = limits,
                Services = services,
                Index = index?.Invoke(folder),
            },
            NullLogger.Instance,
            time ?? TimeProvider.System,
            CancellationToken.None);
        foreach (var user in users) (await server.Accounts.RegisterAsync(Jid.Parse($"{user}@{Domain}"), user, CancellationToken.None)).ShouldBe(AccountChange.Done);
        return new TestServer(server, folder);
    }

    /// <summary>Connects and opens the stream.</summary>
    public async Task<ScriptedClient> ConnectAsync()
    {
        var client = await ScriptedClient.ConnectAsync(EndPoint, Domain);
        await client.OpenAsync();
        return client;
    }

    /// <summary>Logs <c>user/resource</c> in; the password is the user's name.</summary>
    public Task<ScriptedClient> LogInAsync(string user, string resource = "r", int? receiveBuffer = null) =>
        ScriptedClient.LogInAsync(EndPoint, $"{user}@{Domain}/{resource}", user, receiveBuffer: receiveBuffer);

    /// <summary>The same, and available.</summary>
    public async Task<ScriptedClient> JoinAsync(string user, string resource = "r")
    {
        var client = await LogInAsync(user, resource);
        await client.BeAvailableAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Local.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
