using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Server.Hosting;
using Ferry.Testing.XmppScripts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Server.Tests.Hosting;

public sealed class LocalServerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ferry-hosting-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_pin_stays_over_a_restart()
    {
        string first;
        await using (var server = await StartAsync(Options())) first = server.Pin;
        await using (var server = await StartAsync(Options())) server.Pin.ShouldBe(first);
        first.ShouldMatch("^[0-9a-f]{64}$");
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(Path.Combine(_folder, "server.pem")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (var other = await StartAsync(Options() with { Domain = "other.example" })) other.Pin.ShouldNotBe(first);
    }

    [Fact]
    public async Task An_account_made_by_another_process_works_at_once()
    {
        await using var server = await StartAsync(Options());
        await using (var store = await AccountStore.OpenAsync(_folder, CancellationToken.None))
        {
            (await store.RegisterAsync(Jid.Parse("late@localhost"), "pw", CancellationToken.None)).ShouldBe(AccountChange.Done);
        }

        await using var late = await ScriptedClient.LogInAsync(server.Endpoints[0], "late@localhost/x", "pw");
        await late.ExpectNothingAsync();
    }

    [Fact]
    public async Task A_taken_port_is_an_error_and_leaves_nothing_behind()
    {
        await using var server = await StartAsync(Options());
        await Should.ThrowAsync<SocketException>(() => StartAsync(Options() with { Listen = server.Endpoints }));
        await Should.ThrowAsync<ArgumentException>(() => StartAsync(Options() with { Domain = "a@b" }));
    }

    [Fact]
    public void Without_a_word_it_listens_on_loopback_only()
    {
        new LocalServerOptions { DataFolder = "x" }.EffectiveListen.ShouldAllBe(endpoint => IPAddress.IsLoopback(endpoint.Address) && endpoint.Port == 5222);
        new LocalServerOptions { DataFolder = "x", Lan = true }.EffectiveListen.ShouldContain(new IPEndPoint(IPAddress.Any, 5222));
    }

    private LocalServerOptions Options() => new() { DataFolder = _folder, Listen = [new IPEndPoint(IPAddress.Loopback, 0)] };

    private static Task<LocalServer> StartAsync(LocalServerOptions options) =>
        LocalServer.StartAsync(options, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
}
