using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.JabberFs;
using Ferry.Requests;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>Peers that lie, and one who speaks as it was done in 2002.</summary>
public sealed class JabberFsHostileTests
{
    private const string Sid = "k3Jx9fQ2mVb80aWz";
    private const string Native = "urn:ferry:jabberfs:1";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("all of them", 100, null)]
    [InlineData("too few", 60, FailureReason.CancelledByPeer)]
    [InlineData("none", 0, FailureReason.CancelledByPeer)]
    [InlineData("too many", 5000, FailureReason.Protocol)]
    public async Task A_sender_sends(string what, int bytes, FailureReason? reason)
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var eve = await harbour.JoinAsync("eve");
        var (receiving, port, token) = await ProposeAsync(harbour, eve, bob, "");
        using var socket = await ConnectAsync(port);
        await socket.SendAsync((byte[])[.. JabberFsPreamble.Write(token), .. new byte[bytes]], Cancel);
        if (bytes < 100) socket.Shutdown(SocketShutdown.Send);
        var received = await receiving;
        (received.Failure?.Reason).ShouldBe(reason, what);
        if (reason is null)
        {
            received.Failure.ShouldBeNull();
            await eve.SkipToAsync($"<iq type='set'>...<query xmlns='{Native}' sid='{Sid}'>...</query></iq>"); // complete
        }

        harbour.Received.ShouldBe(reason is null ? ["f"] : bytes == 0 ? [] : [".f.ferry-part"], what);
        if (bytes > 100) new FileInfo(Path.Combine(harbour.Inbox, ".f.ferry-part")).Length.ShouldBe(100);
    }

    [Fact]
    public async Task A_hash_that_is_another_ones_discards_the_bytes_and_tells_why()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var eve = await harbour.JoinAsync("eve");
        var hash = $"<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{Convert.ToBase64String(SHA256.HashData("other"u8))}</hash>";
        var (receiving, port, token) = await ProposeAsync(harbour, eve, bob, hash);
        using var socket = await ConnectAsync(port);
        await socket.SendAsync((byte[])[.. JabberFsPreamble.Write(token), .. new byte[100]], Cancel);
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.Mismatch);
        var abort = await eve.SkipToAsync($"<iq type='set'>...<query xmlns='{Native}' sid='{Sid}'>...</query></iq>");
        abort.FirstChild!.FirstChild!.Attribute("reason").ShouldBe("hash-mismatch");
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_at_the_port_gets_nothing_and_keeps_nobody_out()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var eve = await harbour.JoinAsync("eve");
        var (receiving, port, token) = await ProposeAsync(harbour, eve, bob, "");
        using var early = await ConnectAsync(port); // silent
        for (var i = 0; i < 9; i++)
        {
            using var wrong = await ConnectAsync(port);
            await wrong.SendAsync((byte[])[.. JabberFsPreamble.Write(new string('x', 43)), .. new byte[100]], Cancel);
        }

        using var socket = await ConnectAsync(port);
        await socket.SendAsync((byte[])[.. JabberFsPreamble.Write(token), .. new byte[100]], Cancel);
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Nobody_comes_so_the_sides_change_and_a_second_time_ends_it()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        var bob = await harbour.ConnectAsync("bob", options => options with { LongestWait = TimeSpan.FromSeconds(1.5) });
        var eve = await harbour.JoinAsync("eve");
        var (receiving, _, _) = await ProposeAsync(harbour, eve, bob, "");
        var timeout = await NextStateAsync(eve, "timeout");
        await eve.SendAsync($"<iq type='result' id='{timeout.Attribute("id")}' to='{bob.Jid}'/>");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await eve.SendAsync(
            $"<iq type='set' id='s4' to='{bob.Jid}'><query xmlns='{Native}' sid='{Sid}'><listening/><ip>127.0.0.1</ip><port>{((IPEndPoint)listener.LocalEndpoint).Port}</port>"
            + $"<auth>{new string('e', 43)}</auth><filesize>100</filesize></query></iq>");
        await eve.SkipToAsync("<iq type='result' id='s4'>...</iq>");
        using var socket = await listener.AcceptSocketAsync(Cancel);
        var said = new byte[49];
        await socket.ReceiveAsync(said, Cancel);
        said.ShouldBe(JabberFsPreamble.Write(new string('e', 43)));
        await socket.SendAsync(new byte[100], Cancel);
        (await receiving).Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["f"]);
    }

    [Fact]
    public async Task What_is_malformed_or_unknown_is_told_to_friends_and_strangers_hear_nothing()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob", "carol");
        var bob = await harbour.ConnectAsync("bob", options => options with { AcceptFrom = PeerPolicy.Only(Harbour.Address("eve")) });
        var eve = await harbour.JoinAsync("eve");
        var carol = await harbour.JoinAsync("carol");
        await ShouldAnswerAsync(eve, "<connecting/><filesize>5</filesize>", "bad-request");
        await ShouldAnswerAsync(eve, "<connecting/><connecting/>", "bad-request");
        await ShouldAnswerAsync(eve, "<timeout/>", "item-not-found");
        await ShouldAnswerAsync(eve, "<complete/>", "item-not-found");
        await ShouldAnswerAsync(carol, "<connecting/><connecting/>", "service-unavailable");
        await ShouldAnswerAsync(carol, "<timeout/>", "service-unavailable");
        await ShouldAnswerAsync(carol, "<connecting/><filename>f</filename><filesize>5</filesize>", "service-unavailable");

        async Task ShouldAnswerAsync(ScriptedClient who, string inner, string condition)
        {
            await who.SendAsync($"<iq type='set' id='x' to='{bob.Jid}'><query xmlns='{Native}' sid='{Sid}'>{inner}</query></iq>");
            var answer = await who.SkipToAsync("<iq type='error' id='x'>...</iq>");
            answer.ToString().ShouldContain(condition);
        }
    }

    [Fact]
    public async Task Whoever_was_named_for_it_may_speak_as_in_2002()
    {
        await using var harbour = await Harbour.OpenAsync("faust", "mephisto");
        var mephisto = await harbour.ConnectAsync("mephisto", options => options with { LegacyJabberFs = [Harbour.Address("faust")] });
        var faust = await harbour.JoinAsync("faust");
        await faust.SendAsync(
            $"<iq type='set' id='file_1' to='{mephisto.Jid}'><query xmlns='jabber:iq:oob'><connecting/><ip>12.34.56.78</ip><filename>my_girl.jpg</filename>"
            + "<filesize>35012</filesize><desc>A cool girl i met yesterday.</desc></query></iq>");
        var offer = await Harbour.NextOfferAsync(mephisto);
        (offer.Name, offer.Size, offer.Description).ShouldBe(("my_girl.jpg", 35012, "A cool girl i met yesterday."));
        // The address that it named is a global one, and it comes from another: it does not get in.
        var receiving = offer.AcceptAsync(harbour.Inbox);
        var answer = (await faust.SkipToAsync("<iq type='result' id='file_1'>...</iq>")).FirstChild!;
        answer.Namespace.ShouldBe("jabber:iq:oob");
        answer.Children.Select(child => child.Name).ShouldBe(["listening", "ip", "port", "filename", "filesize"]);
        using var refused = await ConnectAsync(int.Parse(answer.Child("jabber:iq:oob", "port")!.Text));
        (await refused.ReceiveAsync(new byte[1], Cancel)).ShouldBe(0);
        await faust.SendAsync($"<iq type='set' id='file_1' to='{mephisto.Jid}'><query xmlns='jabber:iq:oob'><abort/></query></iq>");
        (await receiving.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);

        // In an intranet the address is not helpful: the first connection wins.
        await faust.SendAsync(
            $"<iq type='set' id='file_2' to='{mephisto.Jid}'><query xmlns='jabber:iq:oob'><connecting/><ip>192.168.0.7</ip><filename>my_girl.jpg</filename><filesize>35012</filesize></query></iq>");
        var second = harbour.ReceiveAsync(mephisto);
        var port = int.Parse((await faust.SkipToAsync("<iq type='result' id='file_2'>...</iq>")).FirstChild!.Child("jabber:iq:oob", "port")!.Text);
        using var socket = await ConnectAsync(port);
        await socket.SendAsync(new byte[35012], Cancel);
        (await second).Failure.ShouldBeNull();
        (await socket.ReceiveAsync(new byte[1], Cancel)).ShouldBe(0); // closed behind the last byte
    }

    [Fact]
    public async Task Whoever_was_not_named_for_it_may_not()
    {
        await using var harbour = await Harbour.OpenAsync("faust", "mephisto");
        var mephisto = await harbour.ConnectAsync("mephisto", options => options with { LegacyJabberFs = [Harbour.Address("gretchen")] });
        var faust = await harbour.JoinAsync("faust");
        await faust.SendAsync($"<iq type='set' id='file_1' to='{mephisto.Jid}'><query xmlns='jabber:iq:oob'><connecting/><filename>a</filename><filesize>5</filesize></query></iq>");
        (await faust.SkipToAsync("<iq type='error' id='file_1'>...</iq>")).ToString().ShouldContain("service-unavailable");
    }

    [Fact]
    public async Task Sets_that_wait_are_bounded()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob");
        using var share = new ShareThatThinks();
        var bob = await harbour.ConnectAsync("bob", options => options with { Requests = share });
        var eve = await harbour.JoinAsync("eve");
        await AskAsync(eve, bob, Sid);
        await Task.Run(() => share.Asked.Wait(Cancel), Cancel); // nothing of this transfer is looked after until it has thought
        for (var i = 1; i <= 17; i++) await eve.SendAsync($"<iq type='set' id='u{i}' to='{bob.Jid}'><query xmlns='{Native}' sid='{Sid}'><timeout/></query></iq>");
        (await eve.SkipToAsync("<iq type='error'>...</iq>")).ShouldSatisfyAllConditions(
            first => first.Attribute("id").ShouldBe("u17"), first => first.ToString().ShouldContain("resource-constraint"));
        share.Thought.Set();
        await eve.SkipToAsync("<iq type='error' id='u16'>...</iq>");
    }

    [Fact]
    public async Task Only_so_many_are_served_at_a_time()
    {
        await using var harbour = await Harbour.OpenAsync("eve", "carol", "bob");
        var never = new TaskCompletionSource<RequestedFile?>();
        var bob = await harbour.ConnectAsync("bob", options => options with { Requests = new ShareThatWaits(never.Task) });
        var eve = await harbour.JoinAsync("eve");
        var carol = await harbour.JoinAsync("carol");
        for (var i = 0; i < 20; i++) await AskAsync(eve, bob, $"eves-request-number-{i}");
        await AskAsync(eve, bob, "one-request-too-many"); // answered behind the others, so they are under way
        (await eve.SkipToAsync("<iq type='result' id='one-request-too-many'>...</iq>")).ToString().ShouldContain("busy");
        for (var i = 0; i < 13; i++) await AskAsync(carol, bob, $"carols-request-number-{i}");
        var answer = await carol.SkipToAsync("<iq type='result'>...<query xmlns='urn:ferry:jabberfs:1'>...</query></iq>");
        answer.Attribute("id").ShouldBe("carols-request-number-12");
        answer.ToString().ShouldContain("busy");
        never.SetResult(null);
        (await carol.SkipToAsync("<iq type='result' id='carols-request-number-3'>...</iq>")).ToString().ShouldContain("not-found");
    }

    private static Task AskAsync(ScriptedClient who, FerryClient whom, string sid) =>
        who.SendAsync($"<iq type='get' id='{sid}' to='{whom.Jid}'><query xmlns='{Native}' sid='{sid}'><connecting/><filename>docs/a</filename></query></iq>");

    private sealed class ShareThatWaits(Task<RequestedFile?> answer) : IFileRequests
    {
        public bool MayAsk(Jid asker) => true;

        public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken) => answer;
    }

    private sealed class ShareThatThinks : IFileRequests, IDisposable
    {
        public ManualResetEventSlim Asked { get; } = new();

        public ManualResetEventSlim Thought { get; } = new();

        public bool MayAsk(Jid asker) => true;

        public Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
        {
            Asked.Set();
            Thought.Wait(CancellationToken.None);
            return Task.FromResult<RequestedFile?>(null);
        }

        public void Dispose()
        {
            Thought.Set(); // whatever the test found
        }
    }

    // Offers a file of 100 bytes that bob takes, and gives back where he listens.
    private static async Task<(Task<Outcome> Receiving, int Port, string Token)> ProposeAsync(Harbour harbour, ScriptedClient eve, FerryClient bob, string more)
    {
        await eve.SendAsync($"<iq type='set' id='s1' to='{bob.Jid}'><query xmlns='{Native}' sid='{Sid}'><connecting/><filename>f</filename><filesize>100</filesize>{more}</query></iq>");
        var receiving = harbour.ReceiveAsync(bob);
        var answer = (await eve.SkipToAsync("<iq type='result' id='s1'>...</iq>")).FirstChild!;
        answer.FirstChild!.Name.ShouldBe("listening");
        return (receiving, int.Parse(answer.Child(Native, "port")!.Text), answer.Child(Native, "auth")!.Text);
    }

    private static async Task<Protocol.Xml.Element> NextStateAsync(ScriptedClient client, string state)
    {
        while (true)
        {
            var stanza = await client.SkipToAsync($"<iq type='set'>...<query xmlns='{Native}' sid='{Sid}'>...</query></iq>");
            if (stanza.FirstChild!.FirstChild!.Name == state) return stanza;
        }
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancel);
        return socket;
    }
}
