using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Dns;

namespace Ferry.Net.Tls;

/// <summary>A certificate for a server that has none from an authority. Clients pin it.</summary>
public static class SelfSignedCertificate
{
    private const int Years = 10;

    /// <summary>Makes a certificate with a new P-256 key, valid from a day ago for ten years.</summary>
    /// <param name="domain">The XMPP domain. If it is local, it also stands for localhost, 127.0.0.1 and ::1.</param>
    /// <param name="extraNames">Further host names and addresses.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="ArgumentException">A name is neither an address nor fit for DNS.</exception>
    public static X509Certificate2 Create(string domain, IEnumerable<string> extraNames, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name(domain)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(Names([domain, .. extraNames, .. IsLocal(domain) ? ["localhost", "127.0.0.1", "::1"] : Array.Empty<string>()]));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(Years));
        if (!OperatingSystem.IsWindows())
            return made;

        // Schannel takes no key that lives in memory only.
        using (made)
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), password: null);
    }

    private static bool IsLocal(string domain) =>
        domain is "localhost" || domain.EndsWith(".localhost", StringComparison.Ordinal) ||
        (IPAddress.TryParse(domain.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static X509Extension Names(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Select(Name).Distinct(StringComparer.Ordinal))
        {
            if (IPAddress.TryParse(name, out var address))
                builder.AddIpAddress(address);
            else
                builder.AddDnsName(name);
        }

        return builder.Build();
    }

    private static string Name(string name)
    {
        if (IPAddress.TryParse(name.Trim('[', ']'), out var address))
            return address.ToString();
        return AsciiDomain.TryGet(name, out var ascii)
            ? ascii
            : throw new ArgumentException($"'{name}' is no host name", nameof(name));
    }
}
