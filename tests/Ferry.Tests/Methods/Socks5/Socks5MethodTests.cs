using System.Net;
using System.Net.Sockets;
using Ferry.Protocol;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Testing;

namespace Ferry.Tests.Methods.Socks5;

/// <summary>Whole transfers between two clients: by which address, and what happens when a proxy fails.</summary>
public sealed class Socks5MethodTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];

    [Fact]
    public async Task A_stream_goes_over_IPv6()
    {
        Assert.SkipUnless(HasIPv6Loopback(), "this machine has no ::1");
        await using var two = await TwoClients.StartAsync(IPAddress.IPv6Loopback);
        var alice = two.Options("alice") with { Methods = ["s5b-direct"], BindAddresses = [IPAddress.IPv6Loopback] };

        var (sent, received, arrived) = await TwoClients.SendAsync(alice, two.Options("bob"), Bytes);

        sent.Method.ShouldBe("s5b-direct", sent.Failure?.Message);
        received.Method.ShouldBe("s5b-direct");
        arrived.ShouldBe(Bytes);
    }

    [Fact]
    public async Task A_forwarded_port_leads_to_the_listener_in_its_range()
    {
        await using var two = await TwoClients.StartAsync();
        var inside = FreePorts.Take();
        using var router = new TcpListener(IPAddress.Loopback, 0);
        router.Start();
        var forwarding = ForwardOnceAsync(router, inside);
        var alice = two.Options("alice") with
        {
            Methods = ["s5b-direct"], ListenPorts = [(inside, inside)], Advertise = [router.LocalEndpoint.ToString()!], OfferOnlyAdvertised = true,
        };

        var (sent, _, arrived) = await TwoClients.SendAsync(alice, two.Options("bob"), Bytes);

        sent.Method.ShouldBe("s5b-direct", sent.Failure?.Message);
        arrived.ShouldBe(Bytes);
        await forwarding;
    }

    [Fact]
    public async Task A_refused_activation_leads_to_in_band_in_the_same_transfer()
    {
        await using var two = await TwoClients.StartAsync();
        await using var proxy = await two.SessionAsync("proxy");
        await using var relay = new AnyDestination();
        proxy.OnIq(Namespaces.Bytestreams, "query", iq => iq.Type == IqType.Get
            ? iq.Result(new ProxyAddress([new Streamhost(proxy.Jid, "127.0.0.1", relay.Port)]).ToElement())
            : iq.Refuse(ErrorType.Cancel, ErrorCondition.InternalServerError));
        proxy.Start();
        var alice = two.Options("alice") with { Methods = ["s5b-proxy", "ibb"], Proxies = [proxy.Jid] };

        var (sent, received, arrived) = await TwoClients.SendAsync(alice, two.Options("bob"), Bytes);

        relay.Accepted.ShouldBeGreaterThanOrEqualTo(2);
        sent.Method.ShouldBe("ibb", sent.Failure?.Message);
        received.Method.ShouldBe("ibb", received.Failure?.Message);
        arrived.ShouldBe(Bytes);
    }

    private static bool HasIPv6Loopback()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task ForwardOnceAsync(TcpListener outside, int inside)
    {
        using var one = await outside.AcceptTcpClientAsync();
        using var other = new TcpClient();
        await other.ConnectAsync(IPAddress.Loopback, inside);
        var there = one.GetStream().CopyToAsync(other.GetStream());
        await other.GetStream().CopyToAsync(one.GetStream());
        one.Client.Shutdown(SocketShutdown.Send);
        await there;
    }

    /// <summary>Says yes to every SOCKS5 exchange and never joins anybody.</summary>
    private sealed class AnyDestination : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;
        private int _accepted;

        public AnyDestination()
        {
            _listener.Start();
            _running = RunAsync();
        }

        public int Accepted => Volatile.Read(ref _accepted);

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
            await _running;
            _stop.Dispose();
        }

        private async Task RunAsync()
        {
            var serving = new List<Task>();
            try
            {
                while (true) serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                await Task.WhenAll(serving);
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using var owned = client;
            try
            {
                var stream = client.GetStream();
                await stream.ReadExactlyAsync(new byte[3], _stop.Token);
                await stream.WriteAsync(new byte[] { 5, 0 }, _stop.Token);
                var request = new byte[47];
                await stream.ReadExactlyAsync(request, _stop.Token);
                request[1] = 0;
                await stream.WriteAsync(request, _stop.Token);
                Interlocked.Increment(ref _accepted);
                await stream.CopyToAsync(Stream.Null, _stop.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or IOException)
            {
                // The end of the test, or of the connection.
            }
        }
    }
}
