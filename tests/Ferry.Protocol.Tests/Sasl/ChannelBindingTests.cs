using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Protocol.Sasl;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class ChannelBindingTests
{
    [Theory]
    [InlineData("SHA256", "SHA256")]
    [InlineData("SHA384", "SHA384")]
    [InlineData("SHA512", "SHA512")]
    public void The_signature_names_the_hash(string signature, string expected)
    {
        var name = new HashAlgorithmName(signature);
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var request in new[]
        {
            new CertificateRequest("CN=a", ecdsa, name),
            new CertificateRequest("CN=a", rsa, name, RSASignaturePadding.Pkcs1),
            new CertificateRequest("CN=a", rsa, name, RSASignaturePadding.Pss),
        })
        {
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
            ChannelBinding.TryServerEndPoint(certificate.RawData, out var data).ShouldBeTrue();
            data.ShouldBe(CryptographicOperations.HashData(new HashAlgorithmName(expected), certificate.RawData));
        }
    }

    [Fact]
    public void SHA1_counts_as_SHA256()
    {
        // openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha1 …
        var der = Convert.FromBase64String(EcdsaSha1);
        ChannelBinding.TryServerEndPoint(der, out var data).ShouldBeTrue();
        data.ShouldBe(SHA256.HashData(der));
    }

    [Fact]
    public void Ed25519_has_no_binding()
    {
        // openssl req -x509 -newkey ed25519 -nodes -subj /CN=a -days 1 -outform DER | base64
        var der = Convert.FromBase64String(Ed25519);
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        certificate.SignatureAlgorithm.Value.ShouldBe("1.3.101.112");
        ChannelBinding.TryServerEndPoint(der, out _).ShouldBeFalse();
    }

    [Fact]
    public void No_bytes_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => ChannelBinding.TryServerEndPoint(bytes, out _).ShouldBeFalse())
            .QuickCheckThrowOnFailure();

    [Fact]
    public void No_mutation_throws()
    {
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=a", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
        var der = certificate.RawData;
        var refused = 0;
        for (var i = 0; i < der.Length; i++)
        {
            var copy = (byte[])der.Clone();
            copy[i] ^= 0xFF;
            if (!ChannelBinding.TryServerEndPoint(copy, out _))
                refused++;
            ChannelBinding.TryServerEndPoint(der.AsMemory(0, i), out _).ShouldBeFalse();
        }

        refused.ShouldBeGreaterThan(0);
    }

    private const string EcdsaSha1 =
        "MIIBazCCARKgAwIBAgIUQNZu6zyeNhTpfJVJ0cukx3X/IiQwCQYHKoZIzj0EATAMMQowCAYDVQQDDAFhMB4XDTI2MTEyMTEwMzExMVoXDTI2MT" +
        "EyMjEwMzExMVowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJIEoTif5uwiBLzyU/G47C1g4v8TAMUDN9qv7I35uhZo" +
        "i0Xr7eIVkd0XKU9ZGzSUCJ0aTeppB35shIUE9LFapKajUzBRMB0GA1UdDgQWBBR6BUZhRp23FvbpCY0rWbNKMfb4ADAfBgNVHSMEGDAWgBR6BU" +
        "ZhRp23FvbpCY0rWbNKMfb4ADAPBgNVHRMBAf8EBTADAQH/MAkGByqGSM49BAEDSAAwRQIhAOsFxV8MJYh/iFQTQm+aySGorltcF4RhHjYJg3Br" +
        "Am3MAiAhuTqnADlabCPR93jQaXiMFj+NOwi+TY+sT5mQL1Ncbg==";

    private const string Ed25519 = 
        "MIIBLDCB36ADAgECAhRtvJy+J6qnw3cobk1lJvop14KbXTAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjExMjExMDI5NDZaFw0yNjExMjIxMD" +
        "I5NDZaMAwxCjAIBgNVBAMMAWEwKjAFBgMrZXADIQBwt50ZmeGnYHrwBAet3HtcMjw6v4eba2IMuRwUAGB1haNTMFEwHQYDVR0OBBYEFAI3Jkbn" +
        "Y/l/nrOjIYSWZWpE4dXgMB8GA1UdIwQYMBaAFAI3JkbnY/l/nrOjIYSWZWpE4dXgMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EA+T6/w8dYYQ" +
        "LjB2AMwPbBUnmmXyivr/joKp6L5mr9JjGABP3TAcQZTc6qzrQ07PEjMULZCcxc9/vt8QE0veC0Bw==";
}
