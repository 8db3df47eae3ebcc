using System.Net;
using Ferry.Interop.Tests.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Interop.Tests;

/// <summary>Clients that others wrote at the embedded server: log-in, roster, presence, and files through it.</summary>
public sealed class EmbeddedServerTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ferry-embedded-").FullName;
    private LocalServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        _server = await LocalServer.StartAsync(
            new LocalServerOptions { DataFolder = _folder, Listen = [any], ListenDirectTls = [any] },
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None);
        foreach (var user in new[] { "sender", "receiver" }) await _server.Accounts.RegisterAsync(Jid.Parse($"{user}@localhost"), "secret", CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("si", "ibb", false)]
    [InlineData("none", "ibb-message", true)]
    public async Task Two_slixmpp_send_a_file_through_it(string offer, string via, bool directTls)
    {
        using var file = new SampleFile(1_000_000);
        await using var sender = await LogIn("sender", directTls);
        await using var receiver = await LogIn("receiver", directTls);
        await receiver.Receive(offer, via);

        await sender.Send(receiver.Jid, file.FilePath, offer, via);

        var received = await receiver.Next("received", "failed", "declined");
        received.GetProperty("type").GetString().ShouldBe("received", receiver.Describe("not received"));
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", sender.Describe("not sent"));
    }

    private Task<SlixmppPeer> LogIn(string user, bool directTls) => SlixmppPeer.LogIn(
        new Account($"{user}@localhost", "secret"),
        (directTls ? _server.DirectTlsEndpoints : _server.Endpoints)[0].Port,
        directTls,
        Path.Combine(_folder, "server.pem"),
        () => "");
}
