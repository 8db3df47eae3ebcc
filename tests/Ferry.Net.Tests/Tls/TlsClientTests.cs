using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;
using Ferry.Protocol.Sasl;

namespace Ferry.Net.Tests.Tls;

public sealed class TlsClientTests : IDisposable
{
    private readonly MadeUpAuthority _authority = new();
    private readonly string _authorityFile = Path.GetTempFileName();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public TlsClientTests() => File.WriteAllText(_authorityFile, _authority.Certificate.ExportCertificatePem());

    public void Dispose()
    {
        _authority.Dispose();
        File.Delete(_authorityFile);
    }

    private TlsOptions Trusting => new() { AuthorityFiles = [_authorityFile] };

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Bytes_pass_and_both_ends_see_the_same_channel(SslProtocols protocol)
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("example.org"));
        var (server, result) = await ConnectAsync(certificate, protocol, "example.org", Trusting, alpn: null);
        await using var serverStream = server.ShouldNotBeNull();
        var secured = result.ShouldBeOfType<TlsResult.Secured>();
        await using var client = secured.Stream;

        secured.CertificateFingerprint.ShouldBe(Fingerprint.Of(certificate.RawData));
        secured.Channel.TlsVerified.ShouldBeTrue();
        secured.Channel.Tls13.ShouldBe(protocol == SslProtocols.Tls13);
        var mine = secured.Channel.Bindings;
        var theirs = TlsChannelBindings.Of(serverStream, certificate.RawData);
        mine.Keys.Order().ShouldBe(theirs.Keys.Order());
        foreach (var (type, data) in mine)
            data.ShouldBe(theirs[type]);
        mine.ContainsKey(ChannelBinding.TlsServerEndPoint).ShouldBeTrue();
        mine.ContainsKey(ChannelBinding.TlsUnique).ShouldBe(protocol == SslProtocols.Tls12);
        if (mine.TryGetValue(ChannelBinding.TlsUnique, out var unique))
            unique.Length.ShouldBe(12);

        await client.WriteAsync("ping"u8.ToArray(), Cancel);
        var got = new byte[4];
        await serverStream.ReadExactlyAsync(got, Cancel);
        got.ShouldBe("ping"u8.ToArray());
    }

    [Fact]
    public async Task Direct_TLS_says_what_it_wants()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("example.org"));
        var (server, result) = await ConnectAsync(certificate, SslProtocols.None, "example.org", Trusting, TlsClient.Alpn);
        await using var serverStream = server.ShouldNotBeNull();
        await using var client = result.ShouldBeOfType<TlsResult.Secured>().Stream;
        serverStream.NegotiatedApplicationProtocol.ToString().ShouldBe("xmpp-client");
        serverStream.TargetHostName.ShouldBe("example.org");
    }

    [Fact]
    public async Task A_wrong_certificate_is_a_named_failure()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("other.org"));
        var failed = await FailAsync(certificate, SslProtocols.None, "example.org", Trusting);
        failed.Fault.ShouldBe(CertificateFault.Name);
        failed.Text.ShouldContain("other.org");
        failed.CertificateFingerprint.ShouldBe(Fingerprint.Of(certificate.RawData));

        using var good = _authority.Issue(MadeUpAuthority.Dns("example.org"));
        (await FailAsync(good, SslProtocols.None, "example.org", new TlsOptions())).Fault.ShouldBe(CertificateFault.Untrusted);
    }

    [Fact]
    public async Task A_pin_stands_in_for_everything_else()
    {
        using var certificate = SelfSignedCertificate.Create("localhost", [], DateTimeOffset.UtcNow);
        var options = new TlsOptions { Pin = Fingerprint.Of(certificate.RawData).ToUpperInvariant() };
        var (server, result) = await ConnectAsync(certificate, SslProtocols.None, "example.org", options, alpn: null);
        await using var serverStream = server.ShouldNotBeNull();
        await using var client = result.ShouldBeOfType<TlsResult.Secured>().Stream;

        (await FailAsync(certificate, SslProtocols.None, "localhost", new TlsOptions { Pin = new string('0', 64) })).Fault.ShouldBe(CertificateFault.Pin);
    }

    [Fact]
    public async Task Old_TLS_and_no_TLS_are_named_failures()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("example.org"));
