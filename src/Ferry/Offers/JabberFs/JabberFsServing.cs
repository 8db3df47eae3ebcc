using Ferry.Methods;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>A peer's request for a file of ours.</summary>
internal sealed class JabberFsServing : IJabberFsPart
{
    private readonly OfferContext _context;
    private readonly IFileRequests _requests;
    private readonly string _transfer;
    private RequestedFile? _requested;
    private JabberFsOutgoing? _outgoing;

    public JabberFsServing(JabberFsOfferKind kind, OfferContext context, IFileRequests requests, JabberFsTerms terms, Iq iq)
    {
        (_context, _requests) = (context, requests);
        _transfer = Net.Sessions.RandomId.Create(10);
        Run = kind.Begin(terms, iq.From!, this, iq);
    }

    public JabberFsRun Run { get; }

    /// <summary>Opens the file, and sends it if the asker may have it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var scope = _context.LogScope(_transfer);
        var end = await Run.RunAsync(cancellationToken).ConfigureAwait(false);
        if (_requested is not { } requested) return;
        var outcome = await _outgoing!.EndAsync(Run, end, Phase.Negotiating, cancellationToken).ConfigureAwait(false);
        if (outcome.Succeeded) _context.RequestRate.Return(Run.Peer);
        await requested.DisposeAsync().ConfigureAwait(false);
        requested.Ended?.Invoke(outcome);
    }

    /// <inheritdoc/>
    public void Ask(JabberFsRun run) => run.Run(DecideAsync);

    /// <inheritdoc/>
    public Task<JabberFsInput> JudgeAsync(JabberFsStanza answer, CancellationToken cancellationToken) => throw new InvalidOperationException("our own answer is not judged");

    /// <inheritdoc/>
    public Task<JabberFsInput> MoveAsync(ByteChannel channel, long start, CancellationToken cancellationToken) => _outgoing!.MoveAsync(Run, channel, start, cancellationToken);

    /// <inheritdoc/>
    public Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("a sender has nothing to verify");

    private async Task<JabberFsInput> DecideAsync(CancellationToken cancellationToken)
    {
        var wanted = Run.Terms.Proposal;
        _requested = await _requests.OpenAsync(new FileRequest(Run.Peer, wanted.Name, wanted.Hashes), cancellationToken).ConfigureAwait(false);
        if (_requested is null) return new JabberFsInput.Decline(JabberFsAbort.NotFound);
        _requested.Began?.Invoke(_transfer, JabberFsOfferKind.KindName);
        var outgoing = OutgoingFile.Of(_requested.File, new SendOptions { Name = _requested.Name });
        var report = _context.OutgoingReport(_transfer, Run.Peer, _requested.Name, JabberFsOfferKind.KindName);
        Run.Report = report.Attempt;
        var native = Run.Terms.Dialect == JabberFsDialect.Native;
        _outgoing = new JabberFsOutgoing(outgoing, report, null, _context.Options.TimeProvider, native && _requested.Sha256 is not null);
        var start = await HasPartAsync(wanted, outgoing, cancellationToken).ConfigureAwait(false) ? wanted.Start : null;
        IReadOnlyList<FileHash> hashes = _requested.Sha256 is { } sha256 ? [FileHash.Sha256(sha256)] : [];
        return new JabberFsInput.Accept(_requested.File.Size, start, hashes, [], _requested.File.Modified);
    }

    // Only of the very file that the asker has the beginning of; else it is offered as it is now, from its start.
    private async Task<bool> HasPartAsync(JabberFsStanza wanted, OutgoingFile file, CancellationToken cancellationToken)
    {
        if (wanted.Start is not { } start || wanted.Size != file.Length) return false;
        if (wanted.Modified is { } modified && XmppDateTime.Format(modified) != XmppDateTime.Format(_requested!.File.Modified)) return false;
        if (Sha256In(wanted.Hashes) is { } whole && _requested!.Sha256 is { } ours && whole != ours) return false;
        return Sha256In(wanted.PrefixHashes) is not { } prefix || prefix == await file.PrefixSha256Async(start, cancellationToken).ConfigureAwait(false);
    }

    private static string? Sha256In(IReadOnlyList<FileHash> hashes) => hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name)?.Hex;
}
