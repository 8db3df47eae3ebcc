using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Tests.Faults;

/// <summary>The network of <see cref="AddressChangeTests"/>: the embedded server at two addresses, alice at one and bob at the other.</summary>
internal sealed class Shore : IAsyncDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ferry-shore-");
    private readonly List<ConnectionChange> _changes = [];
    private LocalServer _server = null!;
    private FerryClient _alice = null!;
    private FerryClient _bob = null!;

    private Shore() => Inbox = _folder.CreateSubdirectory("in").FullName;

    public string Inbox { get; }

    public ConnectionChange[] AlicesChanges
    {
        get
        {
            lock (_changes) return [.. _changes];
        }
    }

    public static async Task<Shore> OpenAsync()
    {
        var shore = new Shore();
        shore._server = await LocalServer.StartAsync(
            new LocalServerOptions { DataFolder = Path.Combine(shore._folder.FullName, "server"), Listen = [new IPEndPoint(IPAddress.Parse("10.9.0.1"), 0), new IPEndPoint(IPAddress.Parse("10.9.0.4"), 0)] },
            NullLogger.Instance,
            TimeProvider.System,
            CancellationToken.None);
        foreach (var user in new[] { "alice", "bob" }) await shore._server.Accounts.RegisterAsync(Jid.Parse(user + "@localhost"), "secret", CancellationToken.None);
        shore._alice = await shore.ConnectAsync("alice", 0);
        shore._bob = await shore.ConnectAsync("bob", 1);
        return shore;
    }

    /// <summary>A file of so many bytes.</summary>
    public string File(int bytes)
    {
        var path = Path.Combine(_folder.FullName, "f");
        System.IO.File.WriteAllBytes(path, Strait.Bytes(bytes));
        return path;
    }

    public Task<Outcome> SendAsync(Stream source, string method, long? length = null) =>
        _alice.SendAsync(source, _bob.Jid, new SendOptions { Name = "f", Length = length, Methods = [method] }).WaitAsync(Strait.Patience);

    public async Task<Outcome> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(Strait.Patience);
        await foreach (var offer in _bob.IncomingOffersAsync(patience.Token)) return await offer.AcceptAsync(Inbox, cancellationToken: CancellationToken.None).WaitAsync(Strait.Patience, CancellationToken.None);
        throw new ShouldAssertException("no offer came any more");
    }

    /// <summary>Until so many bytes of what is arriving are in its partial file.</summary>
    public Task SomeArrivedAsync(long bytes) => Eventually.HoldsAsync(() => Directory.GetFiles(Inbox).Any(path => new FileInfo(path).Length >= bytes), "bytes flow");

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_alice.DisposeAsync().AsTask(), _bob.DisposeAsync().AsTask());
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private Task<FerryClient> ConnectAsync(string user, int endpoint) => FerryClient.ConnectAsync(new FerryOptions
    {
        Account = Jid.Parse($"{user}@localhost/{user}"),
        Password = "secret",
        Server = _server.Endpoints[endpoint].ToString(),
        PinnedCertificate = _server.Pin,
        AcceptFrom = PeerPolicy.Anyone,
        Advertise = ["10.9.0.2", "10.9.0.3"],
        OfferOnlyAdvertised = true,
        Offers = [OfferNames.StreamInitiation],
        StateDirectory = Path.Combine(_folder.FullName, user),
        IdleTimeout = Idle,
        ConnectionChanges = user == "alice" ? new Noting(_changes) : null,
    }).WaitAsync(Strait.Patience);

    private sealed class Noting(List<ConnectionChange> changes) : IProgress<ConnectionChange>
    {
        public void Report(ConnectionChange value)
        {
            lock (changes) changes.Add(value);
        }
    }
}
