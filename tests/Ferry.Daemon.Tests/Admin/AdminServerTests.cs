using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Ferry.Daemon.Admin;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Daemon.Tests.Admin;

public sealed class AdminServerTests
{
    [Theory]
    [InlineData("GET", "/healthz", 200, "ok\n")]
    [InlineData("HEAD", "/healthz", 200, "")]
    [InlineData("GET", "/readyz", 503, "store: ok\ncomponent: not-authorized: the server?has another secret\n")]
    [InlineData("GET", "/else", 404, "there are /healthz, /readyz and /metrics\n")]
    [InlineData("POST", "/metrics", 405, "GET or HEAD\n")]
    public async Task Pages(string method, string path, int status, string text)
    {
        await using var server = await StartAsync(
            new Readiness("store", _ => new((string?)null)), new Readiness("component", _ => new("not-authorized: the server\nhas another secret")));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), server.Addresses[0] + path);
        using var response = await client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(status);
        (await response.Content.ReadAsStringAsync()).ShouldBe(text);
        response.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task Metrics_say_their_format()
    {
        await using var server = await StartAsync();
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(server.Addresses[0] + "/metrics"));
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType.ShouldBe(MediaTypeHeaderValue.Parse("text/plain; version=0.0.4; charset=utf-8"));
        (await response.Content.ReadAsStringAsync()).ShouldContain("# TYPE ");
    }

    [Fact]
    public async Task An_address_that_is_taken_is_an_IOException()
    {
        await using var first = await StartAsync();
        var taken = new IPEndPoint(IPAddress.Loopback, new Uri(first.Addresses[0]).Port);
        using var metrics = new MetricCollector();
        await Should.ThrowAsync<IOException>(AdminServer.StartAsync(new AdminPages(metrics, []), [taken], NullLoggerFactory.Instance, CancellationToken.None));
    }

    [Fact]
    public async Task Connections_are_bounded()
    {
        await using var server = await StartAsync();
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < AdminServer.MaxConnections; i++)
            {
                sockets.Add(await ConnectAsync(server));
                // An answer says that this one was counted.
                (await AskAsync(sockets[^1], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 ");
            }

            sockets.Add(await ConnectAsync(server));
            (await AskAsync(sockets[^1], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).ShouldBe("");
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }
    }

    [Fact]
    public async Task A_head_that_does_not_end_is_not_waited_for()
    {
        await using var server = await AdminServer.StartAsync(
            new AdminPages(new MetricCollector(), []), [new IPEndPoint(IPAddress.Loopback, 0)], NullLoggerFactory.Instance, CancellationToken.None, TimeSpan.FromMilliseconds(100));
        using var socket = await ConnectAsync(server);
        (await AskAsync(socket, "GET /healthz HTTP/1.1\r\nHo")).ShouldStartWith("HTTP/1.1 408 ");
    }

    private static async Task<Socket> ConnectAsync(AdminServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(server.Addresses[0]).Port);
        return socket;
    }

    // The first bytes of the answer; nothing where the connection just ends.
    private static async Task<string> AskAsync(Socket socket, string request)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(request), patience.Token);
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, patience.Token));
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private static Task<AdminServer> StartAsync(params Readiness[] checks) => AdminServer.StartAsync(
        new AdminPages(new MetricCollector(), checks), [new IPEndPoint(IPAddress.Loopback, 0)], NullLoggerFactory.Instance, CancellationToken.None);
}
