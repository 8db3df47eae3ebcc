using Ferry.Net.Sessions;
using Ferry.Offers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Requests;
using Ferry.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry;

/// <summary>From an address and a path to a file: find the peer, ask it by the first way that it knows, then by the next.</summary>
public sealed partial class FerryClient
{
    private async Task<Outcome> FetchAsync(WantedFile wanted, Jid from, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var options = wanted.Options;
        var kinds = Askable(options);
        var report = new TransferReport(
            TransferDirection.Receive, options.Transfer ?? RandomId.Create(10), from, wanted.Label, kinds.FirstOrDefault()?.Name ?? "", _options.TimeProvider, _logger, options.Attempts,
            () => _session.WhyLost);
        using var scope = _logger.BeginScope(new KeyValuePair<string, object>[] { new("transfer", report.Transfer) });
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        var methods = _methods.Allowed(_options.Methods, options.Methods);
        if (kinds.Count == 0 || methods.Count == 0)
        {
            return report.Fail(FailureReason.Usage, Phase.Finding, Side.Here, "no way to ask or no method is left of those allowed", "look at --offer and --via");
        }

        if (wanted.Path is { } path && !SharePath.IsValid(path))
        {
            return report.Fail(FailureReason.Usage, Phase.Finding, Side.Here, $"'{path}' is no path of a shared file", "write SHARE/folder/name, without '.' and '..'");
        }

        if (wanted.Hash is { Function: null } unknown)
        {
            var known = string.Join(", ", HashFunction.Supported.Select(function => function.Name));
            return report.Fail(FailureReason.Usage, Phase.Finding, Side.Here, $"files cannot be told by {unknown.Algorithm} here", $"name the file, or give its hash by one of {known}");
        }

        try
        {
            var found = await FindBoundAsync(from, one => kinds.Any(kind => kind.CanAsk(one)), "can be asked for files", both.Token, Shares).ConfigureAwait(false);
            if (found.Failure is { } failure) return report.Fail(failure);
            var peer = found.Peer!;
            report.Peer = peer.Jid;
            var terms = new OfferTerms(report, methods, options.Progress);
            return await ByEachAsync(kinds.Where(kind => kind.CanAsk(peer)), report, kind => kind.GetAsync(wanted, peer, terms, both.Token)).ConfigureAwait(false) ?? report.Fail(
                FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{peer.Jid} cannot be asked for files by {string.Join(", ", kinds.Select(kind => kind.Name))}");
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            return report.Cancelled(Phase.Finding);
        }
        catch (Exception broken)
        {
            return report.Fail(FailureReason.Internal, Phase.Finding, Side.Here, $"Ferry itself failed: {broken.Message}");
        }
    }

    private List<IRequestKind> Askable(GetOptions options)
    {
        var allowed = (_options.Offers.Count == 0 ? _kinds : _accepted).OfType<IRequestKind>();
        return options.Offers.Count == 0
            ? [.. allowed.Where(_accepted.Contains).OrderBy(kind => OfferNames.Askable.ToList().IndexOf(kind.Name))] // jabberfs first: it goes on from a part
            : [.. options.Offers.Select(name => allowed.FirstOrDefault(kind => kind.Name == name)).OfType<IRequestKind>()];
    }
}
