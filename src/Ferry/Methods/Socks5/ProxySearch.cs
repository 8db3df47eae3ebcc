using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Microsoft.Extensions.Logging;

namespace Ferry.Methods.Socks5;

/// <summary>
/// One look for SOCKS5 proxies (XEP-0065 section 4): the items of our server, what each is, and the address of those that are proxies; or the
/// addresses of the proxies that the user named, without asking what they are. Every service is asked on its own, so that one that is slow, silent or
/// broken keeps nobody else back.
/// </summary>
internal sealed class ProxySearch(ServiceRequest ask, Jid server, IReadOnlyList<Jid> named, ILogger logger)
{
    /// <summary>Items of the server that are asked; the rest is ignored.</summary>
    public const int MaxItems = 50;

    /// <summary>Proxies kept: an offer has room for fewer.</summary>
    public const int MaxProxies = 8;

    /// <summary>For each single answer.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, IReadOnlyList<Streamhost>> _found = [];
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the first proxy; never, if there is none.</summary>
    public Task First => _first.Task;

    /// <summary>Those found so far, in the server's or the user's order: for each its streamhosts, one at least.</summary>
    public IReadOnlyList<IReadOnlyList<Streamhost>> Found
    {
        get
        {
            lock (_lock) return [.. _found.Values.Take(MaxProxies)];
        }
    }

    /// <summary>Looks until everybody answered or let the time pass. Failures are no proxies; only cancellation throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (named.Count > 0)
        {
            await Task.WhenAll(named.Distinct().Take(MaxItems).Select((jid, place) => AskAddressAsync(place, jid, cancellationToken))).ConfigureAwait(false);
            return;
        }

        var reply = await ask(server, IqType.Get, DiscoItems.Query(), AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!DiscoItems.TryParse(reply.Payload, out var items))
        {
            logger.LogInformation("no proxies: {Server} did not name its services: {Reply}", server, reply);
            return;
        }

        var services = items.Items.Where(item => item.Node is null).Select(item => item.Jid).Distinct().Take(MaxItems);
        await Task.WhenAll(services.Select((jid, place) => AskAsync(place, jid, cancellationToken))).ConfigureAwait(false);
    }

    private async Task AskAsync(int place, Jid service, CancellationToken cancellationToken)
    {
        var reply = await ask(service, IqType.Get, DiscoInfo.Query(), AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!DiscoInfo.TryParse(reply.Payload, out var info)) return;
        // Conversations goes by the feature, everybody else by the identity: services have one or both.
        if (info.IsOf("proxy", "bytestreams") || info.Has(Protocol.Namespaces.Bytestreams)) await AskAddressAsync(place, service, cancellationToken).ConfigureAwait(false);
    }

    private async Task AskAddressAsync(int place, Jid proxy, CancellationToken cancellationToken)
    {
        var reply = await ask(proxy, IqType.Get, ProxyAddress.Query(), AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!ProxyAddress.TryParse(reply.Payload, out var address))
        {
            logger.LogInformation("the proxy {Proxy} gives no address: {Reply}", proxy, reply);
            return;
        }

        logger.LogDebug("the proxy {Proxy} is at {Host}:{Port}", proxy, address.Streamhosts[0].Host, address.Streamhosts[0].Port);
        lock (_lock) _found[place] = [.. address.Streamhosts.Distinct()];
        _first.TrySetResult();
    }
}
