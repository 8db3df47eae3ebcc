using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;
using Ferry.Testing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Daemon.Tests.Commands;

/// <summary>ferryd dies with one file stored and another half there: the next one serves the first, and nothing is left of the second.</summary>
public sealed class SpoolKillTests : IDisposable
{
    private const int Kill = 9;

    private readonly TemporaryFolder _home = new();

    private string Spool => Path.Combine(_home.Path, "data", "spool");

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_was_stored_survives_a_kill_and_what_was_not_is_gone()
    {
        if (OperatingSystem.IsWindows()) return;
        await using (var accounts = await AccountStore.OpenAsync(Path.Combine(_home.Path, "data"), CancellationToken.None))
        {
            foreach (var name in new[] { "alice", "bob" }) await accounts.RegisterAsync(Jid.Parse(name + "@localhost"), name, CancellationToken.None);
        }

        var file = RandomNumberGenerator.GetBytes(3_000_000);
        string download;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(60) };
        await using (var first = Start())
        {
            var (bridge, xmpp) = await ReadyAsync(first);
            await using var alice = await ScriptedClient.LogInAsync(new IPEndPoint(IPAddress.Loopback, xmpp), "alice@localhost/r", "alice");
            await using var bob = await ScriptedClient.LogInAsync(new IPEndPoint(IPAddress.Loopback, xmpp), "bob@localhost/r", "bob");
            using var put = await http.PutAsync(await UploadAsync(alice, bob, "s1", bridge), new ByteArrayContent(file));
            put.StatusCode.ShouldBe(HttpStatusCode.OK);
            download = Url(await NextAsync(bob, "set"), bridge).AbsolutePath;

            var upload = await UploadAsync(alice, bob, "s2", bridge);
            using var half = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await half.ConnectAsync(IPAddress.Loopback, bridge);
            await half.SendAsync(Encoding.ASCII.GetBytes($"PUT {upload.AbsolutePath} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf of it"));
            await Eventually.HoldsAsync(() => Directory.GetFiles(Spool, "*.part").Any(part => new FileInfo(part).Length > 0), "the second comes in");
            first.Signal(Kill);
            await first.ExitCodeAsync();
        }

        Directory.GetFiles(Spool, "*.part").Length.ShouldBe(1);
        await using var second = Start();
        var (again, _) = await ReadyAsync(second);
        Directory.GetFiles(Spool).Select(name => Path.GetExtension(name)).Order().ShouldBe([".data", ".json", ".lock"]);
        using var tail = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{again}{download}");
        tail.Headers.Range = new(2_000_000, null);
        using var part = await http.SendAsync(tail);
        part.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await part.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(file.AsSpan(2_000_000)).ShouldBeTrue();
        (await http.GetByteArrayAsync($"http://127.0.0.1:{again}{download}")).AsSpan().SequenceEqual(file).ShouldBeTrue();
        await Eventually.HoldsAsync(() => Directory.GetFiles(Spool).Length == 1, "it has been fetched");
    }

    private FerrydProcess Start() => FerrydProcess.Start(
        _home,
        ["run"],
        ("FERRYD_XMPP__LISTEN", "127.0.0.1:0"),
        ("FERRYD_ADMIN__LISTEN", "off"),
        ("FERRYD_RELAY__LISTEN", "127.0.0.1:0"),
        ("FERRYD_HTTP__LISTEN", "127.0.0.1:0"),
        ("FERRYD_HTTP__PUBLICURL", "http://127.0.0.1/"),
        ("FERRYD_HTTP__SPOOL", "yes"),
        ("FERRYD_DATA", Path.Combine(_home.Path, "data")));

    private static async Task<(int Bridge, int Xmpp)> ReadyAsync(FerrydProcess ferryd)
    {
        var bridge = await ferryd.AfterAsync("bridge proxy.localhost at http://127.0.0.1:");
        var xmpp = await ferryd.AfterAsync("localhost listens on 127.0.0.1:");
        await ferryd.AfterAsync("ferryd is ready");
        return (int.Parse(new string([.. bridge.TakeWhile(char.IsAsciiDigit)])), int.Parse(xmpp));
    }

    private static async Task<Uri> UploadAsync(ScriptedClient alice, ScriptedClient bob, string sid, int bridge)
    {
        await bob.SendAsync($"<iq type='set' id='con' to='proxy.localhost'><connect xmlns='{Namespaces.HttpBridge}' sid='{sid}' jid='{alice.Jid}'><streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/></connect></iq>");
        await NextAsync(bob, "result");
        await alice.SendAsync($"<iq type='set' id='act' to='proxy.localhost'><query xmlns='{Namespaces.Bytestreams}' sid='{sid}'><activate>{bob.Jid}</activate><x xmlns='{Namespaces.HttpBridge}'/></query></iq>");
        return Url(await NextAsync(alice, "result"), bridge);
    }

    // The port that it got, which its public URL doesn't know.
    private static Uri Url(Element iq, int bridge)
    {
        BridgeActivated.TryParse(iq.FirstChild!, out var activated, out _).ShouldBeTrue(iq.ToString());
        return new UriBuilder(activated!.Url) { Port = bridge }.Uri;
    }

    // Progress comes when it comes.
    private static async Task<Element> NextAsync(ScriptedClient who, string type)
    {
        Element next;
        do next = await who.NextElementAsync();
        while (next.FirstChild is { Name: "progress" });
        next.Attribute("type").ShouldBe(type, next.ToString());
        return next;
    }
}
