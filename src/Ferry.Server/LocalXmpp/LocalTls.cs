using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ferry.Protocol.Sasl;

namespace Ferry.Server.LocalXmpp;

/// <summary>The server's side of TLS, and what log-ins bind to.</summary>
internal sealed class LocalTls
{
    private readonly SslStreamCertificateContext _context;

    public LocalTls(X509Certificate2 certificate)
    {
        _context = SslStreamCertificateContext.Create(certificate, null, offline: true);
        Bindings = ChannelBinding.TryServerEndPoint(certificate.RawData, out var data)
            ? new Dictionary<string, byte[]>(StringComparer.Ordinal) { [ChannelBinding.TlsServerEndPoint] = data }
            : [];
    }

    /// <summary>Channel-binding data by type; empty where the certificate's signature has none.</summary>
    public Dictionary<string, byte[]> Bindings { get; }

    /// <summary>The handshake. Throws what SslStream throws.</summary>
    public async Task<SslStream> SecureAsync(Stream transport, bool direct, CancellationToken cancellationToken)
    {
        var secured = new SslStream(transport, leaveInnerStreamOpen: false);
        try
        {
            await secured.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = _context,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ClientCertificateRequired = false,
                    AllowRenegotiation = false,
                    ApplicationProtocols = direct ? [new SslApplicationProtocol("xmpp-client")] : null,
                },
                cancellationToken).ConfigureAwait(false);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
