using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Xml;

namespace Ferry.Cli.Tests.Processes;

/// <summary>Built programs that speak jabberFS: with each other, and with Faust of 2002, who plays his part word by word.</summary>
public sealed class JabberFsTests : IAsyncDisposable
{
    private const string Old = "jabber:iq:oob";
    private const int Size = 35012;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private ServerProcess? _server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public async Task One_file_is_received_and_that_is_all()
    {
        _server = await ServerProcess.StartAsync("alice", "bob");
        var path = _server.Write("film.bin", 100_000);
        var receive = _server.Run("bob@localhost/here", "receive", "--dir", _server.Inbox, "--from", "alice@localhost", "--count", "1", "--offer", "jabberfs");
        await receive.NextAsync("ready");
        var send = _server.Run("alice@localhost", "send", "--offer", "jabberfs", path, "bob@localhost/here");

        var (sent, said) = await send.EndAsync();
        sent.ShouldBe(0, send.Said);
        (said.Last().GetProperty("offer").GetString(), said.Last().GetProperty("verifiedBy").GetString()).ShouldBe(("jabberfs", "sha-256"));
        (await receive.EndAsync()).Code.ShouldBe(0, receive.Said);
        (await File.ReadAllBytesAsync(Path.Combine(_server.Inbox, "film.bin"), Cancel)).ShouldBe(await File.ReadAllBytesAsync(path, Cancel));
    }

    [Fact]
    public async Task Whoever_is_named_is_spoken_to_in_the_words_of_2002()
    {
        _server = await ServerProcess.StartAsync("faust", "bob");
        var path = _server.Write("my_girl.jpg", Size);
        var content = await File.ReadAllBytesAsync(path, Cancel);
        await using var faust = await _server.JoinAsync("faust@localhost/y");

        // He is sent a file, and opens a port.
        var send = _server.Run("bob@localhost", "send", "--offer", "jabberfs", "--allow-local", "--legacy-jabberfs", "faust@localhost", path, "faust@localhost/y");
        await send.NextAsync("ready"); // a script waits ten seconds, and a program may need more to begin
        var asked = await faust.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
        await faust.SendAsync($"<iq type='error' id='{asked.Attribute("id")}' to='{asked.Attribute("from")}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        var proposal = await faust.SkipToAsync($"<iq type='set'>...<query xmlns='{Old}'>...<connecting/></query></iq>");
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        var where = $"<ip>127.0.0.1</ip><port>{((IPEndPoint)port.LocalEndpoint).Port}</port>";
        await faust.SendAsync(
            $"<iq type='result' id='{proposal.Attribute("id")}' to='{proposal.Attribute("from")}'><query xmlns='{Old}'><listening/>{where}<filename>my_girl.jpg</filename><filesize>{Size}</filesize></query></iq>");
        using (var socket = await port.AcceptSocketAsync(Cancel).AsTask().WaitAsync(Patience, Cancel)) (await ReadAsync(socket)).ShouldBe(content);
        var (sent, said) = await send.EndAsync();
        sent.ShouldBe(0, send.Said);
        said.Last().GetProperty("verified").GetBoolean().ShouldBeFalse();

        // He sends one, and connects to the port that is opened for him.
        var receive = _server.Run(
            "bob@localhost/here", "receive", "--dir", _server.Inbox, "--from", "faust@localhost", "--count", "1", "--offer", "jabberfs", "--allow-local", "--legacy-jabberfs", "faust@localhost");
        await receive.NextAsync("ready");
        await faust.SendAsync($"<iq type='set' id='file_1' to='bob@localhost/here'><query xmlns='{Old}'><connecting/><filename>my_girl.jpg</filename><filesize>{Size}</filesize></query></iq>");
        var opened = await faust.SkipToAsync($"<iq type='result' id='file_1'>...<query xmlns='{Old}'>...<listening/></query></iq>");
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, int.Parse(Text(opened, "port"), CultureInfo.InvariantCulture), Cancel).AsTask().WaitAsync(Patience, Cancel);
            for (var at = 0; at < Size;) at += await socket.SendAsync(content.AsMemory(at), Cancel);
            (await socket.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel)).ShouldBe(0); // he has it
        }

        (await receive.EndAsync()).Code.ShouldBe(0, receive.Said);
        (await File.ReadAllBytesAsync(Path.Combine(_server.Inbox, "my_girl.jpg"), Cancel)).ShouldBe(content);
    }

    private static string Text(Element iq, string name) => iq.FirstChild!.Children.First(child => child.Name == name).Text;

    private static async Task<byte[]> ReadAsync(Socket socket)
    {
        var bytes = new byte[Size];
        var read = 0;
        while (read < Size && await socket.ReceiveAsync(bytes.AsMemory(read), Cancel).AsTask().WaitAsync(Patience, Cancel) is var more and > 0) read += more;
        return bytes[..read];
    }
}
