using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;

namespace Ferry.Net.Tests.Tls;

public sealed class CertificateCheckTests : IDisposable
{
    private readonly MadeUpAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("example.org", "example.org", true)]
    [InlineData("EXAMPLE.org", "example.ORG", true)]
    [InlineData("example.org", "other.org example.org", true)]
    [InlineData("b\u00FCcher.example", "xn--bcher-kva.example", true)]
    [InlineData("chat.example.org", "*.example.org", true)]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("[::1]", "::1", true)]
    [InlineData("example.org", "example.com", false)]
    [InlineData("example.org", "xmpp.example.org", false)]
    [InlineData("example.org", "*.example.org", false)]
    [InlineData("a.b.example.org", "*.example.org", false)]
    [InlineData("chat.example.org", "ch*.example.org", false)]
    [InlineData("chat.example.org", "chat.*.org", false)]
    [InlineData("chat.example.org", "*", false)]
    [InlineData("example.org", "*.org", false)]
    [InlineData("127.0.0.2", "127.0.0.1", false)]
    [InlineData("127.0.0.1", "*.0.0.1", false)]
    public void Host_names_and_addresses_are_compared(string domain, string names, bool trusted)
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns(names.Split(' ')));
        Fault(Verify(certificate, domain)).ShouldBe(trusted ? null : CertificateFault.Name);
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.8.7", UniversalTagNumber.IA5String, "_xmpp-client.example.org", true)]
    [InlineData("1.3.6.1.5.5.7.8.7", UniversalTagNumber.IA5String, "_xmpp-server.example.org", false)]
    [InlineData("1.3.6.1.5.5.7.8.7", UniversalTagNumber.IA5String, "example.org", false)]
    [InlineData("1.3.6.1.5.5.7.8.5", UniversalTagNumber.UTF8String, "example.org", true)]
    [InlineData("1.3.6.1.5.5.7.8.5", UniversalTagNumber.UTF8String, "user@example.org", false)]
    [InlineData("1.3.6.1.5.5.7.8.5", UniversalTagNumber.IA5String, "example.org", false)]
    [InlineData("1.3.6.1.5.5.7.8.9", UniversalTagNumber.UTF8String, "example.org", false)]
    public void Names_of_XMPP_are_compared(string type, UniversalTagNumber encoding, string value, bool trusted)
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Other(type, encoding, value));
        Fault(Verify(certificate, "example.org")).ShouldBe(trusted ? null : CertificateFault.Name);
    }

    [Fact]
    public void The_common_name_counts_for_nothing()
    {
        using var certificate = _authority.Issue(names: null);
        certificate.Subject.ShouldBe("CN=example.org");
        Fault(Verify(certificate, "example.org")).ShouldBe(CertificateFault.Name);
    }

    [Fact]
    public void Malformed_names_are_no_names()
    {
        foreach (byte[] names in new byte[][] { [], [0x30], [0x30, 2, 0x82, 9], [0x30, 3, 0xA0, 1, 0x00], [0x30, 4, 0x82, 2, 0xC3, 0xA4], [0x04, 0] })
        {
            using var certificate = _authority.Issue(new X509Extension("2.5.29.17", names, critical: false));
            Fault(Verify(certificate, "example.org")).ShouldBe(CertificateFault.Name);
        }
    }

    [Fact]
    public void Names_beyond_the_limit_are_not_read()
    {
        var names = Enumerable.Range(0, CertificateNames.MaxNames).Select(i => $"h{i}.example").ToList();
        using var full = _authority.Issue(MadeUpAuthority.Dns([.. names[1..], "example.org"]));
        Fault(Verify(full, "example.org")).ShouldBeNull();
        using var overfull = _authority.Issue(MadeUpAuthority.Dns([.. names, "example.org"]));
        Fault(Verify(overfull, "example.org")).ShouldBe(CertificateFault.Name);
    }

    [Theory]
    [InlineData(-30, -1)]
    [InlineData(1, 30)]
    public void Dates_count(int from, int to)
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("example.org"), from, to);
        Fault(Verify(certificate, "example.org")).ShouldBe(CertificateFault.Date);
    }

    [Fact]
    public void Strangers_authorities_and_other_purposes_are_refused()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("example.org"));
        var stranger = Verify(certificate, "example.org", authorities: []).ShouldBeOfType<CertificateVerdict.Refused>();
        stranger.Fault.ShouldBe(CertificateFault.Untrusted);
        stranger.Hint.ShouldContain(Fingerprint.Of(certificate.RawData));

        using var client = _authority.Issue(MadeUpAuthority.Dns("example.org"), purpose: "1.3.6.1.5.5.7.3.2");
        Fault(Verify(client, "example.org")).ShouldBe(CertificateFault.Untrusted);

        using var other = new MadeUpAuthority();
        Fault(Verify(certificate, "example.org", authorities: other.Trust)).ShouldBe(CertificateFault.Untrusted);
    }

    [Fact]
    public void Intermediates_are_taken_from_the_server_only()
    {
        using var intermediate = _authority.Intermediate();
        using var certificate = intermediate.Issue(MadeUpAuthority.Dns("example.org"));
        Fault(Verify(certificate, "example.org")).ShouldBe(CertificateFault.Untrusted);
        Fault(Verify(certificate, "example.org", sent: [intermediate.Certificate])).ShouldBeNull();
        Fault(Verify(certificate, "example.org", authorities: [], sent: [intermediate.Certificate, _authority.Certificate]))
            .ShouldBe(CertificateFault.Untrusted);
    }

    [Fact]
    public void A_pin_is_the_only_check()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Dns("other.org"), -30, -1);
        using var another = _authority.Issue(MadeUpAuthority.Dns("example.org"));
        var pin = Fingerprint.Of(certificate.RawData);
        Fault(Verify(certificate, "example.org", pin: pin)).ShouldBeNull();
        Fault(Verify(another, "example.org", pin: pin)).ShouldBe(CertificateFault.Pin);
        Should.Throw<ArgumentException>(() => new CertificateCheck("example.org", "abc", []));
    }

    [Fact]
    public void A_certificate_made_for_a_server_holds_when_it_is_trusted()
    {
        using var certificate = SelfSignedCertificate.Create("ferry.localhost", ["ferry.lan", "192.0.2.1", "b\u00FCcher.example"], MadeUpAuthority.Now);
        foreach (var domain in new[] { "ferry.localhost", "localhost", "127.0.0.1", "::1", "ferry.lan", "192.0.2.1", "b\u00FCcher.example" })
            Fault(Verify(certificate, domain, authorities: [certificate])).ShouldBeNull(domain);
        Fault(Verify(certificate, "example.org", authorities: [certificate])).ShouldBe(CertificateFault.Name);
        Verify(certificate, "localhost", authorities: []).ShouldBeOfType<CertificateVerdict.Refused>().Text.ShouldContain("itself");
        certificate.HasPrivateKey.ShouldBeTrue();
        certificate.NotAfter.ShouldBeGreaterThan(MadeUpAuthority.Now.AddYears(9).UtcDateTime);

        using var remote = SelfSignedCertificate.Create("example.org", [], MadeUpAuthority.Now);
        Fault(Verify(remote, "localhost", authorities: [remote])).ShouldBe(CertificateFault.Name);
        Should.Throw<ArgumentException>(() => SelfSignedCertificate.Create("a b", [], MadeUpAuthority.Now));
    }

    [Fact]
    public void A_strangers_names_cannot_write_on_the_terminal()
    {
        using var certificate = _authority.Issue(MadeUpAuthority.Other("1.3.6.1.5.5.7.8.5", UniversalTagNumber.UTF8String, "\u001B[2J\nok"));
        Verify(certificate, "example.org").ShouldBeOfType<CertificateVerdict.Refused>().Text.ShouldNotContain("\u001B");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("AB", false)]
    [InlineData("zz", false)]
    [InlineData(":", false)]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", true)]
    [InlineData("E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55", true)]
    public void Fingerprints_are_read_as_people_paste_them(string text, bool good)
    {
        Fingerprint.TryParse(text, out var fingerprint).ShouldBe(good);
        if (good)
            fingerprint.ShouldBe(Fingerprint.Of([]));
    }

    private CertificateVerdict Verify(
        X509Certificate2 certificate, string domain, X509Certificate2Collection? authorities = null, X509Certificate2Collection? sent = null,
        string? pin = null) => new CertificateCheck(domain, pin, authorities ?? _authority.Trust).Verify(certificate, sent ?? [], MadeUpAuthority.Now);

    private static CertificateFault? Fault(CertificateVerdict verdict) => (verdict as CertificateVerdict.Refused)?.Fault;
}
