using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>The flows of 2002 with Faust, who plays the other side word by word; what the proposal prints, made well-formed.</summary>
public sealed class JabberFsLegacyTests
{
    private const string Old = "jabber:iq:oob";
    private const int Size = 35012;

    private static readonly SendOptions ByJabberFs = new() { Offers = ["jabberfs"] };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(13000)]
    public async Task He_is_sent_a_file_and_opens_a_port(int append)
    {
        await using var stage = await Stage.OpenAsync();
        var path = stage.Harbour.File("my_girl.jpg", Size);
        var sending = stage.Ferry.SendAsync(path, stage.Faust.Jid, ByJabberFs);
        await stage.DescribeAsync();
        var proposal = await stage.NextAsync("set");
        proposal.FirstChild!.Children.Select(child => child.Name).ShouldBe(["connecting", "ip", "filename", "filesize"]);
        IPAddress.TryParse(Text(proposal, "ip"), out _).ShouldBeTrue();
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        await stage.AnswerAsync(proposal, $"<listening/>{Append(append)}{Where(port)}<filename>my_girl.jpg</filename><filesize>{Size}</filesize>{Done(append)}");
        using var socket = await port.AcceptSocketAsync(Cancel);
        (await ReadAsync(socket, Size - append)).ShouldBe((await File.ReadAllBytesAsync(path, Cancel))[append..]);
        socket.Close();
        var sent = await sending.WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (sent.Offer, sent.Method, sent.ResumedFrom, sent.VerifiedBy).ShouldBe(("jabberfs", "tcp", append, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(13000)]
    public async Task He_is_sent_a_file_and_would_rather_connect(int append)
    {
        await using var stage = await Stage.OpenAsync();
        var path = stage.Harbour.File("my_girl.jpg", Size);
        var sending = stage.Ferry.SendAsync(path, stage.Faust.Jid, ByJabberFs);
        await stage.DescribeAsync();
        var proposal = await stage.NextAsync("set");
        await stage.AnswerAsync(proposal, $"<connecting/>{Append(append)}<filename>my_girl.jpg</filename><filesize>{Size}</filesize>{Done(append)}");
        var opened = await stage.NextAsync("set");
        opened.Attribute("id").ShouldBe(proposal.Attribute("id")); // one id for everything
        opened.FirstChild!.Children.Select(child => child.Name).ShouldBe(
            append > 0 ? ["listening", "append", "ip", "port", "filename", "filesize", "filebytesdone"] : ["listening", "ip", "port", "filename", "filesize"]);
        await stage.AnswerAsync(opened, null);
        using var socket = await ConnectAsync(opened);
        (await ReadAsync(socket, Size - append)).ShouldBe((await File.ReadAllBytesAsync(path, Cancel))[append..]);
        socket.Close();
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task In_a_reverse_send_only_the_address_that_he_named_gets_in()
    {
        await using var stage = await Stage.OpenAsync();
        var sending = stage.Ferry.SendAsync(stage.Harbour.File("my_girl.jpg", Size), stage.Faust.Jid, ByJabberFs);
        await stage.DescribeAsync();
        var proposal = await stage.NextAsync("set");
        await stage.AnswerAsync(proposal, $"<connecting/><ip>66.66.66.66</ip><filename>my_girl.jpg</filename><filesize>{Size}</filesize>");
        var opened = await stage.NextAsync("set");
        await stage.AnswerAsync(opened, null);
        using var stranger = await ConnectAsync(opened);
        (await ReadAsync(stranger, 1)).ShouldBeEmpty();
        await stage.Faust.SendAsync($"<iq type='set' id='{proposal.Attribute("id")}' to='{stage.Ferry.Jid}'><query xmlns='{Old}'><abort/></query></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    [Fact]
    public async Task He_declines()
    {
        await using var stage = await Stage.OpenAsync();
        var sending = stage.Ferry.SendAsync(stage.Harbour.File("my_girl.jpg", Size), stage.Faust.Jid, ByJabberFs);
        await stage.DescribeAsync();
        await stage.AnswerAsync(await stage.NextAsync("set"), "<abort/>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Fact]
    public async Task Nobody_reaches_his_port_so_he_says_timeout_as_a_second_result()
    {
        await using var stage = await Stage.OpenAsync();
        var path = stage.Harbour.File("my_girl.jpg", Size);
        var tries = new Tries();
        var sending = stage.Ferry.SendAsync(path, stage.Faust.Jid, ByJabberFs with { Attempts = tries });
        await stage.DescribeAsync();
        var proposal = await stage.NextAsync("set");
        using var full = new FullPort();
        await stage.AnswerAsync(proposal, $"<listening/><ip>127.0.0.1</ip><port>{full.Number}</port><filename>my_girl.jpg</filename><filesize>{Size}</filesize>");
        // His half minute: a result that comes before anybody could have tried answers nothing.
        await tries.Begun.WaitAsync(Harbour.Patience);
        await stage.AnswerAsync(proposal, "<timeout/>");
        var opened = await stage.NextAsync("set");
        opened.FirstChild!.FirstChild!.Name.ShouldBe("listening");
        await stage.AnswerAsync(opened, null);
        using var socket = await ConnectAsync(opened);
        (await ReadAsync(socket, Size)).Length.ShouldBe(Size);
        socket.Close();
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task He_does_not_come_so_he_is_told_timeout_as_a_second_result()
    {
        await using var stage = await Stage.OpenAsync(options => options with { LongestWait = TimeSpan.FromSeconds(1) });
        await stage.Faust.SendAsync(
            $"<iq type='set' id='file_1' to='{stage.Ferry.Jid}'><query xmlns='{Old}'><connecting/><filename>my_girl.jpg</filename><filesize>{Size}</filesize></query></iq>");
        var receiving = stage.Harbour.ReceiveAsync(stage.Ferry);
        (await stage.NextAsync("result")).FirstChild!.FirstChild!.Name.ShouldBe("listening");
        var second = await stage.NextAsync("result");
        (second.Attribute("id"), second.FirstChild!.FirstChild!.Name).ShouldBe(("file_1", "timeout"));
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        await stage.Faust.SendAsync(
            $"<iq type='set' id='file_1' to='{stage.Ferry.Jid}'><query xmlns='{Old}'><listening/>{Where(port)}<filename>my_girl.jpg</filename><filesize>{Size}</filesize></query></iq>");
        using var socket = await port.AcceptSocketAsync(Cancel);
        await socket.SendAsync(new byte[Size], Cancel);
        (await receiving).Failure.ShouldBeNull();
        stage.Harbour.Received.ShouldBe(["my_girl.jpg"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task He_is_asked_for_a_file(bool listens)
    {
        await using var stage = await Stage.OpenAsync();
        var getting = stage.Ferry.GetAsync(stage.Faust.Jid, "song_hell.mp3", stage.Harbour.Inbox);
        await stage.DescribeAsync();
        var request = await stage.NextAsync("get");
        request.FirstChild!.Children.Select(child => child.Name).ShouldBe(["connecting", "ip", "filename"]);
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        await stage.AnswerAsync(request, $"{(listens ? "<listening/>" + Where(port) : "<connecting/>")}<filename>song_hell.mp3</filename><filesize>{Size}</filesize>");
        var song = Enumerable.Range(0, Size).Select(i => (byte)i).ToArray();
        using var socket = listens ? await port.AcceptSocketAsync(Cancel) : await ConnectAsync(await stage.AcknowledgedAsync("set"));
        await socket.SendAsync(song, Cancel);
        var got = await getting.WaitAsync(Harbour.Patience);
        got.Failure.ShouldBeNull();
        (await File.ReadAllBytesAsync(got.Path!, Cancel)).ShouldBe(song);
        (await ReadAsync(socket, 1)).ShouldBeEmpty(); // closed behind the last byte
    }

    [Fact]
    public async Task He_has_no_such_file()
    {
        await using var stage = await Stage.OpenAsync();
        var getting = stage.Ferry.GetAsync(stage.Faust.Jid, "song_hell.mp3", stage.Harbour.Inbox);
        await stage.DescribeAsync();
        await stage.AnswerAsync(await stage.NextAsync("get"), "<abort/>");
        (await getting.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Theory]
    [InlineData(Size, 13000, true)]
    [InlineData(Size + 1, 13000, false)]
    public async Task He_asks_and_goes_on_where_the_size_is_the_same(int size, int from, bool goesOn)
    {
        await using var stage = await Stage.OpenAsync(withShare: true);
        var path = stage.Harbour.File("song_hell.mp3", Size);
        await stage.Faust.SendAsync(
            $"<iq type='get' id='file_1' to='{stage.Ferry.Jid}'><query xmlns='{Old}'><connecting/><append/><ip>192.168.0.7</ip><filename>song_hell.mp3</filename>"
            + $"<filesize>{size}</filesize><filebytesdone>{from}</filebytesdone><desc>standart jabberFS file request</desc></query></iq>");
        var answer = await stage.NextAsync("result");
        answer.FirstChild!.Children.Select(child => child.Name).ShouldContain("listening");
        (answer.FirstChild!.Child(Old, "append") is not null, Text(answer, "filesize")).ShouldBe((goesOn, $"{Size}"));
        using var socket = await ConnectAsync(answer);
        var begins = goesOn ? from : 0;
        (await ReadAsync(socket, Size - begins)).ShouldBe((await File.ReadAllBytesAsync(path, Cancel))[begins..]);
    }

    private static string Append(int from) => from > 0 ? "<append/>" : "";

    private static string Done(int from) => from > 0 ? $"<filebytesdone>{from}</filebytesdone>" : "";

    private static string Where(TcpListener port) => $"<ip>127.0.0.1</ip><port>{((IPEndPoint)port.LocalEndpoint).Port}</port>";

    private static string Text(Element iq, string name) => iq.FirstChild!.Child(Old, name)!.Text;

    private static async Task<Socket> ConnectAsync(Element told)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, int.Parse(Text(told, "port")), Cancel);
        return socket;
    }

    // As many as were announced, or what came before the end.
    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        var read = 0;
        while (read < count && await socket.ReceiveAsync(bytes.AsMemory(read), Cancel) is > 0 and var more) read += more;
        return bytes[..read];
    }

    /// <summary>A port at which nobody gets in and nobody is refused: its queue is full.</summary>
    private sealed class FullPort : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _first = [];

        public FullPort()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(0);
            for (var i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _first.Add(socket);
                try
                {
                    socket.Connect(_listener.LocalEndPoint!);
                }
                catch (SocketException)
                {
                    // Under way.
                }
            }
        }

        public int Number => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _first.ForEach(socket => socket.Dispose());
            _listener.Dispose();
        }
    }

    private sealed class Stage(Harbour harbour, FerryClient ferry, ScriptedClient faust) : IAsyncDisposable
    {
        public Harbour Harbour => harbour;

        public FerryClient Ferry => ferry;

        public ScriptedClient Faust => faust;

        public static async Task<Stage> OpenAsync(Func<FerryOptions, FerryOptions>? with = null, bool withShare = false)
        {
            var harbour = await Harbour.OpenAsync("faust", "mephisto");
            var ferry = await harbour.ConnectAsync("mephisto", options =>
            {
                options = options with { LegacyJabberFs = [Harbour.Address("faust")], Requests = withShare ? new FolderShare(harbour.Folder) : null };
                return with is null ? options : with(options);
            });
            return new Stage(harbour, ferry, await harbour.JoinAsync("faust"));
        }

        /// <summary>He knows nothing of service discovery.</summary>
        public async Task DescribeAsync()
        {
            var asked = await faust.SkipToAsync("<iq type='get'>...<query xmlns='http://jabber.org/protocol/disco#info'>...</query></iq>");
            await faust.SendAsync(
                $"<iq type='error' id='{asked.Attribute("id")}' to='{ferry.Jid}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        }

        public Task<Element> NextAsync(string type) => faust.SkipToAsync($"<iq type='{type}'>...<query xmlns='{Old}'>...</query></iq>");

        public async Task<Element> AcknowledgedAsync(string type)
        {
            var iq = await NextAsync(type);
            await AnswerAsync(iq, null);
            return iq;
        }

        public Task AnswerAsync(Element iq, string? inside) =>
            faust.SendAsync($"<iq type='result' id='{iq.Attribute("id")}' to='{ferry.Jid}'>{(inside is null ? "" : $"<query xmlns='{Old}'>{inside}</query>")}</iq>");

        public ValueTask DisposeAsync() => harbour.DisposeAsync();
    }

    private sealed class Tries : IProgress<Attempt>
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Report(Attempt value)
        {
            if (value.Result == AttemptResult.Started) _begun.TrySetResult();
        }
    }
}
