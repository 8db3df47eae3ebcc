using Ferry.Files;
using Ferry.Net.Sessions;
using Ferry.Offers;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry;

/// <summary>From an address to an offer: find the peer, see what it can do, offer by the first kind that suits, then by the next.</summary>
public sealed partial class FerryClient
{
    private const string TakesNone = "takes files that are offered to it";

    private async Task<Outcome> SendAsync(OutgoingFile file, Jid to, SendOptions options, TransferReport report, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        using var scope = _logger.BeginScope(new KeyValuePair<string, object>[] { new("transfer", report.Transfer) });
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        var methods = _methods.Allowed(_options.Methods, options.Methods);
        var kinds = Offers(options);
        if (kinds.Count == 0 || methods.Count == 0)
        {
            return report.Fail(FailureReason.Usage, Phase.Finding, Side.Here, "no offer or no method is left of those allowed", "look at --offer and --via");
        }

        try
        {
            var found = await FindBoundAsync(to, Able(kinds), TakesNone, both.Token).ConfigureAwait(false);
            if (found.Failure is { } failure) return report.Fail(failure);
            var peer = found.Peer!;
            report.Peer = peer.Jid;
            var terms = new OfferTerms(report, methods, options.Progress) { StreamId = options.StreamId };
            return await ByEachAsync(kinds.Where(kind => kind.CanOffer(peer)), report, kind => kind.SendAsync(file, peer, terms, both.Token)).ConfigureAwait(false) ?? report.Fail(
                FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{peer.Jid} takes none of the offers {string.Join(", ", kinds.Select(kind => kind.Name))}");
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            return report.Cancelled(Phase.Finding);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return report.Fail(FileFailure.ReasonOf(unreadable), Phase.Offering, Side.Here, $"{file.Name} could not be read: {unreadable.Message}");
        }
        catch (Exception broken)
        {
            return report.Fail(FailureReason.Internal, Phase.Finding, Side.Here, $"Ferry itself failed: {broken.Message}");
        }
    }

    // By one kind after the other, as long as the next may do better; null where there is none.
    private static async Task<Outcome?> ByEachAsync<TKind>(IEnumerable<TKind> kinds, TransferReport report, Func<TKind, Task<Outcome>> tryAsync)
        where TKind : IOfferKind
    {
        Outcome? last = null;
        foreach (var kind in kinds)
        {
            report.Offer = kind.Name;
            last = await tryAsync(kind).ConfigureAwait(false);
            if (!IsWorthAnother(kind, last)) break;
        }

        return last;
    }

    // A peer that does not know this kind of offer, a kind for which no method is allowed, or one that has nothing left where no connection can be made;
    // everything else is the peer's answer to the file.
    private static bool IsWorthAnother(IOfferKind kind, Outcome outcome) => outcome is { Bytes: 0, Failure: { } failure }
        && (failure.Reason == FailureReason.NotSupported
            || (failure is { Reason: FailureReason.Timeout, Phase: Phase.Offering } && kind.LeavesSilenceToOthers)
            || (failure.Reason == FailureReason.NoMethod && (failure.Phase == Phase.Finding || kind.LeavesUnreachableToOthers)));

    // Nobody is seen over a stream that is gone.
    private async Task<(Peer? Peer, Failure? Failure)> FindBoundAsync(Jid to, Func<Peer, bool> able, string unable, CancellationToken cancellationToken, Func<Peer, bool>? prefer = null)
    {
        if (await _session.BoundAsync(cancellationToken).ConfigureAwait(false) is not { } binding) return (null, StreamLost());
        var found = await FindAsync(to, able, unable, cancellationToken, prefer).ConfigureAwait(false);
        return binding.Lost.IsCompleted ? (null, StreamLost()) : found;
    }

    private async Task<(Peer? Peer, Failure? Failure)> FindAsync(Jid to, Func<Peer, bool> able, string unable, CancellationToken cancellationToken, Func<Peer, bool>? prefer = null)
    {
        if (to.IsFull) return await AskAsync(to, cancellationToken).ConfigureAwait(false);
        // Without presence of ours the server shows us no contact's.
        if (!_options.SendPresence) await _introductions.AnnounceAsync(cancellationToken).ConfigureAwait(false);
        var found = await _finder.FindAsync(to, able, cancellationToken).ConfigureAwait(false);
        if (prefer is not null && found.Able.Where(prefer).ToList() is { Count: > 0 } better) found = found with { Able = better };
        return found switch
        {
            { Able: [var only] } => (only, null),
            { Able.Count: > 1 } => (null, new Failure(
                FailureReason.AmbiguousPeer, Phase.Finding, Side.Peer, $"{to} is there {found.Able.Count} times: {string.Join(", ", found.Able.Select(peer => peer.Jid))}",
                $"name one of them: {found.Able[0].Jid}", Resources: [.. found.Able.Select(peer => peer.Jid)])),
            { Seen: > 0 } => (null, new Failure(FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{to} is there, but none of its clients {unable}")),
            _ => (null, new Failure(
                FailureReason.Absent, Phase.Finding, Side.Peer, $"{to} is not there, or does not show itself to you", "is it online, and does it accept files from you? ferry contact add helps both")),
        };
    }

    private async Task<(Peer? Peer, Failure? Failure)> AskAsync(Jid full, CancellationToken cancellationToken)
    {
        await _introductions.IntroduceAsync(full, cancellationToken).ConfigureAwait(false);
        var found = await _features.AskAsync(full, cancellationToken).ConfigureAwait(false);
        // Programs of 2002 know nothing of service discovery: who was named as one has said all that is needed.
        var old = _options.LegacyJabberFs.Any(named => named == full || named == full.Bare);
        return found.Reply switch
        {
            { Missing: NoReply.TimedOut } or { Error.Condition: ErrorCondition.ServiceUnavailable } when old => (found.Peer, null),
            { Missing: NoReply.SessionEnded } => (null, StreamLost()),
            { Missing: NoReply.TimedOut } => (null, new Failure(FailureReason.Timeout, Phase.Finding, Side.Peer, $"{full} does not answer")),
            { Error.Condition: ErrorCondition.ServiceUnavailable or ErrorCondition.RecipientUnavailable or ErrorCondition.ItemNotFound
                or ErrorCondition.RemoteServerNotFound or ErrorCondition.Gone } =>
                (null, new Failure(FailureReason.Absent, Phase.Finding, Side.Peer, $"{full} is not there, or does not talk to strangers ({found.Reply})")),
            { Error.Condition: ErrorCondition.RemoteServerTimeout } => (null, new Failure(FailureReason.Timeout, Phase.Finding, Side.Server, $"the server of {full} does not answer")),
            _ => (found.Peer, null),
        };
    }

    private static Failure StreamLost() => new(FailureReason.StreamLost, Phase.Finding, Side.Server, "the XMPP stream was lost");
}
