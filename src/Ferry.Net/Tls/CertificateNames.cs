using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Ferry.Net.Tls;

/// <summary>The names for which a certificate stands (RFC 5280 §4.2.1.6). The common name is not among them.</summary>
/// <param name="Dns">dNSName.</param>
/// <param name="Addresses">iPAddress.</param>
/// <param name="Services">SRVName (RFC 4985), such as <c>_xmpp-client.example.org</c>.</param>
/// <param name="Xmpp">XmppAddr (RFC 6120 §13.7.1.4).</param>
internal sealed record CertificateNames(
    IReadOnlyList<string> Dns, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<string> Services, IReadOnlyList<string> Xmpp)
{
    public const string ServiceName = "1.3.6.1.5.5.7.8.7";
    public const string XmppAddress = "1.3.6.1.5.5.7.8.5";

    /// <summary>The most names that are read.</summary>
    public const int MaxNames = 1024;

    private const string SubjectAlternativeName = "2.5.29.17";
    private const int OtherNameTag = 0;
    private const int DnsNameTag = 2;
    private const int AddressTag = 7;

    /// <summary>Reads a certificate's names; none when the extension is absent or malformed.</summary>
    public static CertificateNames Of(X509Certificate2 certificate)
    {
        List<string> dns = [], services = [], xmpp = [];
        List<IPAddress> addresses = [];
        try
        {
            foreach (var extension in certificate.Extensions.Where(e => e.Oid?.Value == SubjectAlternativeName))
            {
                var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
                for (var i = 0; names.HasData && i < MaxNames; i++)
                    ReadName(names, dns, addresses, services, xmpp);
            }
        }
        catch (AsnContentException)
        {
            return new CertificateNames([], [], [], []);
        }

        return new CertificateNames(dns, addresses, services, xmpp);
    }

    private static void ReadName(AsnReader names, List<string> dns, List<IPAddress> addresses, List<string> services, List<string> xmpp)
    {
        var tag = names.PeekTag();
        switch (tag.TagClass == TagClass.ContextSpecific ? tag.TagValue : -1)
        {
            case DnsNameTag:
                dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, DnsNameTag)));
                break;
            case AddressTag:
                var bytes = names.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, AddressTag));
                if (bytes.Length is 4 or 16)
                    addresses.Add(new IPAddress(bytes));
                break;
            case OtherNameTag:
                ReadOtherName(names.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, OtherNameTag)), services, xmpp);
                break;
            default:
                names.ReadEncodedValue();
                break;
        }
    }

    private static void ReadOtherName(AsnReader name, List<string> services, List<string> xmpp)
    {
        var type = name.ReadObjectIdentifier();
        var value = name.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        if (type == ServiceName)
            services.Add(value.ReadCharacterString(UniversalTagNumber.IA5String));
        else if (type == XmppAddress)
            xmpp.Add(value.ReadCharacterString(UniversalTagNumber.UTF8String));
    }
}
