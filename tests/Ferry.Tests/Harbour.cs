using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Server.Hosting;
using Ferry.Server.HttpBridge;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Server.Index;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Ferry.Testing.XmppScripts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Tests;

/// <summary>The embedded server with accounts whose password is their name, and a folder for files.</summary>
internal sealed class Harbour : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IAsyncDisposable> _clients = [];
    private LocalServerOptions? _options;

    private Harbour(LocalServer server, string folder)
    {
        (Server, Folder) = (server, folder);
        Inbox = Directory.CreateDirectory(Path.Combine(folder, "in")).FullName;
    }

    public LocalServer Server { get; private set; }

    public string Folder { get; }

    /// <summary>Where received files go.</summary>
    public string Inbox { get; }

    public string[] Received => [.. Directory.GetFileSystemEntries(Inbox).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public static Task<Harbour> OpenAsync(params string[] users) => OpenAsync(withRelay: false, users);

    public static Task<Harbour> OpenAsync(bool withRelay, params string[] users) => OpenAsync(withRelay, [], users);

    public static Task<Harbour> OpenAsync(ServiceEntity[] services, params string[] users) => OpenAsync(withRelay: false, services, users);

    /// <summary>With the index at <c>files.localhost</c>.</summary>
    public static Task<Harbour> OpenWithIndexAsync(params string[] users) => OpenAsync(withRelay: false, [], users, withIndex: true);

    /// <summary>With a relay, and a certificate that its bridge shows, too.</summary>
    public static Task<Harbour> OpenCertifiedAsync(string certificateFile, params string[] users) => OpenAsync(withRelay: true, [], users, certificateFile: certificateFile);

    /// <summary>With a relay whose bridge keeps files on disk until they are fetched.</summary>
    public static Task<Harbour> OpenWithSpoolAsync(params string[] users) => OpenAsync(withRelay: true, [], users, withSpool: true);

    private static async Task<Harbour> OpenAsync(bool withRelay, ServiceEntity[] services, string[] users, bool withIndex = false, string? certificateFile = null, bool withSpool = false)
    {
        var folder = Directory.CreateTempSubdirectory("ferry-harbour-").FullName;
        var options = new LocalServerOptions
        {
            DataFolder = Path.Combine(folder, "server"),
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Limits = new LocalServerLimits { LoginDelay = TimeSpan.Zero },
            Services = services,
            Index = withIndex ? IndexOptions.Embedded(Jid.Parse("localhost"), folder) : null,
            Relay = withRelay ? RelayOptions.Embedded(Jid.Parse("localhost"), lan: false, port: 0) : null,
            Bridge = withRelay ? BridgeOptions.Embedded(port: 0) with { CertificateFile = certificateFile, Spool = withSpool ? new SpoolOptions { Folder = Path.Combine(folder, "spool") } : null } : null,
            CertificateFile = certificateFile,
        };
        var server = await StartAsync(options);
        foreach (var user in users) (await server.Accounts.RegisterAsync(Address(user), user, CancellationToken.None)).ShouldBe(AccountChange.Done);
        return new Harbour(server, folder) { _options = options };
    }

    private static Task<LocalServer> StartAsync(LocalServerOptions options) => LocalServer.StartAsync(options, NullLogger.Instance, TimeProvider.System, CancellationToken.None);

    /// <summary>The server ends in order and is there again at the same port; it knows nobody's stream any more.</summary>
    public async Task RestartServerAsync(params ServiceEntity[] services)
    {
        var options = _options! with { Services = services, Listen = [Server.Endpoints[0]] };
        await Server.DisposeAsync();
        Server = await StartAsync(options);
    }

    public static Jid Address(string user) => Jid.Parse($"{user}@localhost");

    /// <summary>A client that accepts offers of anyone; of the kinds of offers it has stream initiation, unless told otherwise.</summary>
    public async Task<FerryClient> ConnectAsync(string user, Func<FerryOptions, FerryOptions>? with = null)
    {
        var options = new FerryOptions
        {
            Account = Address(user),
            Password = user,
            Server = $"127.0.0.1:{Server.Endpoints[0].Port}",
            PinnedCertificate = Server.Pin,
            AcceptFrom = PeerPolicy.Anyone,
            Offers = [OfferNames.StreamInitiation, OfferNames.JabberFs],
        };
        var client = await FerryClient.ConnectAsync(with is null ? options : with(options)).WaitAsync(Patience);
        _clients.Add(client);
        return client;
    }

    /// <summary>Somebody who does what a script says.</summary>
    public async Task<ScriptedClient> JoinAsync(string user, string resource = "r")
    {
        var client = await ScriptedClient.LogInAsync(Server.Endpoints[0], $"{user}@localhost/{resource}", user);
        _clients.Add(client);
        await client.BeAvailableAsync();
        return client;
    }

    /// <summary>A file with these many bytes.</summary>
    public string File(string name, int bytes)
    {
        var path = Path.Combine(Folder, name);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>The next offer.</summary>
    public static async Task<IncomingOffer> NextOfferAsync(FerryClient client)
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var offer in client.IncomingOffersAsync(patience.Token)) return offer;
        throw new ShouldAssertException("no offer came any more");
    }

    /// <summary>The next offer, accepted into <see cref="Inbox"/>.</summary>
    public async Task<Outcome> ReceiveAsync(FerryClient client, ReceiveOptions? options = null, CancellationToken cancellationToken = default) =>
        await (await NextOfferAsync(client)).AcceptAsync(Inbox, options, cancellationToken).WaitAsync(Patience, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
