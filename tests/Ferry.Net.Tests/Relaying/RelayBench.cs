using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Ferry.Net.Relaying;
using Ferry.Net.Relaying.Linux;
using Ferry.Net.Relaying.Portable;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Relaying;

/// <summary>Which of the engines a test runs.</summary>
public enum EngineKind
{
    Splice,
    SpliceWithoutPipes,
    Copy,
}

/// <summary>An engine on a free port with a gate that lets everybody in, and clients of it.</summary>
internal sealed class RelayBench : IRelayGate, IAsyncDisposable
{
    private readonly ConcurrentQueue<RelayConnection> _arrived = new();
    private readonly List<Socket> _clients = [];
    private int _next;

    private RelayBench(ManualTime time) => Time = time;

    internal ManualTime Time { get; }

    internal IRelayEngine Engine { get; private set; } = null!;

    internal ConcurrentQueue<RelayConnection> Gone { get; } = new();

    /// <summary>What the gate says.</summary>
    internal Socks5ReplyCode Code { get; set; } = Socks5ReplyCode.Succeeded;

    internal int Port => Engine.EndPoints[0].Port;

    internal static RelayBench Start(EngineKind kind, Func<RelayEngineOptions, RelayEngineOptions>? change = null)
    {
        var bench = new RelayBench(new ManualTime());
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen(64);
        var options = new RelayEngineOptions { Listen = [(IPEndPoint)listening.LocalEndPoint!], TimeProvider = bench.Time, Threads = 2 };
        options = change?.Invoke(options) ?? options;
        ImmutableArray<Socket> listeners = [listening];
        // The splice engines exist on Linux only; elsewhere their tests run the engine that such a system gets.
        bench.Engine = kind == EngineKind.Copy || !OperatingSystem.IsLinux()
            ? new CopyEngine(listeners, options, bench)
            : new SpliceEngine(listeners, options, bench, kind == EngineKind.Splice ? 64 : 0);
        return bench;
    }

    public Socks5ReplyCode Arrived(RelayConnection connection, DestinationAddress destination)
    {
        if (Code == Socks5ReplyCode.Succeeded)
        {
            _arrived.Enqueue(connection);
        }

        return Code;
    }

    public void Left(RelayConnection connection) => Gone.Enqueue(connection);

    /// <summary>A client past its SOCKS5 exchange, and what the gate knows it by.</summary>
    internal async Task<(Socket Client, RelayConnection Connection)> EnterAsync(int receiveBuffer = 0)
    {
        Socket client = await ConnectAsync(receiveBuffer);
        var destination = DestinationAddress.Compute($"sid{_next++}", "a@x/r", "b@x/r");
        (await Socks5Client.ConnectAsync(client, destination, CancellationToken.None)).IsConnected.ShouldBeTrue();
        return (client, await ArrivalAsync());
    }

    internal async Task<RelayConnection> ArrivalAsync()
    {
        RelayConnection? connection = null;
        await Eventually.HoldsAsync(() => _arrived.TryDequeue(out connection), "the gate was asked");
        return connection!;
    }

    internal async Task<Socket> ConnectAsync(int receiveBuffer = 0)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            client.ReceiveBufferSize = receiveBuffer;
        }

        _clients.Add(client);
        await client.ConnectAsync(Engine.EndPoints[0]);
        return client;
    }

    /// <summary>Two clients, joined.</summary>
    internal async Task<RelayScene> JoinAsync(RelayTerms? terms = null, int receiveBuffer = 0)
    {
        (Socket first, RelayConnection one) = await EnterAsync();
        (Socket second, RelayConnection other) = await EnterAsync(receiveBuffer);
        return new RelayScene(first, second, Engine.Join(one, other, terms ?? new RelayTerms()));
    }

    /// <summary>Keeps nothing of a scene that is over.</summary>
    internal void Forget(RelayScene scene)
    {
        _clients.Remove(scene.First);
        _clients.Remove(scene.Second);
        Gone.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        _clients.ForEach(client => client.Dispose());
    }
}
