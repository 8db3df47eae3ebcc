using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Transfers;

namespace Ferry.Offers.Bare;

/// <summary>
/// No offer at all: a bytestream opened out of the blue, as some bots and gateways do. It says neither name nor size and ends by close.
/// Accepted only when it was asked for by name, and only from those who may offer.
/// </summary>
internal sealed class BareOfferKind : IOfferKind
{
    /// <summary>The name in options and events.</summary>
    public const string KindName = OfferNames.None;

    /// <summary>How long the answer to an earlier method is waited for when a later one was refused meanwhile.</summary>
    private static readonly TimeSpan LateAnswerWait = TimeSpan.FromSeconds(90);

    private OfferContext? _context;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public bool ByDefault => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Features => [];

    private OfferContext Context => _context ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(OfferContext context, bool accept)
    {
        _context = context;
        if (accept) context.Opens.Unexpected = Arrived;
    }

    /// <inheritdoc/>
    public bool CanOffer(Peer peer) => true;

    /// <inheritdoc/>
    public async Task<Outcome> SendAsync(OutgoingFile file, Peer peer, OfferTerms terms, CancellationToken cancellationToken)
    {
        var opening = new StreamOpening(RandomId.Create(26), peer, terms.Methods, file.Length, terms.Report.Attempt);
        MethodFailure? last = null;
        Task? late = null;
        try
        {
            foreach (var method in Context.Methods.For(terms.Methods).Where(method => method.CanReach(peer) && method.Objection(peer, file.Length) is null))
            {
                var result = await method.OpenAsync(opening, cancellationToken).ConfigureAwait(false);
                if (result.Failure is { RefusedByPeer: true } && late is not null)
                {
                    // As in stream initiation: some look at the next method only when they have given up the first one.
                    await LateAnswerAsync(late, cancellationToken).ConfigureAwait(false);
                    late = null;
                    result = await method.OpenAsync(opening, cancellationToken).ConfigureAwait(false);
                }

                if (result.Channel is { } channel) return await file.SendAsync(channel, terms.Report, terms.Progress, Context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
                last = result.Failure;
                if (last!.Reason == FailureReason.StreamLost) break;
                late = last.LateAnswer ?? late;
            }
        }
        catch (OperationCanceledException)
        {
            return terms.Report.Cancelled(Phase.Negotiating);
        }

        return last is null
            ? MethodObjections.Fail(Context.Methods.For(terms.Methods), peer, file.Length, terms)
            : terms.Report.Fail(last.RefusedByPeer ? FailureReason.Refused : last.Reason, Phase.Negotiating, last.Side, last.Text);
    }

    private async Task LateAnswerAsync(Task late, CancellationToken cancellationToken)
    {
        try
        {
            await late.WaitAsync(LateAnswerWait, Context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is tried once more all the same.
        }
    }

    // On the session's reader: nothing is waited for.
    private bool Arrived(OpenRequest request)
    {
        if (Context.Inbox.TryAdmit(request.Peer) != OfferInbox.Verdict.Admitted) return false;
        if (Context.Opens.Expect(request.Peer, request.Sid) is not { } expectation)
        {
            Context.Inbox.Release(request.Peer);
            return false;
        }

        var offer = new BareIncomingOffer(Context, request, expectation);
        Context.Tasks.Run(offer.ExpireAsync);
        if (Context.Inbox.TryShow(offer)) return true;
        offer.Drop();
        return true;
    }
}
