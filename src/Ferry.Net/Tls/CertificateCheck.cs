using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Dns;

namespace Ferry.Net.Tls;

/// <summary>Checks a server's certificate against the XMPP domain, which is never the host that DNS named (RFC 6120 §13.7, RFC 9525).</summary>
/// <remarks>Nothing is fetched: no revocation lists, no missing intermediates, for their addresses are the peer's choice.</remarks>
public sealed class CertificateCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly string _domain;
    private readonly string? _pin;
    private readonly X509Certificate2Collection _authorities;

    /// <summary>Makes a check.</summary>
    /// <param name="domain">The domain of the account, in either IDN form; or an IP address, with or without brackets.</param>
    /// <param name="pin">If given, exactly the certificate with this <see cref="Fingerprint"/> passes, and nothing else is looked at.</param>
    /// <param name="authorities">Trusted besides those of the system.</param>
    /// <exception cref="ArgumentException">The pin is no fingerprint.</exception>
    public CertificateCheck(string domain, string? pin, X509Certificate2Collection authorities)
    {
        string? digits = null;
        if (pin is not null && !Fingerprint.TryParse(pin, out digits))
            throw new ArgumentException("a pin is 64 hexadecimal digits", nameof(pin));
        _domain = domain;
        _pin = digits;
        _authorities = authorities;
    }

    /// <summary>Judges a certificate.</summary>
    /// <param name="certificate">The server's own.</param>
    /// <param name="intermediates">What else the server sent.</param>
    /// <param name="now">The time for which it must be valid.</param>
    public CertificateVerdict Verify(X509Certificate2 certificate, X509Certificate2Collection intermediates, DateTimeOffset now)
    {
        if (_pin is not null)
            return VerifyPin(certificate);
        return VerifyDates(certificate, now) ?? VerifyName(certificate) ?? VerifyChain(certificate, intermediates, now) ?? Trusted;
    }

    private static CertificateVerdict Trusted => new CertificateVerdict.Trusted();

    private CertificateVerdict VerifyPin(X509Certificate2 certificate)
    {
        var actual = Fingerprint.Of(certificate.RawData);
        return actual == _pin
            ? Trusted
            : Refuse(CertificateFault.Pin, $"the server's certificate has fingerprint {actual}, not the pinned {_pin}",
                "if the server's certificate was changed on purpose, pin the new one");
    }

    private static CertificateVerdict? VerifyDates(X509Certificate2 certificate, DateTimeOffset now)
    {
        string Day(DateTime date) => date.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (now.UtcDateTime > certificate.NotAfter.ToUniversalTime())
            return Refuse(CertificateFault.Date, $"the server's certificate expired on {Day(certificate.NotAfter)}", "the server's admin must renew it");
        if (now.UtcDateTime < certificate.NotBefore.ToUniversalTime())
            return Refuse(CertificateFault.Date, $"the server's certificate is not valid before {Day(certificate.NotBefore)}", "check this machine's clock");
        return null;
    }

    private CertificateVerdict? VerifyName(X509Certificate2 certificate)
    {
        var names = CertificateNames.Of(certificate);
        if (IsNamed(names))
            return null;

        var shown = names.Dns.Concat(names.Addresses.Select(a => a.ToString())).Concat(names.Xmpp).Take(5).Select(Printable).ToList();
        var text = shown.Count == 0
            ? $"the server's certificate names no host, so not {_domain} either"
            : $"the server's certificate is for {string.Join(", ", shown)}, not for {_domain}";
        return Refuse(CertificateFault.Name, text, PinHint(certificate));
    }

    private bool IsNamed(CertificateNames names)
    {
        if (IPAddress.TryParse(_domain.Trim('[', ']'), out var address))
            return names.Addresses.Contains(address);
        if (!AsciiDomain.TryGet(_domain, out var domain))
            return false;
        return names.Dns.Any(n => MatchesHost(n, domain)) ||
            names.Services.Any(n => Same(n, $"_xmpp-client.{domain}")) ||
            names.Xmpp.Any(n => AsciiDomain.TryGet(n, out var ascii) && ascii == domain);
    }

    /// <summary>RFC 9525 §6.3: a wildcard is the whole first label and stands for exactly one; not above two further labels.</summary>
    private static bool MatchesHost(string pattern, string domain)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return Same(pattern.TrimEnd('.'), domain);
        var dot = domain.IndexOf('.', StringComparison.Ordinal);
        var parent = pattern[2..].TrimEnd('.');
        return dot > 0 && parent.Contains('.') && Same(parent, domain[(dot + 1)..]);
    }

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);

    /// <summary>By the system's authorities, or by the added ones.</summary>
    private CertificateVerdict? VerifyChain(X509Certificate2 certificate, X509Certificate2Collection intermediates, DateTimeOffset now)
    {
        var faults = Build(certificate, intermediates, now, ownAuthorities: false);
        if (faults.Count > 0 && _authorities.Count > 0)
            faults = Build(certificate, intermediates, now, ownAuthorities: true);
        if (faults.Count == 0)
            return null;

        var selfMade = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        var why = selfMade ? "it is signed by itself" : string.Join(", ", faults);
        return Refuse(CertificateFault.Untrusted, $"no known authority vouches for the server's certificate: {why}", PinHint(certificate));
    }

    private List<string> Build(X509Certificate2 certificate, X509Certificate2Collection intermediates, DateTimeOffset now, bool ownAuthorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (ownAuthorities)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        var trusted = chain.Build(certificate);
        var faults = trusted
            ? []
            : chain.ChainStatus.Select(s => s.Status.ToString()).Append(chain.ChainStatus.Length == 0 ? "unknown" : "").Where(s => s.Length > 0).ToList();
        foreach (var element in chain.ChainElements)
            element.Certificate.Dispose();
        return faults;
    }

    private static string PinHint(X509Certificate2 certificate) =>
        $"if you know this server, trust its authority with --ca FILE or exactly this certificate with --pin {Fingerprint.Of(certificate.RawData)}";

    /// <summary>A stranger's name on the user's terminal.</summary>
    private static string Printable(string name) =>
        new([.. name.Take(80).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*' or ':' or '@' ? c : '?')]);

    private static CertificateVerdict.Refused Refuse(CertificateFault fault, string text, string hint) => new(fault, text, hint);
}
