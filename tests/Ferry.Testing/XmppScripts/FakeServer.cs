using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;

namespace Ferry.Testing.XmppScripts;

/// <summary>A listener on loopback whose connections do what a script says: the other end for tests of a client.</summary>
public sealed class FakeServer : IAsyncDisposable
{
    public const string Domain = "localhost";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<FakeConnection> _connections = [];

    private FakeServer() => _listener.Start();

    /// <summary>Its own, made for this server.</summary>
    public X509Certificate2 Certificate { get; } = SelfSignedCertificate.Create(Domain, [], DateTimeOffset.UtcNow);

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public string Pin => Fingerprint.Of(Certificate.RawData);

    public static FakeServer Start() => new();

    /// <summary>The next connection; nothing is said yet.</summary>
    public async Task<FakeConnection> AcceptAsync(int? receiveBuffer = null)
    {
        if (receiveBuffer is { } bytes) _listener.Server.ReceiveBufferSize = bytes;
        var socket = await _listener.AcceptSocketAsync().WaitAsync(FakeConnection.Patience);
        socket.NoDelay = true;
        var connection = new FakeConnection(socket, Certificate);
        lock (_connections) _connections.Add(connection);
        return connection;
    }

    /// <summary>Nobody listens any more: connections stay.</summary>
    public void StopListening() => _listener.Stop();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var connection in _connections) await connection.DisposeAsync();
        Certificate.Dispose();
    }
}
