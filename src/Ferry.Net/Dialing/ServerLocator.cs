using System.Net;
using Ferry.Net.Dns;
using Ferry.Protocol.Dns;

namespace Ferry.Net.Dialing;

/// <summary>Finds the server of an XMPP domain (RFC 6120 §3.2, XEP-0368).</summary>
/// <param name="query">How DNS is asked.</param>
/// <param name="random">A number from 0 up to, not including, its argument: for weights.</param>
public sealed class ServerLocator(DnsQuery query, Func<int, int> random)
{
    private const int StartTlsPort = 5222;
    private const int DirectTlsPort = 5223;
    private const string Hint = "name the server with --server HOST:PORT";

    /// <summary>The domain's targets: SRV records if there are any, else the domain itself, STARTTLS before direct TLS.</summary>
    /// <remarks>
    /// Addresses and localhost are never looked up by SRV (RFC 6761). A lookup that failed is not an answer without records: then nothing is
    /// guessed, lest somebody who can suppress DNS leads us elsewhere.
    /// </remarks>
    public async Task<ServerLocation> LocateAsync(string domain, CancellationToken cancellationToken)
    {
        var bare = domain.Trim('[', ']');
        if (IPAddress.TryParse(bare, out _))
            return Itself(bare, directTls: true);
        if (!AsciiDomain.TryGet(domain, out var ascii))
            return new ServerLocation.Failed($"'{domain}' is no domain name", "check the part after @ of the address");
        if (ascii == "localhost" || ascii.EndsWith(".localhost", StringComparison.Ordinal))
            return Itself(ascii, directTls: true);

        var both = await Task.WhenAll(
            query($"_xmpps-client._tcp.{ascii}", DnsRecordType.Srv, cancellationToken),
            query($"_xmpp-client._tcp.{ascii}", DnsRecordType.Srv, cancellationToken)).ConfigureAwait(false);
        return SrvOrder.Merge(Services(both[0]), Services(both[1]), random) switch
        {
            SrvPlan.Targets targets => new ServerLocation.Found(targets.Ordered),
            SrvPlan.Refused => new ServerLocation.Failed($"{ascii} says that it has no XMPP service for clients", "check the address"),
            _ when both.OfType<DnsLookup.Failed>().FirstOrDefault() is { } failed =>
                new ServerLocation.Failed($"the servers of {ascii} could not be looked up: {failed.Text}", Hint),
            SrvPlan.Unknown unknown => Itself(ascii, !unknown.DirectTlsRefused),
            _ => throw new InvalidOperationException("an unknown plan"),
        };
    }

    private static IEnumerable<SrvRecord> Services(DnsLookup lookup) => lookup is DnsLookup.Found found ? found.Response.Services : [];

    private static ServerLocation.Found Itself(string host, bool directTls) => new(directTls
        ? [new ServerTarget(host, StartTlsPort, DirectTls: false), new ServerTarget(host, DirectTlsPort, DirectTls: true)]
        : [new ServerTarget(host, StartTlsPort, DirectTls: false)]);
}
