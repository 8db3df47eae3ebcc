using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Protocol;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Xml;
using Ferry.Server.HttpBridge;
using Ferry.Server.Relay;
using Ferry.Server.Tests.Relay;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>A relay with its HTTP side, alice who sends and bob who receives, each behind HTTP or at a socket.</summary>
internal sealed class BridgeScene : IAsyncDisposable
{
    private BridgeScene(RelayScene relay) => Relay = relay;

    public RelayScene Relay { get; }

    public BridgeService Bridge => Relay.Bridge!;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { Timeout = TimeSpan.FromSeconds(30) };

    public ScriptedClient Alice => Relay.Alice;

    public ScriptedClient Bob => Relay.Bob;

    public static async Task<BridgeScene> StartAsync(Func<BridgeOptions, BridgeOptions>? change = null, Func<RelayOptions, RelayOptions>? relay = null, bool open = true)
    {
        var options = new BridgeOptions { Listen = [new IPEndPoint(IPAddress.Loopback, 0)] };
        return new BridgeScene(await RelayScene.StartAsync(relay, open, change?.Invoke(options) ?? options));
    }

    public DestinationAddress Hash(string sid) => DestinationAddress.Compute(sid, Alice.Jid.ToString(), Bob.Jid.ToString());

    /// <summary>Bob's <c>connect</c>: <c>done</c>, or the error.</summary>
    public async Task<string> ConnectAsync(string sid, string more = "")
    {
        await Bob.SendAsync(
            $"<iq type='set' id='con' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' sid='{sid}' jid='{Alice.Jid}' {more}>"
            + $"<streamhost jid='{RelayScene.Address}' host='127.0.0.1' port='7777'/></connect></iq>");
        var answer = await NextAsync(Bob);
        if (answer.Attribute("type") != "result") return Error(answer);
        BridgeConnected.TryParse(answer.FirstChild, out var connected).ShouldBeTrue();
        connected!.Streamhost.ToString().ShouldBe(RelayScene.Address);
        return "done";
    }

    /// <summary>Alice's activation: the URL to upload to, or the error.</summary>
    public async Task<string> ActivateAsync(string sid, string more = "")
    {
        await Alice.SendAsync(
            $"<iq type='set' id='act' to='{RelayScene.Address}'><query xmlns='{Namespaces.Bytestreams}' sid='{sid}'><activate>{Bob.Jid}</activate>"
            + $"<x xmlns='{Namespaces.HttpBridge}' {more}/></query></iq>");
        var answer = await NextAsync(Alice);
        answer.Attribute("id").ShouldBe("act");
        if (answer.Attribute("type") != "result") return Error(answer);
        BridgeActivated.TryParse(answer.FirstChild!, out var activated, out _).ShouldBeTrue();
        return activated!.Url.AbsoluteUri;
    }

    /// <summary>What bob is told: where to fetch it.</summary>
    public async Task<string> NoticeAsync(string sid)
    {
        var notice = await NextAsync(Bob);
        notice.Attribute("type").ShouldBe("set");
        notice.Attribute("from").ShouldBe(RelayScene.Address);
        BridgeActivated.TryParse(notice.FirstChild!, out var activated, out _).ShouldBeTrue();
        activated!.SidHash.ShouldBe(Hash(sid));
        return activated.Url.AbsoluteUri;
    }

    /// <summary>Both behind HTTP, up to where bytes may go.</summary>
    public async Task<(string Upload, string Download)> HttpToHttpAsync(string sid, string connect = "", string activate = "")
    {
        (await ConnectAsync(sid, connect)).ShouldBe("done");
        var upload = await ActivateAsync(sid, activate);
        return (upload, await NoticeAsync(sid));
    }

    /// <summary>Alice behind HTTP, bob at a socket.</summary>
    public async Task<(string Upload, Socket Receiver)> HttpToSocketAsync(string sid, string activate = "")
    {
        var receiver = (await Relay.ConnectAsync(sid)).ShouldNotBeNull();
        return (await ActivateAsync(sid, activate), receiver);
    }

    /// <summary>Alice at a socket, bob behind HTTP.</summary>
    public async Task<(Socket Sender, string Download)> SocketToHttpAsync(string sid, string connect = "")
    {
        (await ConnectAsync(sid, connect)).ShouldBe("done");
        var sender = (await Relay.ConnectAsync(sid)).ShouldNotBeNull();
        (await RelayScene.ActivateAsync(Alice, sid, Bob.Jid)).ShouldBe("done");
        return (sender, await NoticeAsync(sid));
    }

    /// <summary>The form as a browser writes it.</summary>
    public MultipartFormDataContent Form(string sid, HttpContent file, string name = "a.txt") => new("----boundary7148830871")
    {
        { new StringContent(Hash(sid).Value), "SIDHASH" },
        { file, "FILE", name },
    };

    public Task<HttpResponseMessage> PostAsync(string url, HttpContent body) => Http.PostAsync(url, body);

    /// <summary>As a stream, so that it may be read slowly.</summary>
    public Task<HttpResponseMessage> GetAsync(string url) => Http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead);

    public static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    public static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var whole = new MemoryStream();
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.CopyToAsync(whole).WaitAsync(TimeSpan.FromSeconds(20));
        return whole.ToArray();
    }

    /// <summary>What the one line about it says.</summary>
    public async Task<string> EndingAsync()
    {
        await Relay.EndedAsync(1);
        return (string)Relay.Log.Lines.ShouldHaveSingleItem()["Ending"]!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Relay.DisposeAsync();
    }

    // Progress comes when it comes.
    private static async Task<Element> NextAsync(ScriptedClient who)
    {
        Element next;
        do next = await who.NextElementAsync();
        while (next.FirstChild is { Name: "progress" });
        return next;
    }

    private static string Error(Element answer)
    {
        var error = answer.Child("jabber:client", "error").ShouldNotBeNull();
        return $"{error.Attribute("code")} {error.Attribute("type")} {error.Children.First().Name}".Trim();
    }
}
