using System.Net;
using System.Net.Sockets;
using System.Text;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Socks5;

public class Socks5ListenerTests
{
    private static readonly DestinationAddress Known = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");
    private static readonly DestinationAddress Unknown = DestinationAddress.Compute("other", "a@x/r", "b@x/r");

    [Fact]
    public async Task A_peer_that_knows_the_destination_gets_a_stream()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket peer = await ConnectAsync(listener);
        (await Socks5Client.ConnectAsync(peer, Known, CancellationToken.None)).IsConnected.ShouldBeTrue();
        Socks5Accepted accepted = await registration.TakeAsync([], empty: false, CancellationToken.None);
        using Socket ours = accepted.Socket;
        accepted.Local.ShouldBe(peer.RemoteEndPoint);
        accepted.Remote.ShouldBe(peer.LocalEndPoint);
        await ours.SendAsync("x"u8.ToArray());
        (await peer.ReceiveAsync(new byte[10])).ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_destination_gets_host_unreachable_and_the_end()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket peer = await ConnectAsync(listener);
        Socks5ConnectResult result = await Socks5Client.ConnectAsync(peer, Unknown, CancellationToken.None);
        result.Code.ShouldBe(Socks5ReplyCode.HostUnreachable);
        (await ReadAllAsync(peer)).Length.ShouldBe(45); // what the client left unread of the 47
        registration.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 8010)]
    public async Task The_reply_echoes_the_request_and_comes_in_one_piece(bool upper, int port)
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket peer = await ConnectAsync(listener);
        await peer.SendAsync("\x05\x01\0"u8.ToArray());
        (await peer.ReceiveAsync(new byte[10])).ShouldBe(2);
        string hash = upper ? Known.Value.ToUpperInvariant() : Known.Value;
        byte[] request = [5, 1, 0, 3, 40, .. Encoding.ASCII.GetBytes(hash), (byte)(port >> 8), (byte)port];
        await peer.SendAsync(request);
        var reply = new byte[100];
        (await peer.ReceiveAsync(reply)).ShouldBe(47);
        request[1] = 0;
        reply[..47].ShouldBe(request);
        (await registration.TakeAsync([], empty: false, CancellationToken.None)).Socket.Dispose();
    }

    [Fact]
    public async Task Any_split_and_the_longest_messages_are_read()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket peer = await ConnectAsync(listener);
        peer.NoDelay = true;
        byte[] greeting = [5, 255, .. Enumerable.Repeat((byte)2, 254), 0];
        foreach (byte one in greeting.Concat(Socks5Codec.WriteConnect(Known)))
        {
            await peer.SendAsync(new[] { one });
        }

        await using var stream = new NetworkStream(peer, ownsSocket: false);
        var answers = new byte[2 + 47];
        await stream.ReadExactlyAsync(answers);
        answers[..4].ShouldBe([5, 0, 5, 0]);
        (await registration.TakeAsync([], empty: false, CancellationToken.None)).Socket.Dispose();
    }

    [Theory]
    [InlineData("04", "")]
    [InlineData("474554", "")]
    [InlineData("0500", "")]
    [InlineData("050102", "05ff")]
    [InlineData("050100" + "05010009", "0500" + "05080003000000")]
    [InlineData("050100" + "0503000100000000" + "0000", "0500" + "0507000100000000" + "0000")]
    [InlineData("050100" + "0501000100000000" + "0000", "0500" + "0504000100000000" + "0000")]
    [InlineData("050100" + "05010003ff" + "{255}" + "0000", "0500" + "05040003ff" + "{255}" + "0000")]
    public async Task What_is_no_bytestream_is_answered_and_closed(string sent, string answered)
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket peer = await ConnectAsync(listener);
        await peer.SendAsync(Bytes(sent));
        peer.Shutdown(SocketShutdown.Send);
        Convert.ToHexStringLower(await ReadAllAsync(peer)).ShouldBe(Convert.ToHexStringLower(Bytes(answered)));
        registration.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_silent_connection_ends_after_its_time()
    {
        var time = new ManualTime();
        await using Socks5Listener listener = Start(new Socks5ListenerOptions { TimeProvider = time });
        using Socket peer = await ConnectAsync(listener);
        await Eventually.HoldsAsync(() => listener.HandshakeCount == 1, "the handshake begins");
        time.Advance(TimeSpan.FromSeconds(9));
        await peer.SendAsync("\x05"u8.ToArray()); // slowly isn't enough
        time.Advance(TimeSpan.FromSeconds(1));
        await ShouldEndAsync(peer);
        await Eventually.HoldsAsync(() => listener.HandshakeCount == 0, "it is forgotten");
    }

    [Fact]
    public async Task Silent_connections_cannot_keep_an_honest_one_out()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        var silent = new List<Socket>();
        for (int i = 0; i < 65; i++)
        {
            silent.Add(await ConnectAsync(listener));
        }

        await ShouldEndAsync(silent[0]);
        listener.HandshakeCount.ShouldBeLessThanOrEqualTo(64);
        using Socket peer = await ConnectAsync(listener);
        (await Socks5Client.ConnectAsync(peer, Known, CancellationToken.None)).IsConnected.ShouldBeTrue();
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Seventeen_sockets_are_too_many_for_one_destination()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        var peers = new List<Socket>();
        for (int i = 0; i < 16; i++)
        {
            peers.Add(await ConnectAsync(listener));
            (await Socks5Client.ConnectAsync(peers[i], Known, CancellationToken.None)).IsConnected.ShouldBeTrue();
        }

        await Eventually.HoldsAsync(() => registration.Count == 16, "all are kept");
        using Socket extra = await ConnectAsync(listener);
        (await Socks5Client.ConnectAsync(extra, Known, CancellationToken.None)).Code.ShouldBe(Socks5ReplyCode.NotAllowed);
        peers.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task The_connection_by_the_earliest_listed_address_is_taken_and_the_others_closed()
    {
        await using Socks5Listener listener = Start(
            new Socks5ListenerOptions { Addresses = [IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.3")] });
        using Socks5Registration registration = listener.Expect(Known);
        using Socket gone = await HandshakeAsync(listener, "127.0.0.3");
        using Socket first = await HandshakeAsync(listener, "127.0.0.1");
        using Socket second = await HandshakeAsync(listener, "127.0.0.2");
        await Eventually.HoldsAsync(() => registration.Count == 3, "all are kept");
        gone.Shutdown(SocketShutdown.Both);

        Socks5Accepted taken = await registration.TakeAsync(
            [IPAddress.Parse("127.0.0.3"), IPAddress.Parse("127.0.0.2"), IPAddress.Parse("127.0.0.1")], empty: false, CancellationToken.None);
        using Socket ours = taken.Socket;
        taken.Remote.ShouldBe(second.LocalEndPoint);
        await ShouldEndAsync(first);

        using Socket late = await ConnectAsync(listener);
        (await Socks5Client.ConnectAsync(late, Known, CancellationToken.None)).Code.ShouldBe(Socks5ReplyCode.HostUnreachable);
    }

    [Fact]
    public async Task For_an_empty_stream_a_connection_that_the_peer_closed_already_will_do()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        Socket peer = await HandshakeAsync(listener, "127.0.0.1");
        var remote = peer.LocalEndPoint;
        await Eventually.HoldsAsync(() => registration.Count == 1, "it is kept");
        peer.Dispose();

        Socks5Accepted taken = await registration.TakeAsync([], empty: true, CancellationToken.None);

        taken.Remote.ShouldBe(remote);
        taken.Socket.Dispose();
    }

    [Fact]
    public async Task Taking_waits_for_the_first_connection()
    {
        await using Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        Task<Socks5Accepted> taking = registration.TakeAsync([], empty: false, CancellationToken.None);
        taking.IsCompleted.ShouldBeFalse();
        using Socket peer = await HandshakeAsync(listener, "127.0.0.1");
        (await taking).Socket.Dispose();
    }

    [Fact]
    public async Task Taking_ends_with_its_token_and_with_the_listener()
    {
        Socks5Listener listener = Start();
        Socks5Registration registration = listener.Expect(Known);
        using var cancel = new CancellationTokenSource();
        Task<Socks5Accepted> cancelled = registration.TakeAsync([], empty: false, cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        Task<Socks5Accepted> closed = registration.TakeAsync([], empty: false, CancellationToken.None);
        await listener.DisposeAsync();
        await listener.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(closed);
    }

    [Fact]
    public async Task Closing_the_listener_closes_handshakes_and_kept_connections()
    {
        Socks5Listener listener = Start();
        using Socks5Registration registration = listener.Expect(Known);
        using Socket silent = await ConnectAsync(listener);
        using Socket kept = await HandshakeAsync(listener, "127.0.0.1");
        await Eventually.HoldsAsync(() => registration.Count == 1 && listener.HandshakeCount == 1, "one is kept, one is silent");
        await listener.DisposeAsync();
        await ShouldEndAsync(silent);
        await ShouldEndAsync(kept);
    }

    [Fact]
    public async Task Listens_on_both_families_with_one_port()
    {
        await using Socks5Listener listener = Start(new Socks5ListenerOptions());
        listener.EndPoints.Select(endPoint => endPoint.Port).Distinct().Count().ShouldBe(1);
        listener.EndPoints.Select(endPoint => endPoint.AddressFamily).ShouldContain(AddressFamily.InterNetwork);
        if (Socket.OSSupportsIPv6)
        {
            listener.EndPoints.Select(endPoint => endPoint.AddressFamily).ShouldContain(AddressFamily.InterNetworkV6);
        }
    }

    [Fact]
    public async Task A_range_gives_its_first_free_port_and_a_full_one_fails()
    {
        await using Socks5Listener first = Start();
        int taken = first.Port;
        var options = new Socks5ListenerOptions { Addresses = [IPAddress.Loopback], Ports = new PortRange(taken, taken) };
        Socks5Listener.TryStart(options, out _, out SocketError error).ShouldBeFalse();
        error.ShouldBe(SocketError.AddressAlreadyInUse);

        Socks5Listener.TryStart(options with { Ports = new PortRange(taken, Math.Min(taken + 50, 65535)) }, out Socks5Listener? next, out _)
            .ShouldBeTrue();
        next.Port.ShouldBeGreaterThan(taken);
        await next.DisposeAsync();
    }

    [Fact]
    public void An_address_that_is_not_ours_fails()
    {
        Socks5Listener.TryStart(new Socks5ListenerOptions { Addresses = [IPAddress.Parse("192.0.2.1")] }, out _, out SocketError error).ShouldBeFalse();
        error.ShouldBe(SocketError.AddressNotAvailable);
    }

    [Fact]
    public async Task Expecting_a_destination_twice_is_misuse()
    {
        await using Socks5Listener listener = Start();
        listener.Expect(Known).Dispose();
        using Socks5Registration again = listener.Expect(Known);
        Should.Throw<InvalidOperationException>(() => listener.Expect(Known));
    }

    private static Socks5Listener Start(Socks5ListenerOptions? options = null)
    {
        Socks5Listener.TryStart(options ?? new Socks5ListenerOptions { Addresses = [IPAddress.Loopback] }, out Socks5Listener? listener, out _)
            .ShouldBeTrue();
        return listener;
    }

    private static Task<Socket> ConnectAsync(Socks5Listener listener) => ConnectAsync(listener, "127.0.0.1");

    private static async Task<Socket> ConnectAsync(Socks5Listener listener, string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), listener.Port));
        return socket;
    }

    private static async Task<Socket> HandshakeAsync(Socks5Listener listener, string address)
    {
        Socket socket = await ConnectAsync(listener, address);
        (await Socks5Client.ConnectAsync(socket, Known, CancellationToken.None)).IsConnected.ShouldBeTrue();
        return socket;
    }

    private static async Task<byte[]> ReadAllAsync(Socket socket)
    {
        var all = new List<byte>();
        var buffer = new byte[1024];
        while (true)
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer);
            }
            catch (SocketException)
            {
                // A reset: closed with bytes of ours unread.
                return [.. all];
            }

            if (read == 0)
            {
                return [.. all];
            }

            all.AddRange(buffer[..read]);
        }
    }

    private static async Task ShouldEndAsync(Socket socket) => (await ReadAllAsync(socket)).ShouldBeEmpty();

    private static byte[] Bytes(string hex) =>
        Convert.FromHexString(hex.Replace("{255}", string.Concat(Enumerable.Repeat("41", 255)), StringComparison.Ordinal));
}
