using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Ferry.Protocol.Sasl;

/// <summary>Names and data of TLS channel bindings (RFC 5929, RFC 9266).</summary>
public static class ChannelBinding
{
    /// <summary>The hash of the server's certificate.</summary>
    public const string TlsServerEndPoint = "tls-server-end-point";

    /// <summary>The first Finished message; below TLS 1.3 only.</summary>
    public const string TlsUnique = "tls-unique";

    /// <summary>32 bytes of keying material; SslStream cannot export them.</summary>
    public const string TlsExporter = "tls-exporter";

    private const string RsaPss = "1.2.840.113549.1.1.10";

    /// <summary>The data of tls-server-end-point (RFC 5929 §4.1) for a certificate in DER.</summary>
    /// <returns>
    /// False when this is no certificate, or its signature names no single hash that we have (Ed25519, SHA-224): the binding is undefined then.
    /// </returns>
    public static bool TryServerEndPoint(ReadOnlyMemory<byte> certificate, [NotNullWhen(true)] out byte[]? data)
    {
        data = null;
        try
        {
            var outer = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
            outer.ReadEncodedValue();
            if (SignatureHash(outer.ReadSequence()) is { } hash)
                data = CryptographicOperations.HashData(hash, certificate.Span);
        }
        catch (AsnContentException)
        {
        }

        return data is not null;
    }

    /// <summary>MD5 and SHA-1 count as SHA-256.</summary>
    private static HashAlgorithmName? SignatureHash(AsnReader algorithm)
    {
        var name = algorithm.ReadObjectIdentifier();
        return name switch
        {
            // RSA with MD5, SHA-1, SHA-256; DSA with SHA-1, SHA-256; ECDSA with SHA-1, SHA-256
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10040.4.3" or
                "2.16.840.1.101.3.4.3.2" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            RsaPss => PssHash(algorithm.ReadSequence()),
            _ => null,
        };
    }

    /// <summary>RFC 4055 §3.1: the hash is in the parameters, SHA-1 by default.</summary>
    private static HashAlgorithmName? PssHash(AsnReader parameters)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(tag))
            return HashAlgorithmName.SHA256;

        return parameters.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true)).ReadSequence().ReadObjectIdentifier() switch
        {
            "1.3.14.3.2.26" or "2.16.840.1.101.3.4.2.1" => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" => HashAlgorithmName.SHA384,
            "2.16.840.1.101.3.4.2.3" => HashAlgorithmName.SHA512,
            _ => null,
        };
    }
}
