using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using ChannelBinding = Ferry.Protocol.Sasl.ChannelBinding;

namespace Ferry.Net.Tls;

/// <summary>The binding data that a TLS channel yields, for either end.</summary>
public static class TlsChannelBindings
{
    /// <summary>The platform hands tls-unique out as SEC_CHANNEL_BINDINGS: eight 32-bit fields, a label, the data.</summary>
    private const int HeaderLength = 32;

    /// <summary>By type: tls-server-end-point where it is defined for the certificate, tls-unique below TLS 1.3.</summary>
    /// <param name="stream">After its handshake.</param>
    /// <param name="serverCertificate">DER of the certificate that the server showed.</param>
    public static IReadOnlyDictionary<string, byte[]> Of(SslStream stream, byte[] serverCertificate)
    {
        var bindings = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (ChannelBinding.TryServerEndPoint(serverCertificate, out var endPoint))
            bindings[ChannelBinding.TlsServerEndPoint] = endPoint;
        if (!IsTls13(stream) && Unique(stream) is { } unique)
            bindings[ChannelBinding.TlsUnique] = unique;
        return bindings;
    }

    /// <summary>
    /// What a server accepts, which may be more than it lists: clients on OpenSSL (slixmpp 1.8.3) send the first Finished message as tls-unique in
    /// TLS 1.3 too, whatever is listed, and have no other. Nobody but the two ends of a channel has it there either.
    /// </summary>
    /// <param name="stream">The server's end, after its handshake.</param>
    /// <param name="listed">The result of <see cref="Of"/>.</param>
    public static IReadOnlyDictionary<string, byte[]> Accepted(SslStream stream, IReadOnlyDictionary<string, byte[]> listed) =>
        listed.Count > 0 && !listed.ContainsKey(ChannelBinding.TlsUnique) && Unique(stream) is { } unique
            ? new Dictionary<string, byte[]>(listed, StringComparer.Ordinal) { [ChannelBinding.TlsUnique] = unique }
            : listed;

    /// <summary>TLS 1.3 or later.</summary>
    public static bool IsTls13(SslStream stream) => stream.SslProtocol >= System.Security.Authentication.SslProtocols.Tls13;

    private static byte[]? Unique(SslStream stream)
    {
        using var handle = stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique);
        if (handle is null || handle.IsInvalid || handle.Size <= HeaderLength)
            return null;

        var bytes = new byte[handle.Size - HeaderLength];
        Marshal.Copy(handle.DangerousGetHandle() + HeaderLength, bytes, 0, bytes.Length);
        var label = "tls-unique:"u8;
        return bytes.AsSpan().StartsWith(label) ? bytes[label.Length..] : null;
    }
}
