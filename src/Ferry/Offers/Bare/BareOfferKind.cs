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
    public const string KindName = "none";

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
        foreach (var method in Context.Methods.For(terms.Methods).Where(method => method.CanReach(peer)))
        {
            MethodResult result;
            try
            {
                result = await method.OpenAsync(opening, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return terms.Report.Cancelled(Phase.Negotiating);
            }

            if (result.Channel is { } channel) return await file.SendAsync(channel, terms.Report, terms.Progress, Context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            last = result.Failure;
        }

        return last is null
            ? terms.Report.Fail(FailureReason.NoMethod, Phase.Finding, Side.Peer, $"{peer.Jid} has none of the methods {string.Join(", ", terms.Methods)}")
            : terms.Report.Fail(last.RefusedByPeer ? FailureReason.Refused : last.Reason, Phase.Negotiating, last.Side, last.Text);
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
