using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Dns;
using Ferry.Protocol.Sasl;

namespace Ferry.Net.Tls;

/// <summary>The client's side of TLS for an XMPP domain, after STARTTLS or from the first byte.</summary>
/// <param name="time">The clock against which certificates are dated.</param>
public sealed class TlsClient(TimeProvider time)
{
    /// <summary>ALPN of direct TLS (XEP-0368).</summary>
    public const string Alpn = "xmpp-client";

    /// <summary>Shakes hands and checks the certificate. A failure is a value; only cancellation throws. Either closes <paramref name="stream"/>.</summary>
    /// <param name="stream">The connection; belongs to the result.</param>
    /// <param name="domain">The account's domain: sent as SNI and checked in the certificate.</param>
    /// <param name="options">Whom to trust.</param>
    /// <param name="alpn"><see cref="Alpn"/> for direct TLS; null after STARTTLS.</param>
    /// <param name="cancellationToken">Gives up; the caller sets the time that a handshake may take.</param>
    public async Task<TlsResult> AuthenticateAsync(
        Stream stream, string domain, TlsOptions options, string? alpn, CancellationToken cancellationToken)
    {
        var handshake = new Handshake();
        var tls = new SslStream(new RecordStream(stream), leaveInnerStreamOpen: false);
        try
        {
            if (await PrepareAsync(domain, options, handshake, cancellationToken).ConfigureAwait(false) is { } unprepared)
                return await GiveUpAsync(tls, unprepared).ConfigureAwait(false);
            await tls.AuthenticateAsClientAsync(Settings(domain, alpn, handshake), cancellationToken).ConfigureAwait(false);
            return Secure(tls, handshake.Certificate!);
        }
        catch (Exception error) when (error is AuthenticationException or IOException or CryptographicException or InvalidOperationException)
        {
            return await GiveUpAsync(tls, Explain(error, handshake)).ConfigureAwait(false);
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<TlsResult> GiveUpAsync(SslStream tls, TlsResult.Failed failure)
    {
        await tls.DisposeAsync().ConfigureAwait(false);
        return failure;
    }

    private static async Task<TlsResult.Failed?> PrepareAsync(
        string domain, TlsOptions options, Handshake handshake, CancellationToken cancellationToken)
    {
        if (options.Pin is not null && !Fingerprint.TryParse(options.Pin, out _))
            return new TlsResult.Failed(CertificateFault.Settings, "the pin is not 64 hexadecimal digits", "give the SHA-256 of the certificate", null);

        var authorities = new X509Certificate2Collection();
        foreach (var file in options.AuthorityFiles)
        {
            try
            {
                var before = authorities.Count;
                authorities.ImportFromPem(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false));
                if (authorities.Count == before)
                    return new TlsResult.Failed(CertificateFault.Settings, $"{file} holds no certificate", "give a file in PEM form", null);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
            {
                return new TlsResult.Failed(CertificateFault.Settings, $"{file}: {error.Message}", "give a readable file in PEM form", null);
            }
        }

        handshake.Check = new CertificateCheck(domain, options.Pin, authorities);
        return null;
    }

    private SslClientAuthenticationOptions Settings(string domain, string? alpn, Handshake handshake) => new()
    {
        TargetHost = IPAddress.TryParse(domain.Trim('[', ']'), out var address) ? address.ToString()
            : AsciiDomain.TryGet(domain, out var ascii) ? ascii : domain,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        AllowRenegotiation = false,
        // A resumed session shows no certificate to bind to.
        AllowTlsResume = false,
        ApplicationProtocols = alpn is null ? null : [new SslApplicationProtocol(alpn)],
        // The platform builds a chain before it asks us: it must not fetch anything for that.
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        RemoteCertificateValidationCallback = (_, certificate, chain, _) => handshake.Judge(certificate, chain, time.GetUtcNow()),
    };

    private static TlsResult.Secured Secure(SslStream tls, byte[] certificate)
    {
        var channel = new SaslChannel
        {
            TlsVerified = true,
            Tls13 = TlsChannelBindings.IsTls13(tls),
            Bindings = TlsChannelBindings.Of(tls, certificate),
        };
        return new TlsResult.Secured(tls, channel, Fingerprint.Of(certificate));
    }

    private static TlsResult.Failed Explain(Exception error, Handshake handshake)
    {
        var fingerprint = handshake.Certificate is { } certificate ? Fingerprint.Of(certificate) : null;
        return handshake.Verdict is CertificateVerdict.Refused refused
            ? new TlsResult.Failed(refused.Fault, refused.Text, refused.Hint, fingerprint)
            : new TlsResult.Failed(
                null, $"the TLS handshake failed: {(error.InnerException ?? error).Message}", "does the server speak TLS 1.2 or later on this port?", fingerprint);
    }

    /// <summary>What the platform's callback finds out.</summary>
    private sealed class Handshake
    {
        public CertificateCheck? Check { get; set; }

        public byte[]? Certificate { get; private set; }

        public CertificateVerdict? Verdict { get; private set; }

        public bool Judge(X509Certificate? certificate, X509Chain? chain, DateTimeOffset now)
        {
            if (certificate is null || Check is null)
                return false;
            using var own = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
            Certificate = own.RawData;
            Verdict = Check.Verify(own, chain?.ChainPolicy.ExtraStore ?? [], now);
            return Verdict is CertificateVerdict.Trusted;
        }
    }
}
