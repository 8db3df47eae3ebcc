using System.Net;
using System.Text;
using Ferry.Server.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ferry.Daemon.Admin;

/// <summary>
/// The admin pages on Kestrel without a host around it: three paths need neither routing nor a container, and starting those would take longer than all the rest of ferryd.
/// </summary>
internal sealed class AdminServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    /// <summary>Connections at one time.</summary>
    public const int MaxConnections = 100;

    private readonly AdminPages _pages;
    private readonly KestrelServer _server;

    private AdminServer(AdminPages pages, IReadOnlyList<IPEndPoint> listen, ILoggerFactory loggers, TimeSpan headTimeout)
    {
        _pages = pages;
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = headTimeout;
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        foreach (var endpoint in listen) options.Listen(endpoint, listener => listener.Protocols = HttpProtocols.Http1);
        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = KestrelSockets.Bind }), loggers), loggers);
    }

    /// <summary>Where it listens, with the ports that it got.</summary>
    public IReadOnlyList<string> Addresses => [.. _server.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses];

    /// <param name="headTimeout">From a connection to the end of a request's head; null: 10 s.</param>
    /// <exception cref="IOException">An address cannot be listened on.</exception>
    public static async Task<AdminServer> StartAsync(
        AdminPages pages, IReadOnlyList<IPEndPoint> listen, ILoggerFactory loggers, CancellationToken cancellationToken, TimeSpan? headTimeout = null)
    {
        var server = new AdminServer(pages, listen, loggers, headTimeout ?? TimeSpan.FromSeconds(10));
        try
        {
            await server._server.StartAsync(server, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(soon.Token);
        _server.Dispose();
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public async Task ProcessRequestAsync(HttpContext context)
    {
        var isGet = HttpMethods.IsGet(context.Request.Method);
        var page = isGet || HttpMethods.IsHead(context.Request.Method)
            ? await _pages.GetAsync(context.Request.Path.Value ?? "", context.RequestAborted)
            : new AdminPage(405, "GET or HEAD\n");
        var bytes = Encoding.UTF8.GetBytes(page.Text);
        context.Response.StatusCode = page.Status;
        context.Response.ContentType = page.ContentType;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (page.Status == 405) context.Response.Headers.Allow = "GET, HEAD";
        if (isGet || page.Status == 405) await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // Nothing in it is ours.
    }
}
