using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>Our proposal to send a file.</summary>
internal sealed class JabberFsSending(JabberFsOfferKind kind, OfferContext context, OutgoingFile file, Peer peer, OfferTerms terms) : IJabberFsPart
{
    private JabberFsOutgoing _outgoing = null!;
    private JabberFsRun _run = null!;
    private IDisposable? _turn;
    private bool _answered;
    private bool _prefixDiffers;

    /// <summary>Proposes and sends; once more from the start where what the receiver had was no beginning of this file.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var hash = await file.Sha256Async(cancellationToken).ConfigureAwait(false);
            return await ProposeAsync(hash, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return terms.Report.Cancelled(Phase.Offering);
        }
    }

    /// <inheritdoc/>
    public void Ask(JabberFsRun run) => throw new InvalidOperationException("our own proposal is not asked about");

    /// <inheritdoc/>
    public async Task<JabberFsInput> JudgeAsync(JabberFsStanza answer, CancellationToken cancellationToken)
    {
        _answered = true;
        _turn?.Dispose();
        terms.Report.Agreed();
        if (answer.Start is null or 0) return new JabberFsInput.Judged(null);
        if (!file.HasRanges)
        {
            // Whatever it has, it is asked to take the file from its start.
            _prefixDiffers = true;
            return new JabberFsInput.Judged(JabberFsAbort.PrefixMismatch, $"{file.Name} can only be sent from its start");
        }

        var theirs = answer.PrefixHashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name);
        if (theirs is null) return new JabberFsInput.Judged(null);
        var ours = await file.PrefixSha256Async(answer.Start.Value, cancellationToken).ConfigureAwait(false);
        _prefixDiffers = ours != theirs.Hex;
        return !_prefixDiffers
            ? new JabberFsInput.Judged(null)
            : new JabberFsInput.Judged(JabberFsAbort.PrefixMismatch, "what the peer received before is no beginning of this file");
    }

    /// <inheritdoc/>
    public Task<JabberFsInput> MoveAsync(ByteChannel channel, long start, CancellationToken cancellationToken) => _outgoing.MoveAsync(_run, channel, start, cancellationToken);

    /// <inheritdoc/>
    public Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("a sender has nothing to verify");

    private async Task<Outcome> ProposeAsync(string? hash, CancellationToken cancellationToken)
    {
        var time = context.Options.TimeProvider;
        var giveUp = time.GetUtcNow() + context.Options.AnswerTimeout;
        var (again, anew) = (0, false);
        while (true)
        {
            using var turn = _turn = await context.Turns.TakeAsync(peer, cancellationToken).ConfigureAwait(false);
            var end = await ProposeOnceAsync(hash, cancellationToken).ConfigureAwait(false);
            var wait = RetryWaits.Before(again);
            if (end.Ended is { ForNow: true } && time.GetUtcNow() + wait < giveUp)
            {
                again++;
                await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
            }
            else if (_prefixDiffers && !anew)
            {
                (anew, _prefixDiffers) = (true, false);
            }
            else
            {
                return await _outgoing.EndAsync(_run, end, _answered ? Phase.Negotiating : Phase.Offering, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Task<JabberFsEnd> ProposeOnceAsync(string? hash, CancellationToken cancellationToken)
    {
        var dialect = kind.DialectFor(peer);
        var proposal = new JabberFsStanza(RandomId.Create(JabberFsOfferKind.SidLength), JabberFsState.Connecting)
        {
            Name = file.Name,
            Size = file.Length,
            Description = file.Description,
            Modified = file.Modified,
            Hashes = hash is null ? [] : [FileHash.Sha256(hash)],
        };
        _outgoing = new JabberFsOutgoing(file, terms.Report, terms.Progress, context.Options.TimeProvider, hash is not null && dialect == JabberFsDialect.Native);
        _run = kind.Begin(new JabberFsTerms(proposal, IsProposer: true, IsSender: true, dialect), peer.Jid, this, null);
        _run.Report = terms.Report.Attempt;
        return _run.RunAsync(cancellationToken);
    }
}
