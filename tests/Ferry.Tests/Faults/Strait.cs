using System.Net;
using System.Security.Cryptography;
using Ferry.Protocol.Addressing;
using Ferry.Server.Hosting;
using Ferry.Server.LocalXmpp;
using Ferry.Testing;
using Ferry.Testing.Faults;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Tests.Faults;

/// <summary>
/// alice and bob at the embedded server, each behind a proxy that breaks their connection to it, and one in front of alice's port for direct streams.
/// The server can be started anew. Folders are kept over it all, so that bob's journal and partial files are.
/// </summary>
internal sealed class Strait : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ferry-strait-");
    private readonly List<ConnectionChange> _changes = [];
    private readonly LocalServerLimits _limits;
    private readonly List<IAsyncDisposable> _clients = [];
    private LocalServer? _server;

    private Strait(LocalServerLimits limits)
    {
        _limits = limits;
        Inbox = _folder.CreateSubdirectory("in").FullName;
        AlicesWay = FaultProxy.Before(() => Server.Endpoints[0]);
        BobsWay = FaultProxy.Before(() => Server.Endpoints[0]);
        Stream = FaultProxy.Before(() => new IPEndPoint(IPAddress.Loopback, Alice.ListeningPort ?? throw new InvalidOperationException("alice does not listen")));
    }

    /// <summary>Between alice and the server.</summary>
    public FaultProxy AlicesWay { get; }

    /// <summary>Between bob and the server.</summary>
    public FaultProxy BobsWay { get; }

    /// <summary>Between bob and alice's port: up is what bob says, down is alice's.</summary>
    public FaultProxy Stream { get; }

    public FerryClient Alice { get; private set; } = null!;

    public FerryClient Bob { get; private set; } = null!;

    public string Inbox { get; }

    /// <summary>What became of connections, alice's and bob's.</summary>
    public ConnectionChange[] Changes
    {
        get
        {
            lock (_changes) return [.. _changes];
        }
    }

    public string[] Received => [.. Directory.GetFileSystemEntries(Inbox).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private LocalServer Server => _server ?? throw new InvalidOperationException("the server is down");

    public static async Task<Strait> OpenAsync(Func<FerryOptions, FerryOptions>? with = null, LocalServerLimits? limits = null)
    {
        var strait = new Strait(limits ?? new LocalServerLimits());
        await strait.StartServerAsync();
        foreach (var user in new[] { "alice", "bob" }) await strait.Server.Accounts.RegisterAsync(Jid.Parse(user + "@localhost"), "secret", CancellationToken.None);
        strait.Alice = await strait.ConnectAsync("alice", strait.AlicesWay, with);
        strait.Bob = await strait.ConnectAsync("bob", strait.BobsWay, with);
        return strait;
    }

    public async Task StartServerAsync() => _server = await LocalServer.StartAsync(
        new LocalServerOptions { DataFolder = Path.Combine(_folder.FullName, "server"), Listen = [new IPEndPoint(IPAddress.Loopback, 0)], Limits = _limits },
        NullLogger.Instance,
        TimeProvider.System,
        CancellationToken.None);

    /// <summary>It ends in order and knows nobody any more when it is there again.</summary>
    public async Task RestartServerAsync()
    {
        await Server.DisposeAsync();
        await StartServerAsync();
    }

    /// <summary>A file's bytes, always the same.</summary>
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>alice sends to bob.</summary>
    public async Task<(Outcome Sent, Outcome Received)> TransferAsync(byte[] bytes, params string[] methods)
    {
        using var source = new MemoryStream(bytes);
        using var noOffer = new CancellationTokenSource();
        var receiving = ReceiveAsync(noOffer.Token);
        var sent = await SendAsync(source, methods);
        // What never came to an offer is received by nobody.
        if (sent.Failure?.Phase is Phase.Finding or Phase.Offering) await noOffer.CancelAsync();
        return (sent, await receiving ?? sent);
    }

    public Task<Outcome> SendAsync(Stream source, params string[] methods) =>
        Alice.SendAsync(source, Bob.Jid, new SendOptions { Name = "f", Methods = methods }).WaitAsync(Patience);

    public async Task<Outcome> ReceiveAsync() => await ReceiveAsync(CancellationToken.None) ?? throw new ShouldAssertException("no offer came any more");

    private async Task<Outcome?> ReceiveAsync(CancellationToken noOffer)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, noOffer);
        try
        {
            await foreach (var offer in Bob.IncomingOffersAsync(either.Token)) return await offer.AcceptAsync(Inbox, cancellationToken: CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        }
        catch (OperationCanceledException) when (noOffer.IsCancellationRequested)
        {
            return null;
        }

        return null;
    }

    /// <summary>The file went across whole, once, and nothing else lies beside it.</summary>
    public void ShouldHaveArrived(byte[] bytes, Outcome sent, Outcome received)
    {
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        sent.Bytes.ShouldBe(received.Bytes);
        (sent.Bytes + sent.ResumedFrom).ShouldBe(bytes.Length);
        Received.ShouldBe(["f"]);
        File.ReadAllBytes(received.Path!).ShouldBe(bytes);
        File.Delete(received.Path!);
    }

    /// <summary>The file is not there under its name, and the next attempt asks only for what is missing.</summary>
    public async Task ShouldGoOnAsync(byte[] bytes, Outcome broken, params string[] methods)
    {
        Received.ShouldNotContain("f");
        if (broken.Bytes > 0) broken.Failure!.Resumable.ShouldBeTrue();
        var (sent, received) = await TransferAsync(bytes, methods);
        received.ResumedFrom.ShouldBe(broken.ResumedFrom + broken.Bytes);
        ShouldHaveArrived(bytes, sent, received);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        await AlicesWay.DisposeAsync();
        await BobsWay.DisposeAsync();
        await Stream.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task<FerryClient> ConnectAsync(string user, FaultProxy way, Func<FerryOptions, FerryOptions>? with)
    {
        var options = new FerryOptions
        {
            Account = Jid.Parse($"{user}@localhost/{user}"),
            Password = "secret",
            Server = way.EndPoint.ToString(),
            PinnedCertificate = Server.Pin,
            AcceptFrom = PeerPolicy.Anyone,
            Advertise = [Stream.EndPoint.ToString()],
            OfferOnlyAdvertised = true,
            Offers = [OfferNames.StreamInitiation],
            StateDirectory = Path.Combine(_folder.FullName, user),
            ConnectionChanges = new Noting(this),
        };
        var client = await FerryClient.ConnectAsync(with is null ? options : with(options)).WaitAsync(Patience);
        _clients.Add(client);
        return client;
    }

    private sealed class Noting(Strait strait) : IProgress<ConnectionChange>
    {
        public void Report(ConnectionChange value)
        {
            lock (strait._changes) strait._changes.Add(value);
        }
    }

    /// <summary>Waits until these, or both, have logged in again and bound anew.</summary>
    public Task OnlineAgainAsync(params FerryClient[] clients) => Eventually.HoldsAsync(
        () => (clients.Length > 0 ? clients : [Alice, Bob]).All(client =>
            client.Connection == ConnectionState.Online && Changes.Any(change => change is { State: ConnectionState.Online, Resumed: false } && change.Jid == client.Jid)),
        "logged in again");
}
