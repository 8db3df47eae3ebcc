using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Requests;
using Ferry.Resuming;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>Our request for a file of a peer's. It goes on from what an earlier attempt left where the peer still has the same file.</summary>
internal sealed class JabberFsGetting(JabberFsOfferKind kind, OfferContext context, WantedFile wanted, Peer peer, OfferTerms terms) : IJabberFsPart
{
    private JabberFsRun _run = null!;
    private JournalEntry? _kept;
    private JabberFsIncoming? _incoming;
    private IncomingFile? _file;
    private Failure? _failure;
    private bool _again;

    private string PartialPath => Path.GetFullPath(Path.Combine(wanted.Directory, FileNames.Partial(wanted.Name)));

    private long KeptBytes => _kept is null ? 0 : Math.Min(_kept.Bytes, _kept.Size - 1);

    /// <summary>Asks and receives; once more for the whole file where the part that was here could not be gone on from.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        if (wanted.Options.Existing == ExistingFile.Refuse && Path.Exists(Path.Combine(wanted.Directory, wanted.Name)))
        {
            return terms.Report.Fail(
                FailureReason.Exists, Phase.Finding, Side.Here, $"{Path.Combine(wanted.Directory, wanted.Name)} is there already", "take another name (--rename) or replace it (--overwrite)");
        }

        _kept = FindKept();
        var outcome = await AskAsync(cancellationToken).ConfigureAwait(false);
        if (!_again || cancellationToken.IsCancellationRequested) return outcome;
        (_kept, _again, _failure) = (null, false, null);
        return await AskAsync(cancellationToken).ConfigureAwait(false);
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

    private async Task<Outcome> AskAsync(CancellationToken cancellationToken)
    {
        var proposal = new JabberFsStanza(RandomId.Create(JabberFsOfferKind.SidLength), JabberFsState.Connecting)
        {
            Name = wanted.Path,
            Hashes = wanted.Hashes,
            Start = KeptBytes > 0 ? KeptBytes : null,
            Size = _kept?.Size,
            Modified = _kept?.Modified,
            PrefixHashes = _kept?.Mark is { } mark && mark.Bytes == KeptBytes && KeptBytes > 0 ? [FileHash.Sha256(Convert.ToHexStringLower(mark.Sha256))] : [],
        };
        _run = kind.Begin(new JabberFsTerms(proposal, IsProposer: true, IsSender: false, kind.DialectFor(peer)), peer.Jid, this, null);
        _run.Report = terms.Report.Attempt;
        var end = await _run.RunAsync(cancellationToken).ConfigureAwait(false);
        var file = _file;
        try
        {
            if (_failure is not null) return terms.Report.Fail(_failure);
            if (_incoming is not null) return _incoming.End(end);
            var ended = end.Ended!;
            if (ended.Reason == FailureReason.Cancelled) return terms.Report.Cancelled(Phase.Offering);
            return terms.Report.Fail(ended.Reason, Phase.Offering, end.Side, ended.Text, JabberFsRefusals.HintFor(ended.Reason));
        }
        finally
        {
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
            (_file, _incoming) = (null, null);
        }
    }

    private JabberFsInput.Judged Judge(JabberFsStanza answer)
    {
        var size = answer.Size!.Value;
        var goesOn = answer.Start is not null;
        var sha256 = answer.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name)?.Hex;
        var modified = answer.Modified ?? (goesOn ? _kept?.Modified : null);
        var claim = new FileClaim(wanted.Name, size, modified, null, wanted.Options.MaxBytes, sha256);
        if (claim.TooLarge is { } tooLarge) return Object(JabberFsAbort.TooLarge, tooLarge);
        if (_kept is not null && !goesOn)
        {
            if (wanted.Options.OnlySameFile) return Object(JabberFsAbort.SizeChanged, new FileFailure(FailureReason.SourceChanged, $"the peer has another file of that name now, of {size} bytes"));
            PartialFile.SetAside(PartialPath);
        }

        var journal = context.Options.StateDirectory is { } folder
            ? new JournalTerms(folder, new FileIdentity(peer.Jid.Bare, wanted.Path, size, null, modified), RangesOffered: true, Anew: !goesOn)
            : null;
        var opened = IncomingFile.Into(wanted.Directory, claim, wanted.Options.Existing, journal);
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
        _failure = new Failure(failure.Reason, Phase.Offering, failure.Reason == FailureReason.SourceChanged ? Side.Peer : Side.Here, failure.Message, Resumable: _kept is not null);
        return new JabberFsInput.Judged(objection, failure.Message);
    }

    // Looked at, not locked: what is true when the answer is here is looked at again then.
    private JournalEntry? FindKept()
    {
        if (context.Options.StateDirectory is not { } folder || new Journal(folder).Read(PartialPath) is not { } entry) return null;
        var ours = entry.Sender == peer.Jid.Bare.ToString() && entry.Name == wanted.Path && entry is { IgnoresRanges: false, Bytes: > 0, Size: > 1, Modified: not null };
        var partial = new FileInfo(PartialPath);
        return ours && partial.Exists && partial.Length >= entry.Bytes ? entry : null;
    }
}
