using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Ferry.Interop.Tests.Peers;
using Ferry.Net.Socks5;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Testing.XmppScripts;

namespace Ferry.Interop.Tests;

/// <summary>ferryd's bridge as a component of servers that others wrote: slixmpp and libpurple at SOCKS5 ends, curl and Ferry at HTTP ends.</summary>
[Collection(IXmppServer.ComponentJid)] // one after the other: there is one such address at each server
public sealed class BridgeTests(ProsodyServer prosody, EjabberdServer ejabberd, PurpleProgram purple)
{
    private const string Curl = "/usr/bin/curl";
    private const string Prosody = nameof(prosody);
    private const string Ejabberd = nameof(ejabberd);
    private static readonly bool Long = Environment.GetEnvironmentVariable("FERRY_TEST_LONG") is { Length: > 0 };

    public static TheoryData<string, bool, bool, long> CurlsMixtures
    {
        get
        {
            var data = new TheoryData<string, bool, bool, long>();
            foreach (var server in (string[])[Prosody, Ejabberd])
            {
                foreach (var (from, to) in ((bool, bool)[])[(true, true), (true, false), (false, true), (false, false)])
                {
                    foreach (var size in (long[])[0, 1, 3_000_000, .. Long ? [2L << 30] : Array.Empty<long>()]) data.Add(server, from, to, size);
                }
            }

            return data;
        }
    }

    /// <summary>The stanzas are a script's, the SOCKS5 ends sockets of the test's; what goes by HTTP is curl's.</summary>
    [Theory]
    [MemberData(nameof(CurlsMixtures))]
    public async Task What_goes_in_comes_out(string name, bool fromCurl, bool toCurl, long size)
    {
        var server = Server(name);
        await using var ferryd = await FerrydAt.StartAsync(server);
        await using var alice = await LogInAsync(server, await server.CreateAccount("alice"));
        await using var bob = await LogInAsync(server, await server.CreateAccount("bob"));
        using var file = size > 1L << 30 ? SampleFile.Marked(size) : new SampleFile(size);
        using var target = new TargetDirectory();
        var arrived = Path.Combine(target.Path, "arrived");
        var hash = DestinationAddress.Compute("s1", alice.Jid.ToString(), bob.Jid.ToString());

        Socket? receiver = null, sender = null;
        if (toCurl) await AskAsync(bob, $"<connect xmlns='{Namespaces.HttpBridge}' sid='s1' jid='{alice.Jid}' size='{size}'><streamhost jid='{IXmppServer.ComponentJid}' host='127.0.0.1' port='{ferryd.Relay}'/></connect>");
        else receiver = await ConnectAsync(ferryd.Relay, hash);
        if (!fromCurl) sender = await ConnectAsync(ferryd.Relay, hash);
        var x = fromCurl ? $"<x xmlns='{Namespaces.HttpBridge}'/>" : "";
        var activated = await AskAsync(alice, $"<query xmlns='{Namespaces.Bytestreams}' sid='s1'><activate>{bob.Jid}</activate>{x}</query>");
        var notice = toCurl ? await bob.NextElementAsync() : null;

        var getting = toCurl ? RunCurlAsync("-sSf", "-o", arrived, Url(notice!)) : SaveAsync(receiver!, arrived);
        await (fromCurl
            ? RunCurlAsync("-sSf", "-F", "SIDHASH=" + hash, "-F", "FILE=@" + file.FilePath, Url(activated))
            : SendAsync(sender!, file.FilePath));
        await getting;
        SampleFile.HashOf(arrived).ShouldBe(file.Sha256, ferryd.Errors);
        sender?.Dispose();
    }