#pragma warning disable SYSLIB0039, CA5397 // old on purpose: it must be refused
        (await FailAsync(certificate, SslProtocols.Tls11, "example.org", Trusting)).Fault.ShouldBeNull();
#pragma warning restore SYSLIB0039, CA5397

        using var plain = new MemoryStream("<stream:error>no TLS here</stream:error>"u8.ToArray().Concat(new byte[64]).ToArray());
        using var duplex = new OneWay(plain);
        var result = await new TlsClient(TimeProvider.System).AuthenticateAsync(duplex, "example.org", Trusting, null, Cancel);
        result.ShouldBeOfType<TlsResult.Failed>().Text.ShouldContain("handshake");
        duplex.IsClosed.ShouldBeTrue();
    }

    [Theory]
    [InlineData("/nowhere/ca.pem", null)]
    [InlineData(null, "not hex")]
    public async Task Unusable_options_are_named_before_a_byte_is_sent(string? file, string? pin)
    {
        using var sink = new OneWay(new MemoryStream());
        var options = new TlsOptions { AuthorityFiles = file is null ? [] : [file], Pin = pin };
        var failed = (await new TlsClient(TimeProvider.System).AuthenticateAsync(sink, "example.org", options, null, Cancel))
            .ShouldBeOfType<TlsResult.Failed>();
        failed.Fault.ShouldNotBeNull();
        sink.Written.ShouldBe(0);
    }

    [Fact]
    public async Task An_authority_file_without_certificates_is_named()
    {
        await File.WriteAllTextAsync(_authorityFile, "hello", Cancel);
        using var sink = new OneWay(new MemoryStream());
        (await new TlsClient(TimeProvider.System).AuthenticateAsync(sink, "example.org", Trusting, null, Cancel))
            .ShouldBeOfType<TlsResult.Failed>().Text.ShouldContain("no certificate");
    }

    [Fact]
    public async Task Cancellation_ends_a_silent_handshake()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        using var accepted = await listener.AcceptTcpClientAsync(Cancel);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var handshake = new TlsClient(TimeProvider.System).AuthenticateAsync(client.GetStream(), "example.org", Trusting, null, cancel.Token);
        var hello = new byte[1];
        await accepted.GetStream().ReadExactlyAsync(hello, Cancel);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(handshake);
    }

    private static async Task<TlsResult.Failed> FailAsync(X509Certificate2 certificate, SslProtocols protocol, string domain, TlsOptions options)
    {
        var (server, result) = await ConnectAsync(certificate, protocol, domain, options, alpn: null);
        if (server is not null)
            await server.DisposeAsync();
        return result.ShouldBeOfType<TlsResult.Failed>();
    }

    private static async Task<(SslStream? Server, TlsResult Result)> ConnectAsync(
        X509Certificate2 certificate, SslProtocols protocol, string domain, TlsOptions options, string? alpn)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        var accepted = await listener.AcceptTcpClientAsync(Cancel);
        var server = ServeAsync(accepted.GetStream(), certificate, protocol);
        var result = await new TlsClient(TimeProvider.System).AuthenticateAsync(client.GetStream(), domain, options, alpn, Cancel);
        return (await server, result);
    }

    /// <summary>Null when the client did not like what it saw.</summary>
    private static async Task<SslStream?> ServeAsync(Stream stream, X509Certificate2 certificate, SslProtocols protocol)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    EnabledSslProtocols = protocol,
                    ApplicationProtocols = [new SslApplicationProtocol("xmpp-client")],
                },
                Cancel);
            return tls;
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            await tls.DisposeAsync();
            return null;
        }
    }

    /// <summary>Reads from one stream and forgets what is written.</summary>
    private sealed class OneWay(Stream source) : Stream
    {
        public bool IsClosed { get; private set; }

        public long Written { get; private set; }

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => source.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsClosed = true;
            base.Dispose(disposing);
        }
    }
}
