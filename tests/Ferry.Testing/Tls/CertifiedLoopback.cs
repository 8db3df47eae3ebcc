using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ferry.Testing.Tls;

/// <summary>An authority of a test's own, one below it, and by that a certificate for 127.0.0.1, as PEM files.</summary>
public sealed class CertifiedLoopback : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ferry-certified-");

    public CertifiedLoopback()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=The test's root", rootKey).CreateSelfSigned(from, to);
        using var bare = Authority("CN=The test's middle", middleKey).Create(root, from, to, [3]);
        using var middle = bare.CopyWithPrivateKey(middleKey);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using var own = request.Create(middle, from, to, [7]);
        (Root, Own) = (Write("root.pem", root.ExportCertificatePem()), Convert.ToHexStringLower(SHA256.HashData(own.RawData)));
        CertificateFile = Write("server.pem", string.Join('\n', own.ExportCertificatePem(), middle.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>The authority that clients trust, as a PEM file.</summary>
    public string Root { get; }

    /// <summary>The certificate, the authority between, and the key, in one file that others can't read.</summary>
    public string CertificateFile { get; }

    /// <summary>SHA-256 of the certificate, as a pin is written.</summary>
    public string Own { get; }

    public void Dispose() => _folder.Delete(recursive: true);

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request;
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, pem + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
