using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.HttpBridge;

/// <summary>
/// HTTP to a bridge, one connection for one transfer. The bridge names the URL, so every address that we would connect to is judged as a streamhost's is, and no
/// redirection is followed. A proxy of the system's settings is used: this method is for places where only HTTP gets out.
/// </summary>
internal static class BridgeHttp
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);

    /// <summary>How long the bridge may hold an upload until the receiver is there.</summary>
    private static readonly TimeSpan ContinueTime = TimeSpan.FromSeconds(65);

    public static HttpClient Create(Uri url, StreamhostPolicy policy, FerryOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = ConnectTime,
            Expect100ContinueTimeout = ContinueTime,
            ConnectCallback = (context, cancellationToken) => ConnectAsync(url, context.DnsEndPoint, policy, options.BindAddresses, cancellationToken),
        };
        if (options.CertificateAuthorities.Count > 0 || options.PinnedCertificate is not null) handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = Judge(url, options) };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    // The pin is the XMPP server's. A bridge that shows the same certificate is the same one's, whatever its URL calls it; any other is judged as if there were no pin.
    private static RemoteCertificateValidationCallback Judge(Uri url, FerryOptions options) => (_, certificate, chain, errors) =>
    {
        if (errors == SslPolicyErrors.None) return true;
        if (certificate is not X509Certificate2 own) return false;
        if (options.PinnedCertificate is { } digits && Fingerprint.TryParse(digits, out var pin) && pin == Fingerprint.Of(own.RawData)) return true;
        var authorities = new X509Certificate2Collection();
        foreach (var file in options.CertificateAuthorities) authorities.ImportFromPemFile(file);
        return new CertificateCheck(url.Host, null, authorities).Verify(own, chain?.ChainPolicy.ExtraStore ?? [], options.TimeProvider.GetUtcNow()) is CertificateVerdict.Trusted;
    };

    private static async ValueTask<Stream> ConnectAsync(
        Uri url, DnsEndPoint to, StreamhostPolicy policy, IReadOnlyList<IPAddress> bind, CancellationToken cancellationToken)
    {
        // Else it is the system's own HTTP proxy, which the bridge didn't choose.
        var isBridge = to.Host.Trim('[', ']').Equals(url.IdnHost.Trim('[', ']'), StringComparison.OrdinalIgnoreCase) && to.Port == url.Port;
        var found = await System.Net.Dns.GetHostAddressesAsync(to.Host, cancellationToken).ConfigureAwait(false);
        var allowed = isBridge ? found.Where(address => policy.Check(address, to.Port) == StreamhostVerdict.Allowed).ToList() : [.. found];
        if (allowed.Count == 0) throw new IOException(found.Length == 0 ? "no address" : $"refused by policy: {policy.Check(found[0], to.Port)}");
        Exception? failed = null;
        foreach (var address in allowed)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                if (bind.FirstOrDefault(own => own.AddressFamily == address.AddressFamily) is { } from) socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(address, to.Port, cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception wrong) when (wrong is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                failed = wrong;
            }
        }

        throw new IOException(failed!.Message, failed);
    }
}
