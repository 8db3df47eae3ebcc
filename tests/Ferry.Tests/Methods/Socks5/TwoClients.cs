using System.Net;
using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Tests.Methods.Socks5;

/// <summary>alice and bob at an embedded server on a loopback address, and whoever else a test needs there.</summary>
internal sealed class TwoClients : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ferry-two-");
    private LocalServer? _server;

    private LocalServer Server => _server ?? throw new InvalidOperationException("not started");

    public static async Task<TwoClients> StartAsync(IPAddress? loopback = null)
    {
        var two = new TwoClients();
        var options = new LocalServerOptions { DataFolder = two._folder.FullName, Listen = [new IPEndPoint(loopback ?? IPAddress.Loopback, 0)] };
        two._server = await LocalServer.StartAsync(options, NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        foreach (var name in new[] { "alice", "bob", "proxy" }) await two._server.Accounts.RegisterAsync(Jid.Parse(name + "@localhost"), "secret", CancellationToken.None);
        return two;
    }

    /// <summary>What a client of that name needs.</summary>
    public FerryOptions Options(string name) => new()
    {
        Account = Jid.Parse(name + "@localhost/x"),
        Password = "secret",
        Server = Server.Endpoints[0].ToString(),
        PinnedCertificate = Server.Pin,
        AcceptFrom = PeerPolicy.Anyone,
    };

    /// <summary>A session without a client, to play a service.</summary>
    public async Task<StanzaSession> SessionAsync(string name)
    {
        var (session, failure) = await StanzaSession.ConnectAsync(
            new SessionOptions
            {
                Account = Jid.Parse(name + "@localhost/x"),
                Password = _ => new ValueTask<string>("secret"),
                Resource = "x",
                Server = Server.Endpoints[0].ToString(),
                Tls = new TlsOptions { Pin = Server.Pin },
            },
            CancellationToken.None);
        return session ?? throw new InvalidOperationException(failure!.Message);
    }

    /// <summary>alice sends these bytes to bob; both outcomes and what arrived.</summary>
    public static async Task<(Outcome Sent, Outcome Received, byte[] Arrived)> SendAsync(FerryOptions alice, FerryOptions bob, byte[] bytes)
    {
        await using var receiver = await FerryClient.ConnectAsync(bob);
        await using var sender = await FerryClient.ConnectAsync(alice);
        using var target = new MemoryStream();
        var receiving = ReceiveAsync(receiver, target);
        using var source = new MemoryStream(bytes);
        var sent = await sender.SendAsync(source, receiver.Jid, new SendOptions { Name = "file" });
        return (sent, await receiving.WaitAsync(TimeSpan.FromSeconds(60)), target.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<Outcome> ReceiveAsync(FerryClient receiver, MemoryStream target)
    {
        await foreach (var offer in receiver.IncomingOffersAsync()) return await offer.AcceptAsync(target);
        throw new InvalidOperationException("no offer came");
    }
}
