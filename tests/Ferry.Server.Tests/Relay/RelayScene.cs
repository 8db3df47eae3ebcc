using System.Net;
using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Server.HttpBridge;
using Ferry.Server.LocalXmpp;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Ferry.Testing;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.Relay;

/// <summary>A relay inside the embedded server, and two who use it.</summary>
internal sealed class RelayScene : IAsyncDisposable
{
    public const string Address = "proxy.localhost";
    private readonly List<Socket> _sockets = [];

    private RelayScene(RelayService relay, TestServer server, ScriptedClient alice, ScriptedClient bob, ManualTime time, EndLog log) =>
        (Relay, Server, Alice, Bob, Time, Log) = (relay, server, alice, bob, time, log);

    public RelayService Relay { get; }

    public TestServer Server { get; }

    public ScriptedClient Alice { get; }

    public ScriptedClient Bob { get; }

    /// <summary>The relay's clock.</summary>
    public ManualTime Time { get; }

    public EndLog Log { get; }

    /// <summary>The relay's HTTP side, where it was asked for.</summary>
    public BridgeService? Bridge { get; private set; }

    public static async Task<RelayScene> StartAsync(Func<RelayOptions, RelayOptions>? change = null, bool open = true, BridgeOptions? bridge = null)
    {
        var time = new ManualTime();
        var log = new EndLog();
        var options = new RelayOptions
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0)],
            Allow = open ? new RelayAudience([Jid.Parse("localhost")], Everybody: false) : RelayAudience.Nobody,
        };
        var common = new ServiceOptions { TimeProvider = time, Logger = log };
        RelayService.TryStart(Jid.Parse(Address), change?.Invoke(options) ?? options, common, out var relay, out var failure).ShouldBeTrue(failure);
        var http = bridge is null ? null : await BridgeService.StartAsync(relay!, bridge, common, CancellationToken.None);
        var server = await TestServer.StartAsync(new LocalServerLimits { LoginDelay = TimeSpan.Zero }, ["alice", "bob"], services: relay!.Entity);
        return new RelayScene(relay, server, await server.LogInAsync("alice"), await server.LogInAsync("bob"), time, log) { Bridge = http };
    }

    /// <summary>A connection past its SOCKS5 exchange; null when the relay refused it.</summary>
    /// <param name="at">Which of its addresses.</param>
    public async Task<Socket?> ConnectAsync(string sid, Jid? requester = null, Jid? target = null, int at = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(IPAddress.Parse(Relay.Streamhosts[at].Host), Relay.Streamhosts[at].Port);
        var stream = DestinationAddress.Compute(sid, (requester ?? Alice.Jid).ToString(), (target ?? Bob.Jid).ToString());
        return (await Socks5Client.ConnectAsync(socket, stream, CancellationToken.None)).IsConnected ? socket : null;
    }

    /// <summary>What the relay answers to an order of <paramref name="who"/>'s: <c>done</c>, or the error's condition.</summary>
    public static async Task<string> ActivateAsync(ScriptedClient who, string sid, Jid target)
    {
        await who.SendAsync($"<iq type='set' id='act' to='{Address}'><query xmlns='http://jabber.org/protocol/bytestreams' sid='{sid}'><activate>{target}</activate></query></iq>");
        var answer = await who.NextElementAsync();
        answer.Attribute("id").ShouldBe("act");
        if (answer.Attribute("type") == "result") return "done";
        var error = answer.Child("jabber:client", "error").ShouldNotBeNull();
        return $"{error.Attribute("type")} {error.Children.First().Name}";
    }

    /// <summary>Alice's file to bob, up to the point where bytes may go.</summary>
    public async Task<(Socket Sender, Socket Receiver)> JoinAsync(string sid)
    {
        var receiver = (await ConnectAsync(sid)).ShouldNotBeNull();
        var sender = (await ConnectAsync(sid)).ShouldNotBeNull();
        (await ActivateAsync(Alice, sid, Bob.Jid)).ShouldBe("done");
        return (sender, receiver);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: false);
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadToEndAsync();
        }
        catch (IOException)
        {
            return "reset";
        }
    }

    public Task EndedAsync(int streams) => Eventually.HoldsAsync(() => Log.Lines.Count >= streams && Relay.Running == 0, $"{streams} streams ended");

    public async ValueTask DisposeAsync()
    {
        await Alice.DisposeAsync();
        await Bob.DisposeAsync();
        await Server.DisposeAsync();
        await Relay.DisposeAsync();
        if (Bridge is not null) await Bridge.DisposeAsync();
        _sockets.ForEach(socket => socket.Dispose());
    }
}
