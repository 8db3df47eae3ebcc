using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>
/// Asks a peer for a file (XEP-0234 section 4.2) by its name or by its hash, and receives it. We begin the session, the peer sends. Where an earlier attempt left a part, what is
/// behind it is asked for; a peer that says no to that, or that has another file now, is asked once more for the whole.
/// </summary>
internal sealed class JingleGetting(OfferContext context, JingleOfferKind kind, WantedFile wanted, Peer peer, OfferTerms terms)
{
    private readonly WantedPlace _place = new(wanted, peer.Jid, context.Options.StateDirectory);
    private IncomingFile? _file;
    private string? _hint;
    private bool _again;

    /// <summary>Asks and receives.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        if (_place.Taken is { } taken) return terms.Report.Fail(taken);
        if (context.Transports.For(terms.Methods).FirstOrDefault(transport => peer.MayHave(transport.Namespace)) is not { } transport)
        {
            return terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{peer.Jid} has none of the methods {string.Join(", ", terms.Methods)} under Jingle");
        }

        try
        {
            return await RunAsync(transport, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return terms.Report.Cancelled(Phase.Offering, 0, _place.Kept is not null);
        }
    }

    private async Task<Outcome> RunAsync(IJingleTransport transport, CancellationToken cancellationToken)
    {
        var time = context.Options.TimeProvider;
        var giveUp = time.GetUtcNow() + context.Options.AnswerTimeout;
        var (again, anew) = (0, false);
        _place.Look();
        while (true)
        {
            var (part, outcome) = await AskAsync(transport, cancellationToken).ConfigureAwait(false);
            if (outcome is not null) return outcome;
            var wait = RetryWaits.Before(again);
            // A file that is shorter now than the part is refused.
            var whole = _again || (_place.KeptBytes > 0 && part.OpeningFailure is { Reason: FailureReason.Refused, Side: Side.Peer } && !part.IsBusy);
            if (part.IsBusy && time.GetUtcNow() + wait < giveUp)
            {
                again++;
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            else if (whole && !anew && !cancellationToken.IsCancellationRequested)
            {
                anew = true;
                _place.Forget();
            }
            else
            {
                return Failed(part, part.OpeningFailure!);
            }
        }
    }

    private async Task<(JinglePart Part, Outcome? Outcome)> AskAsync(IJingleTransport transport, CancellationToken cancellationToken)
    {
        var range = _place.KeptBytes > 0 ? new FileRange(_place.KeptBytes) : null;
        _again = false;
        var loop = kind.Open(peer, RandomId.Create(26));
        var request = new FileDescription { Name = wanted.Path, Hashes = wanted.Hash is { } hash ? [hash] : [], Range = range };
        var part = loop.AddPart(new ContentKey(JingleRole.Initiator, JingleSending.ContentName), sending: false, request);
        part.Range = range;
        loop.Initiate(part, new JingleTerms(terms.Methods, terms.Report.Attempt) { Agreed = terms.Report.Agreed, Judge = promised => Judge(promised, range) }, transport);
        context.Tasks.Run(loop.RunAsync);
        MethodResult opened;
        using (cancellationToken.Register(part.Cancel)) opened = await part.Opened.ConfigureAwait(false);
        if (_file is not { } file) return (part, null);
        _file = null;
        await using var owned = file.ConfigureAwait(false);
        if (opened.Channel is not { } channel) return (part, null);
        var outcome = await file.ReceiveAsync(channel, terms.Report, terms.Progress, context.Options.TimeProvider, cancellationToken, part).ConfigureAwait(false);
        await part.FinishAsync(outcome).ConfigureAwait(false);
        return (part, outcome);
    }

    // On the session's loop, before anything is connected.
    private MethodFailure? Judge(FileDescription promised, FileRange? range)
    {
        if (wanted.Hash is { } asked && promised.Hashes.Any(hash => hash.Algorithm == asked.Algorithm && hash != asked))
        {
            return new MethodFailure(FailureReason.Mismatch, Side.Peer, $"the peer has a file with another {asked.Algorithm} than the one that was asked for");
        }

        if (range is not null && !GoesOn(promised, range)) return NotBehindPart(promised);
        if (range is null && promised.Range is { IsWhole: false }) return new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer would send a part of the file that nobody asked for");
        var sha256 = promised.Hashes.FirstOrDefault(hash => hash.Function == HashFunction.Sha256);
        terms.Report.Name = _place.NameFor(promised.Name);
        var claim = new FileClaim(terms.Report.Name, promised.Size, promised.Date, null, wanted.Options.MaxBytes);
        var opened = claim.TooLarge is { } tooLarge ? tooLarge : _place.Open(claim, sha256, goesOn: range is not null);
        if (!opened.Succeeded)
        {
            _hint = WantedPlace.HintFor(opened.Failure.Reason);
            return new MethodFailure(opened.Failure.Reason, Side.Here, opened.Failure.Message);
        }

        _file = opened.Value;
        if (_file.Start == (range?.Offset ?? 0)) return null;
        // What was here when we asked is not here now.
        _file.SetAside();
        _again = true;
        return new MethodFailure(FailureReason.Cancelled, Side.Here, "the part that was kept cannot be gone on from");
    }

    // The very file that the part is of, and only what is behind it. Whoever does not say so may send anything.
    private bool GoesOn(FileDescription promised, FileRange range) =>
        promised.Range is { Length: null } theirs && theirs.Offset == range.Offset && IsSameFile(promised);

    private bool IsSameFile(FileDescription promised)
    {
        var kept = _place.Kept!;
        if (promised.Size != kept.Size) return false;
        return wanted.Hash is not null || (kept.Modified is { } modified ? promised.Date == modified : promised.Hashes.Any(hash => hash.ToString() == kept.Md5));
    }

    private MethodFailure NotBehindPart(FileDescription promised)
    {
        if (!IsSameFile(promised))
        {
            if (wanted.Options.OnlySameFile) return new MethodFailure(FailureReason.SourceChanged, Side.Peer, $"the peer has another file of that name now, of {promised.Size} bytes");
            _place.SetAside();
        }

        _again = true;
        return new MethodFailure(FailureReason.Cancelled, Side.Here, "the peer does not send what is behind the part that is here");
    }

    private Outcome Failed(JinglePart part, MethodFailure failure)
    {
        var phase = part.Agreed ? Phase.Negotiating : Phase.Offering;
        if (failure.Reason == FailureReason.Cancelled) return terms.Report.Cancelled(phase, 0, _place.Kept is not null);
        var text = failure is { Reason: FailureReason.Refused, Side: Side.Peer } && !part.IsBusy ? $"the peer has no such file for you ({failure.Text})" : failure.Text;
        return terms.Report.Fail(failure.Reason, phase, failure.Side, text, _hint, resumable: _place.Kept is not null);
    }
}
