using System.Net;
using System.Security.Cryptography.X509Certificates;
using Ferry.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Ferry.Server.HttpBridge;

/// <summary>Kestrel without a host around it. HTTP/1.1 alone: each transfer has a connection of its own that can be broken without breaking another's.</summary>
internal sealed class BridgeListener : IHttpApplication<HttpContext>, IAsyncDisposable
{
    private const int HeaderBytes = 16 * 1024;

    /// <summary>What Kestrel reads ahead of an upload, also while that is held.</summary>
    private const int ReadAheadBytes = 128 * 1024;

    private static readonly TimeSpan RateGrace = TimeSpan.FromSeconds(5);

    private readonly Func<HttpContext, Task> _answer;
    private readonly ServiceProvider _services;
    private readonly KestrelServer _server;
    private readonly X509Certificate2? _certificate;
    private readonly X509Certificate2Collection _chain = [];

    private BridgeListener(BridgeOptions options, int? port, Func<HttpContext, Task> answer)
    {
        _answer = answer;
        if (options.CertificateFile is { } file)
        {
            _certificate = X509Certificate2.CreateFromPemFile(file);
            _chain.ImportFromPemFile(file);
        }

        _services = Services();
        var kestrel = new KestrelServerOptions { AddServerHeader = false, ApplicationServices = _services };
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeaderBytes;
        kestrel.Limits.MaxRequestBufferSize = ReadAheadBytes;
        kestrel.Limits.RequestHeadersTimeout = options.HeaderTime;
        kestrel.Limits.KeepAliveTimeout = options.HeaderTime;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(options.MinRate, RateGrace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(options.MinRate, RateGrace);
        foreach (var endpoint in options.Listen)
        {
            kestrel.Listen(port is { } other ? new IPEndPoint(endpoint.Address, other) : endpoint, listener =>
            {
                listener.Protocols = HttpProtocols.Http1;
                if (_certificate is not null) listener.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = _certificate, ServerCertificateChain = _chain });
            });
        }

        var loggers = NullLoggerFactory.Instance;
        _server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = KestrelSockets.Bind }), loggers), loggers);
    }

    /// <summary>Where it listens, as URLs.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];

    /// <exception cref="IOException">An address cannot be listened on.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The certificate's file cannot be used.</exception>
    public static async Task<BridgeListener> StartAsync(BridgeOptions options, Func<HttpContext, Task> answer, CancellationToken cancellationToken)
    {
        try
        {
            return await StartAsync(options, null, answer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception taken) when (options.PortIsWish && taken is IOException or System.Net.Sockets.SocketException)
        {
            return await StartAsync(options, 0, answer, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(soon.Token).ConfigureAwait(false);
        _server.Dispose();
        _certificate?.Dispose();
        foreach (var link in _chain) link.Dispose();
        await _services.DisposeAsync().ConfigureAwait(false);
    }

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public Task ProcessRequestAsync(HttpContext context) => _answer(context);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // Nothing in it is ours.
    }

    // Kestrel's TLS asks for its meters and loggers here, which only a builder knows to make.
    private static ServiceProvider Services()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        return builder.Services.BuildServiceProvider();
    }

    private static async Task<BridgeListener> StartAsync(BridgeOptions options, int? port, Func<HttpContext, Task> answer, CancellationToken cancellationToken)
    {
        var listener = new BridgeListener(options, port, answer);
        try
        {
            await listener._server.StartAsync(listener, cancellationToken).ConfigureAwait(false);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
