using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>Our request for a file of a peer's. It goes on from what an earlier attempt left where the peer still has the same file.</summary>
internal sealed class JabberFsGetting(JabberFsOfferKind kind, OfferContext context, WantedFile wanted, Peer peer, OfferTerms terms) : IJabberFsPart
{
    private readonly WantedPlace _place = new(wanted, peer.Jid, context.Options.StateDirectory);
    private JabberFsRun _run = null!;
    private JabberFsIncoming? _incoming;
    private IncomingFile? _file;
    private Failure? _failure;
    private bool _again;

    /// <summary>Asks and receives; once more for the whole file where the part that was here could not be gone on from.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        if (_place.Taken is { } taken) return terms.Report.Fail(taken);
        _place.Look();
        try
        {
            return await AskAgainAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return terms.Report.Cancelled(Phase.Offering, 0, _place.Kept is not null);
        }
    }

    /// <inheritdoc/>
    public void Ask(JabberFsRun run) => throw new InvalidOperationException("our own request is not asked about");

    /// <inheritdoc/>
    public Task<JabberFsInput> JudgeAsync(JabberFsStanza answer, CancellationToken cancellationToken)
    {
        terms.Report.Agreed();
        return Task.FromResult<JabberFsInput>(Judge(answer));
    }

    /// <inheritdoc/>
    public Task<JabberFsInput> MoveAsync(ByteChannel channel, long start, CancellationToken cancellationToken) => _incoming!.MoveAsync(channel, cancellationToken);

    /// <inheritdoc/>
    public Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken) => _incoming!.VerifyAsync(cancellationToken);

    private async Task<Outcome> AskAgainAsync(CancellationToken cancellationToken)
    {
        var time = context.Options.TimeProvider;
        var giveUp = time.GetUtcNow() + context.Options.AnswerTimeout;
        var (again, anew) = (0, false);
        while (true)
        {
            var (end, outcome) = await AskAsync(cancellationToken).ConfigureAwait(false);
            var wait = RetryWaits.Before(again);
            if (end.Ended is { ByPeer: true, Told: JabberFsAbort.Busy } && outcome is null && time.GetUtcNow() + wait < giveUp)
            {
                again++;
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            else if (_again && !anew && !cancellationToken.IsCancellationRequested)
            {
                (anew, _again, _failure) = (true, false, null);
                _place.Forget();
            }
            else
            {
                return outcome ?? Failed(end);
            }
        }
    }

    // No outcome: there was no file yet.
    private async Task<(JabberFsEnd End, Outcome? Outcome)> AskAsync(CancellationToken cancellationToken)
    {
        var (kept, start) = (_place.Kept, _place.KeptBytes);
        var proposal = new JabberFsStanza(RandomId.Create(JabberFsOfferKind.SidLength), JabberFsState.Connecting)
        {
            Name = wanted.Path,
            Start = start > 0 ? start : null,
            Size = kept?.Size,
            Modified = kept?.Modified,
            PrefixHashes = kept?.Mark is { } mark && mark.Bytes == start && start > 0 ? [FileHash.Sha256(Convert.ToHexStringLower(mark.Sha256))] : [],
        };
        _run = kind.Begin(new JabberFsTerms(proposal, IsProposer: true, IsSender: false, kind.DialectFor(peer)), peer.Jid, this, null);
        _run.Report = terms.Report.Attempt;
        var end = await _run.RunAsync(cancellationToken).ConfigureAwait(false);
        var file = _file;
        try
        {
            return (end, _failure is null && _incoming is not null ? _incoming.End(end) : null);
        }
        finally
        {
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
            (_file, _incoming) = (null, null);
        }
    }

    private Outcome Failed(JabberFsEnd end)
    {
        if (_failure is not null) return terms.Report.Fail(_failure);
        var ended = end.Ended!;
        return ended.Reason == FailureReason.Cancelled
            ? terms.Report.Cancelled(Phase.Offering)
            : terms.Report.Fail(ended.Reason, Phase.Offering, end.Side, ended.Text, JabberFsRefusals.HintFor(ended.Reason));
    }

    private JabberFsInput.Judged Judge(JabberFsStanza answer)
    {
        var size = answer.Size!.Value;
        var goesOn = answer.Start is not null;
        var sha256 = answer.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name);
        var modified = answer.Modified ?? (goesOn ? _place.Kept?.Modified : null);
        var claim = new FileClaim(_place.NameFor(null), size, modified, null, wanted.Options.MaxBytes, sha256?.Hex);
        if (claim.TooLarge is { } tooLarge) return Object(JabberFsAbort.TooLarge, tooLarge);
        if (_place.Kept is not null && !goesOn)
        {
            if (wanted.Options.OnlySameFile) return Object(JabberFsAbort.SizeChanged, new FileFailure(FailureReason.SourceChanged, $"the peer has another file of that name now, of {size} bytes"));
            _place.SetAside();
        }

        var opened = _place.Open(claim, sha256, goesOn);
        if (!opened.Succeeded) return Object(JabberFsRefusals.For(opened.Failure.Reason), opened.Failure);
        _file = opened.Value;
        if (_file.Start != (answer.Start ?? 0))
        {
            // What was here when we asked is not here now.
            _file.SetAside();
            _again = true;
            return Object(JabberFsAbort.PrefixMismatch, new FileFailure(FailureReason.Mismatch, "the part that was kept cannot be gone on from"));
        }

        _incoming = new JabberFsIncoming(_file, terms.Report, terms.Progress, context.Options.TimeProvider);
        return new JabberFsInput.Judged(null);
    }

    private JabberFsInput.Judged Object(JabberFsAbort objection, FileFailure failure)
    {
        _failure = new Failure(failure.Reason, Phase.Offering, failure.Reason == FailureReason.SourceChanged ? Side.Peer : Side.Here, failure.Message, Resumable: _place.Kept is not null);
        return new JabberFsInput.Judged(objection, failure.Message);
    }
}
