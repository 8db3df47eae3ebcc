using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Ferry.Testing;
using Ferry.Tests.Replays;

namespace Ferry.Tests.Jingle;

/// <summary>The connections of a replayed end, and the order of addresses in which its client asks for a stream.</summary>
internal sealed class JingleReplayStreams(string name, bool ferryInitiates, Jid ferry, Jid peer) : IAsyncDisposable
{
    private static readonly byte[] Refusal = [5, 2, 0, 1, 0, 0, 0, 0, 0, 0];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly LoopbackProxy _proxy = new();
    private readonly List<Task> _tasks = [];
    private readonly List<NetworkStream> _refused = [];
    private readonly TaskCompletionSource<NetworkStream> _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<NetworkStream>? _accepted;
    private NetworkStream? _connected;
    private Element? _offeredByFerry;

    /// <summary>The transport's id.</summary>
    public string Stream { get; set; } = "";

    /// <summary>To a candidate of Ferry's.</summary>
    public bool IsConnected => _connected is not null;

    public int ProxyPort => _proxy.Port;

    /// <summary>What it asks for at a proxy of its own.</summary>
    public string OwnDestination => Hash(peer, ferry);

    // Conversations and Dino ask with the offering side's address first, Gajim, Libervia and Psi with the initiator's.
    private bool OffererFirst => name.StartsWith("conversations", StringComparison.Ordinal) || name.StartsWith("dino", StringComparison.Ordinal);

    private (Jid Initiator, Jid Responder) Roles => ferryInitiates ? (ferry, peer) : (peer, ferry);

    public void HearOf(Element transport)
    {
        Stream = transport.Attribute("sid")!;
        if (transport.Children.Any(child => child.Name == "candidate")) _offeredByFerry = transport;
    }

    /// <summary>Its own direct candidate's port, where Ferry is expected from now on.</summary>
    public int Listen()
    {
        if (_accepted is null)
        {
            _listener.Start();
            _accepted = AcceptAsync();
        }

        return ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    /// <summary>Connects to a candidate of Ferry's, whose cid is given back.</summary>
    public async Task<string> UseAsync(bool byProxy, bool connect)
    {
        var candidate = _offeredByFerry!.Children.First(child => child.Name == "candidate" && child.Attribute("type") == (byProxy ? "proxy" : "direct"));
        var (initiator, responder) = Roles;
        var destination = byProxy || OffererFirst ? Hash(ferry, peer) : Hash(initiator, responder);
        if (connect) _connected = await RawSocks5.ConnectAsync(candidate.Attribute("host")!, int.Parse(candidate.Attribute("port")!), destination);
        return candidate.Attribute("cid")!;
    }

    /// <summary>Joins Ferry at its own proxy; as Gajim does, it writes before the two are joined.</summary>
    public async Task JoinAsync(byte[] content)
    {
        var destination = OwnDestination;
        var stream = await RawSocks5.ConnectAsync("127.0.0.1", _proxy.Port, destination);
        _joined.SetResult(stream);
        if (content.Length > 0) _tasks.Add(WriteAsync(stream, content));
        await Eventually.HoldsAsync(() => _proxy.Activate(destination), "both are at the proxy");
    }

    /// <summary>Writes everything to the stream that is agreed on, which is Ferry's candidate where it is connected to one.</summary>
    public void GiveWhenAgreed(byte[] content)
    {
        if (_connected is { } connected) _tasks.Add(WriteAsync(connected, content));
        else if (_accepted is { } accepted) _tasks.Add(WriteAcceptedAsync(accepted, content));
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        var stream = _connected ?? await (_accepted ?? _joined.Task).WaitAsync(Harbour.Patience);
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Harbour.Patience);
        await stream.DisposeAsync();
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        if (_connected is not null) await _connected.DisposeAsync();
        if (_joined.Task.IsCompleted) await (await _joined.Task).DisposeAsync();
        if (_accepted is { IsCompletedSuccessfully: true }) await (await _accepted).DisposeAsync();
        foreach (var stream in _refused) await stream.DisposeAsync();
        await _proxy.DisposeAsync();
        foreach (var task in _tasks) await task.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(Harbour.Patience);
    }

    private string Hash(Jid first, Jid second) => RawSocks5.Destination(Stream, first.ToString(), second.ToString());

    private async Task<NetworkStream> AcceptAsync()
    {
        while (true)
        {
            var stream = new NetworkStream(await _listener.AcceptSocketAsync(), ownsSocket: true);
            var destination = await RawSocks5.ServeAsync(stream, "echo");
            // Psi knows its own candidates by the initiator's address first, whoever offers them.
            var isPsi = name.StartsWith("psi", StringComparison.Ordinal);
            var wanted = isPsi ? Hash(Roles.Initiator, Roles.Responder) : Hash(peer, ferry);
            if (!isPsi) destination.ShouldBe(wanted);
            if (destination == wanted)
            {
                await stream.WriteAsync(RawSocks5.Echo(destination));
                return stream;
            }

            await stream.WriteAsync(Refusal);
            _refused.Add(stream);
        }
    }

    private static async Task WriteAcceptedAsync(Task<NetworkStream> accepted, byte[] content) => await WriteAsync(await accepted, content);

    private static async Task WriteAsync(NetworkStream stream, byte[] content)
    {
        await stream.WriteAsync(content);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }
}
