using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>Asks a peer for a file (XEP-0234 section 4.2) by name, by hash or by both, and receives it. We begin the session, the peer sends.</summary>
internal sealed class JingleGetting(OfferContext context, JingleOfferKind kind, WantedFile wanted, Peer peer, OfferTerms terms)
{
    /// <summary>Asks and receives.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        if (wanted.Options.Existing == ExistingFile.Refuse && Path.Exists(Path.Combine(wanted.Directory, wanted.Name)))
        {
            return terms.Report.Fail(
                FailureReason.Exists, Phase.Finding, Side.Here, $"{Path.Combine(wanted.Directory, wanted.Name)} is there already", "take another name (--rename) or replace it (--overwrite)");
        }

        if (context.Transports.For(terms.Methods).FirstOrDefault(transport => peer.MayHave(transport.Namespace)) is not { } transport)
        {
            return terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{peer.Jid} has none of the methods {string.Join(", ", terms.Methods)} under Jingle");
        }

        var loop = kind.Open(peer, RandomId.Create(26));
        var part = loop.AddPart(new ContentKey(JingleRole.Initiator, JingleSending.ContentName), sending: false, new FileDescription { Name = wanted.Path, Hashes = [.. wanted.Hashes] });
        loop.Initiate(part, new JingleTerms(terms.Methods, terms.Report.Attempt) { Agreed = terms.Report.Agreed }, transport);
        context.Tasks.Run(loop.RunAsync);
        MethodResult opened;
        using (cancellationToken.Register(part.Cancel)) opened = await part.Opened.ConfigureAwait(false);
        if (opened.Channel is not { } channel) return Failed(part, opened.Failure!);
        var outcome = await ReceiveAsync(part, channel, cancellationToken).ConfigureAwait(false);
        await part.FinishAsync(outcome).ConfigureAwait(false);
        return outcome;
    }

    private async Task<Outcome> ReceiveAsync(JinglePart part, ByteChannel channel, CancellationToken cancellationToken)
    {
        var claim = new FileClaim(wanted.Name, part.File.Size, part.File.Date, null, wanted.Options.MaxBytes);
        var opened = claim.TooLarge is { } tooLarge ? tooLarge : IncomingFile.Into(wanted.Directory, claim, wanted.Options.Existing);
        if (!opened.Succeeded)
        {
            await channel.AbortAsync(AbortCause.Failed).ConfigureAwait(false);
            await channel.DisposeAsync().ConfigureAwait(false);
            return terms.Report.Fail(opened.Failure.Reason, Phase.Negotiating, Side.Here, opened.Failure.Message);
        }

        await using var file = opened.Value.ConfigureAwait(false);
        return await opened.Value.ReceiveAsync(channel, terms.Report, terms.Progress, context.Options.TimeProvider, cancellationToken, part).ConfigureAwait(false);
    }

    private Outcome Failed(JinglePart part, MethodFailure failure)
    {
        var phase = part.Agreed ? Phase.Negotiating : Phase.Offering;
        return failure.Reason == FailureReason.Cancelled
            ? terms.Report.Cancelled(phase)
            : terms.Report.Fail(failure.Reason, phase, failure.Side, failure.Reason == FailureReason.Refused ? $"the peer has no such file for you ({failure.Text})" : failure.Text);
    }
}
