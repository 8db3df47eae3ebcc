using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ferry.Testing.Dns;

/// <summary>A DNS server on loopback, UDP and TCP on one port, that answers as a test says.</summary>
public sealed class FakeDnsServer : IAsyncDisposable
{
    private readonly Func<byte[], bool, IEnumerable<byte[]>> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp;
    private readonly TcpListener _tcp;
    private readonly Task _running;
    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>Starts.</summary>
    /// <param name="answer">Gets the query and whether it came by TCP; gives messages to send, none for silence.</param>
    public FakeDnsServer(Func<byte[], bool, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        (_tcp, _udp) = BindBoth();
        _running = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_tcp.LocalEndpoint;

    public ConcurrentQueue<(byte[] Query, bool Tcp, EndPoint? From)> Queries { get; } = new();

    /// <summary>Waits for one more query to have come.</summary>
    public Task AskedAsync() => _asked.WaitAsync();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _running;
        _stop.Dispose();
        _asked.Dispose();
    }

    private static (TcpListener Tcp, Socket Udp) BindBoth()
    {
        while (true)
        {
            var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                udp.Bind(tcp.LocalEndpoint);
                return (tcp, udp);
            }
            catch (SocketException)
            {
                // The port is taken for UDP: another one.
                tcp.Dispose();
                udp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[512];
        var anyone = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, anyone, _stop.Token);
                foreach (var answer in Answer(buffer[..received.ReceivedBytes], tcp: false, received.RemoteEndPoint))
                    await _udp.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                var stream = client.GetStream();
                var head = new byte[2];
                await stream.ReadExactlyAsync(head, _stop.Token);
                var query = new byte[(head[0] << 8) | head[1]];
                await stream.ReadExactlyAsync(query, _stop.Token);
                foreach (var answer in Answer(query, tcp: true, client.Client.RemoteEndPoint))
                    await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], _stop.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
        }
    }

    private byte[][] Answer(byte[] query, bool tcp, EndPoint? from)
    {
        Queries.Enqueue((query, tcp, from));
        var answers = _answer(query, tcp).ToArray();
        _asked.Release();
        return answers;
    }
}
