using Ferry.Methods;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>A peer's proposal to send us a file.</summary>
internal sealed class JabberFsReceiving : IJabberFsPart
{
    private readonly JabberFsOfferKind _kind;
    private readonly OfferContext _context;
    private readonly JabberFsIncomingOffer _shown;
    private readonly CancellationTokenSource _withdrawn = new();
    private JabberFsIncoming? _incoming;
    private bool _released;

    public JabberFsReceiving(JabberFsOfferKind kind, OfferContext context, JabberFsTerms terms, Iq iq)
    {
        (_kind, _context) = (kind, context);
        Run = kind.Begin(terms, iq.From!, this, iq);
        _shown = new JabberFsIncomingOffer(context, terms.Proposal, iq.From!, this);
    }

    public JabberFsRun Run { get; }

    public Jid Peer => Run.Peer;

    /// <summary>Knows of all that go on.</summary>
    public JabberFsOfferKind Kind => _kind;

    /// <summary>Cancelled when it ended without a file.</summary>
    public CancellationToken Withdrawn => _withdrawn.Token;

    /// <summary>Runs the negotiation.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var end = await Run.RunAsync(cancellationToken).ConfigureAwait(false);
        Release();
        if (end.Ended is not null) await _withdrawn.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>The user says yes.</summary>
    public void Accept(JabberFsIncoming incoming)
    {
        _incoming = incoming;
        Release();
        var start = incoming.File.Start;
        Run.Post(new JabberFsInput.Accept(
            Run.Terms.Proposal.Size!.Value, start > 0 ? start : null, [], incoming.File.KeptSha256 is { } kept ? [FileHash.Sha256(kept)] : []));
    }

    /// <summary>The user says no.</summary>
    public void Decline(JabberFsAbort reason)
    {
        Release();
        Run.Post(new JabberFsInput.Decline(reason));
    }

    /// <inheritdoc/>
    public void Ask(JabberFsRun run)
    {
        if (!_kind.IsExpected(this) && !_context.Inbox.TryShow(_shown)) Decline(JabberFsAbort.Busy);
    }

    /// <inheritdoc/>
    public Task<JabberFsInput> JudgeAsync(JabberFsStanza answer, CancellationToken cancellationToken) => throw new InvalidOperationException("our own answer is not judged");

    /// <inheritdoc/>
    public Task<JabberFsInput> MoveAsync(ByteChannel channel, long start, CancellationToken cancellationToken) => _incoming!.MoveAsync(channel, cancellationToken);

    /// <inheritdoc/>
    public Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken) => _incoming!.VerifyAsync(cancellationToken);

    private void Release()
    {
        if (Interlocked.Exchange(ref _released, true)) return;
        _context.Inbox.Release(Peer);
    }
}