    [Theory]
    [InlineData(Prosody, 1)]
    [InlineData(Prosody, 3_000_000)]
    [InlineData(Ejabberd, 3_000_000)]
    public async Task Two_Ferrys_at_HTTP_ends(string name, int size)
    {
        var server = Server(name);
        await using var ferryd = await FerrydAt.StartAsync(server);
        using var file = new SampleFile(size);
        using var target = new TargetDirectory();
        await using var receiver = await FerryProcess.Receive(server, await server.CreateAccount("bob"), target.Path, "--via", "http-bridge", "--from", IXmppServer.Domain);
        await using var sender = FerryProcess.Send(server, await server.CreateAccount("alice"), file.FilePath, receiver.Jid, "--via", "http-bridge");
        (await sender.Done()).GetProperty("method").GetString().ShouldBe("http-bridge");
        var done = await receiver.Done();
        done.GetProperty("method").GetString().ShouldBe("http-bridge");
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Theory]
    [InlineData(Prosody, "slixmpp")]
    [InlineData(Prosody, "purple")]
    [InlineData(Ejabberd, "slixmpp")]
    [InlineData(Ejabberd, "purple")]
    public async Task From_HTTP_to_one_who_knows_nothing_of_it(string name, string make)
    {
        var server = Server(name);
        await using var ferryd = await FerrydAt.StartAsync(server);
        using var file = new SampleFile(3_000_000);
        await using var peer = await PeerAsync(make, server, await server.CreateAccount("bob"));
        await peer.Receive("si", "s5b-proxy");
        await using var sender = FerryProcess.Send(server, await server.CreateAccount("alice"), file.FilePath, peer.Jid, "--via", "http-bridge", "--proxy", IXmppServer.ComponentJid);
        (await sender.Done()).GetProperty("method").GetString().ShouldBe("http-bridge");
        (await peer.Next("received", "failed")).GetProperty("sha256").GetString().ShouldBe(file.Sha256, ferryd.Errors);
    }

    [Theory]
    [InlineData(Prosody, "slixmpp")]
    [InlineData(Prosody, "purple")]
    [InlineData(Ejabberd, "slixmpp")]
    [InlineData(Ejabberd, "purple")]
    public async Task From_one_who_knows_nothing_of_it_to_HTTP(string name, string make)
    {
        var server = Server(name);
        await using var ferryd = await FerrydAt.StartAsync(server);
        using var file = new SampleFile(3_000_000);
        using var target = new TargetDirectory();
        await using var receiver = await FerryProcess.Receive(server, await server.CreateAccount("bob"), target.Path, "--via", "http-bridge", "--from", IXmppServer.Domain);
        await using var peer = await PeerAsync(make, server, await server.CreateAccount("alice"));
        await peer.Send(receiver.Jid, file.FilePath, "si", "s5b-proxy");
        var done = await receiver.Done();
        done.GetProperty("method").GetString().ShouldBe("http-bridge", ferryd.Errors);
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    private IXmppServer Server(string name) => name == Prosody ? prosody : ejabberd;

    private async Task<IPeer> PeerAsync(string make, IXmppServer server, Account account) =>
        make == "purple" ? await PurplePeer.LogIn(purple, server, account) : await SlixmppPeer.LogIn(server, account);

    private static async Task<ScriptedClient> LogInAsync(IXmppServer server, Account account)
    {
        // ejabberd has no channel binding to offer.
        return await ScriptedClient.LogInAsync(new IPEndPoint(IPAddress.Loopback, server.Port), account.Jid + "/r", account.Password, "SCRAM-SHA-1");
    }

    /// <summary>Asks ferryd; everything else that comes meanwhile is passed over.</summary>
    private static async Task<Ferry.Protocol.Xml.Element> AskAsync(ScriptedClient who, string payload)
    {
        await who.SendAsync($"<iq type='set' id='ask' to='{IXmppServer.ComponentJid}'>{payload}</iq>");
        Ferry.Protocol.Xml.Element answer;
        do answer = await who.NextElementAsync();
        while (answer.Attribute("id") != "ask");
        answer.Attribute("type").ShouldBe("result", answer.ToString());
        return answer;
    }

    private static string Url(Ferry.Protocol.Xml.Element iq) => iq.Child(Namespaces.HttpBridge, "activated").ShouldNotBeNull(iq.ToString()).Attribute("url")!;

    private static async Task<Socket> ConnectAsync(int port, DestinationAddress hash)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        (await Socks5Client.ConnectAsync(socket, hash, CancellationToken.None)).IsConnected.ShouldBeTrue();
        return socket;
    }

    private static async Task SaveAsync(Socket socket, string path)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await using var file = File.Create(path);
        await stream.CopyToAsync(file);
    }

    private static async Task SendAsync(Socket socket, string path)
    {
        await using var file = File.OpenRead(path);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await file.CopyToAsync(stream);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task RunCurlAsync(params string[] arguments)
    {
        await using var curl = ChildProcess.Start(Curl, arguments);
        (await curl.WaitForExit(TimeSpan.FromMinutes(5))).ShouldBe(0, curl.Errors);
    }
}
