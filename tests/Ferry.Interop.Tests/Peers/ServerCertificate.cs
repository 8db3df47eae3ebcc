using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ferry.Interop.Tests.Peers;

/// <summary>An authority made for this run and one certificate of it, as PEM files for a server and its clients.</summary>
public sealed class ServerCertificate
{
    private ServerCertificate(string authorityFile, string certificateFile, string keyFile, string pin)
    {
        AuthorityFile = authorityFile;
        CertificateFile = certificateFile;
        KeyFile = keyFile;
        Pin = pin;
    }

    public string AuthorityFile { get; }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <summary>SHA-256 of the certificate's DER bytes, lower-case hex.</summary>
    public string Pin { get; }

    public static ServerCertificate Create(string directory, string domain)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        var to = from.AddDays(30);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Ferry interop tests", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var authority = authorityRequest.CreateSelfSigned(from, to);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={domain}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(domain);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        using var certificate = request.Create(authority, from, to, RandomNumberGenerator.GetBytes(16));

        string Write(string name, string pem)
        {
            var path = Path.Combine(directory, name);
            File.WriteAllText(path, pem + "\n");
            return path;
        }

        return new ServerCertificate(
            Write("authority.pem", authority.ExportCertificatePem()),
            Write("server.crt", certificate.ExportCertificatePem() + "\n" + authority.ExportCertificatePem()),
            Write("server.key", key.ExportPkcs8PrivateKeyPem()),
            Convert.ToHexStringLower(SHA256.HashData(certificate.RawData)));
    }
}
