using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ferry.Net.Tests.Tls;

/// <summary>A certificate authority of a test's own.</summary>
internal sealed class MadeUpAuthority : IDisposable
{
    public static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private MadeUpAuthority(X509Certificate2 certificate) => Certificate = certificate;

    public MadeUpAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Certificate = AuthorityRequest("CN=Made-up root", key).CreateSelfSigned(Now.AddYears(-2), Now.AddYears(2));
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2Collection Trust => [Certificate];

    public MadeUpAuthority Intermediate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = AuthorityRequest("CN=Made-up intermediate", key).Create(Certificate, Now.AddYears(-1), Now.AddYears(1), [3]);
        return new MadeUpAuthority(bare.CopyWithPrivateKey(key));
    }

    public X509Certificate2 Issue(X509Extension? names, int fromDay = -1, int toDay = 30, string purpose = "1.3.6.1.5.5.7.3.1")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=example.org", key, HashAlgorithmName.SHA256);
        if (names is not null)
            request.CertificateExtensions.Add(names);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var bare = request.Create(Certificate, Now.AddDays(fromDay), Now.AddDays(toDay), [7]);
        return bare.CopyWithPrivateKey(key);
    }

    public static X509Extension Dns(params string[] names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                builder.AddIpAddress(address);
            else
                builder.AddDnsName(name);
        }

        return builder.Build();
    }

    public static X509Extension Other(string type, UniversalTagNumber encoding, string value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            writer.WriteObjectIdentifier(type);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                writer.WriteCharacterString(encoding, value);
        }

        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    public void Dispose() => Certificate.Dispose();

    private static CertificateRequest AuthorityRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }
}
