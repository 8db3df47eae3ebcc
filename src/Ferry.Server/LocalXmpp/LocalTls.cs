using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;

namespace Ferry.Server.LocalXmpp;

/// <summary>The server's side of TLS.</summary>
internal sealed class LocalTls
{
    private readonly SslStreamCertificateContext _context;

    public LocalTls(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        _context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        Certificate = certificate.RawData;
    }

    /// <summary>The certificate in DER: part of what log-ins bind to.</summary>
    public byte[] Certificate { get; }

    /// <summary>The handshake. Throws what SslStream throws.</summary>
    public async Task<SslStream> SecureAsync(Stream transport, bool direct, CancellationToken cancellationToken)
    {
        var secured = new SslStream(new RecordStream(transport), leaveInnerStreamOpen: false);
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
