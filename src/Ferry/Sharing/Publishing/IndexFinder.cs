using Ferry.Methods.Socks5;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;

namespace Ferry.Sharing.Publishing;

/// <summary>Looks for the index among the items of a server (XEP-0030): every item is asked on its own, so that a silent one keeps nobody back.</summary>
internal sealed class IndexFinder(ServiceRequest ask, Jid server)
{
    /// <summary>Items of the server that are asked; the rest is ignored.</summary>
    public const int MaxItems = 50;

    /// <summary>For each single answer.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    /// <summary>The first item that is an index, in the server's order; null: there is none.</summary>
    public async Task<Jid?> FindAsync(CancellationToken cancellationToken)
    {
        var reply = await ask(server, IqType.Get, DiscoItems.Query(), AnswerTime, cancellationToken).ConfigureAwait(false);
        if (!DiscoItems.TryParse(reply.Payload, out var items)) return null;
        var services = items.Items.Where(item => item.Node is null && item.Jid.Local is null).Select(item => item.Jid).Distinct().Take(MaxItems);
        var found = await Task.WhenAll(services.Select(service => IsIndexAsync(service, cancellationToken))).ConfigureAwait(false);
        return found.FirstOrDefault(service => service is not null);
    }

    private async Task<Jid?> IsIndexAsync(Jid service, CancellationToken cancellationToken)
    {
        var reply = await ask(service, IqType.Get, DiscoInfo.Query(), AnswerTime, cancellationToken).ConfigureAwait(false);
        return DiscoInfo.TryParse(reply.Payload, out var info) && info.Has(Namespaces.FileIndex) ? service : null;
    }
}
