using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Sharing;
using Ferry.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry;

/// <summary>Our folders: who lists them, the index, and what the index asks of us.</summary>
public sealed partial class FerryClient
{
    /// <summary>Files that are offered at one time because the index asked for it; what comes beyond is refused for now.</summary>
    internal const int MaxDeliveries = 8;

    private readonly ConcurrentDictionary<(Jid To, string Id), bool> _retrieved = new();
    private int _deliveries;

    private void AttachSharing()
    {
        if (_desk is null) return;
        _session.OnIq(Namespaces.FileSharing, "query", _desk.Answer);
        _session.OnIq(Namespaces.FileIndex, "deliver", Deliver);
        _session.OnIq(Namespaces.FileIndex, "resync", Resync);
        _roster.Changed = _publishing!.RosterChanged;
    }

    private void BeginSharing()
    {
        if (_publishing is { } publishing) _tasks.Run(publishing.RunAsync);
    }

    // The loop has ended.
    private async Task EndSharingAsync()
    {
        if (_publishing is null) return;
        if (Connection == ConnectionState.Online) await _publishing.WithdrawAsync().ConfigureAwait(false);
        _publishing.Dispose();
    }

    private bool IsIndex(Iq iq) => iq is { Type: IqType.Set, From: { } from } && from == _publishing!.Index;

    private Iq? Resync(Iq iq)
    {
        if (!IsIndex(iq)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        _publishing!.BeginAnew();
        return iq.Result();
    }

    // The index asks on somebody's behalf; who may have what is decided here all the same. Its user learns no more than that it is looked at.
    private Iq? Deliver(Iq iq)
    {
        if (!IsIndex(iq)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        if (!IndexDeliver.TryParse(iq.Payload!, out var wanted, out var error)) return iq.Refuse(error);
        if (!wanted.To.IsFull || !_desk!.MayAsk(wanted.To)) return iq.Refuse(IndexErrors.NotFound);
        if (!_deliveryRate.TryTake(wanted.To)) return iq.Refuse(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "asked for files too often"));
        if (Interlocked.Increment(ref _deliveries) > MaxDeliveries || (wanted.Retrieve && !_retrieved.TryAdd((wanted.To, wanted.Name), true)))
        {
            Interlocked.Decrement(ref _deliveries);
            return iq.Refuse(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "too many files are being offered"));
        }

        _tasks.Run(stop => DeliverAsync(wanted, stop));
        return iq.Result();
    }

    private async Task DeliverAsync(IndexDeliver wanted, CancellationToken cancellationToken)
    {
        try
        {
            var file = await _desk!.OpenAsync(new FileRequest(wanted.To, $"{wanted.Share}/{wanted.Path}", []), cancellationToken).ConfigureAwait(false);
            if (file is not null) await HandOutAsync(file, wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client ends.
        }
        finally
        {
            if (wanted.Retrieve) _retrieved.TryRemove((wanted.To, wanted.Name), out _);
            Interlocked.Decrement(ref _deliveries);
        }
    }

    // Who asked as XEP-0135 says knows the file by the id of its offer, which only stream initiation lets us choose.
    private async Task HandOutAsync(RequestedFile file, IndexDeliver wanted, CancellationToken cancellationToken)
    {
        var options = new SendOptions { Name = file.Name };
        if (wanted.Retrieve) options = options with { StreamId = file.Name, Offers = [.. _accepted.Select(kind => kind.Name).OrderByDescending(name => name == OfferNames.StreamInitiation)] };
        var to = wanted.To;
        var report = ReportFor(options, to, file.Name);
        var outgoing = OutgoingFile.Of(file.File, options);
        Outcome outcome;
        await using (outgoing.ConfigureAwait(false))
        {
            file.Began?.Invoke(report.Transfer, Offers(options).FirstOrDefault()?.Name ?? "");
            outcome = await SendAsync(outgoing, to, options, report, cancellationToken).ConfigureAwait(false);
        }

        if (outcome.Succeeded) _deliveryRate.Return(to);
        file.Ended?.Invoke(outcome);
    }
}
