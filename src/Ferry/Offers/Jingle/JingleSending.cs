using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>Offers one file in a session of its own (Conversations takes no more) and sends it.</summary>
internal sealed class JingleSending(OfferContext context, JingleOfferKind kind, OutgoingFile file, Peer peer, OfferTerms terms)
{
    /// <summary>The content's name. Conversations takes 16 characters.</summary>
    public const string ContentName = "file";

    private IDisposable? _turn;
    private FileDescription? _description;

    /// <summary>Offers, negotiates, sends.</summary>
    public async Task<Outcome> RunAsync(CancellationToken cancellationToken)
    {
        var transports = context.Transports.For(terms.Methods).Where(transport => peer.MayHave(transport.Namespace)).ToList();
        var usable = transports.Where(transport => transport.Objection(peer, file.Length) is null).ToList();
        if (usable.Count == 0) return NoTransport(transports);
        try
        {
            _turn = await context.Turns.TakeAsync(peer, cancellationToken).ConfigureAwait(false);
            return await OfferAsync(usable[0], cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return terms.Report.Cancelled(Phase.Offering);
        }
        finally
        {
            _turn?.Dispose();
        }
    }

    private async Task<Outcome> OfferAsync(IJingleTransport transport, CancellationToken cancellationToken)
    {
        var time = context.Options.TimeProvider;
        var giveUp = time.GetUtcNow() + context.Options.AnswerTimeout;
        for (var again = 0; ; again++)
        {
            var (part, outcome) = await TryAsync(transport, cancellationToken).ConfigureAwait(false);
            if (outcome is not null) return outcome;
            var wait = RetryWaits.Before(again);
            if (!part.IsBusy || time.GetUtcNow() + wait >= giveUp) return Failed(part);
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(JinglePart Part, Outcome? Outcome)> TryAsync(IJingleTransport transport, CancellationToken cancellationToken)
    {
        _description ??= Describe(await HashAsync(cancellationToken).ConfigureAwait(false));
        var loop = kind.Open(peer, RandomId.Create(26));
        var part = loop.AddPart(new ContentKey(JingleRole.Initiator, ContentName), sending: true, _description);
        loop.Initiate(part, new JingleTerms(terms.Methods, terms.Report.Attempt) { Agreed = Agreed }, transport);
        context.Tasks.Run(loop.RunAsync);
        MethodResult opened;
        using (cancellationToken.Register(part.Cancel)) opened = await part.Opened.ConfigureAwait(false);
        if (opened.Channel is not { } channel) return (part, null);
        var range = part.Range is { } wanted ? new SiRange(wanted.Offset, wanted.Length) : null;
        var outcome = await file.SendAsync(channel, terms.Report, terms.Progress, context.Options.TimeProvider, cancellationToken, range, told: part).ConfigureAwait(false);
        await part.FinishAsync(outcome).ConfigureAwait(false);
        return (part, outcome);
    }

    // It costs a read before the offer and breaks Libervia. To a Ferry it says which file this is, so that a part that was kept is known again.
    private async Task<FileHash?> HashAsync(CancellationToken cancellationToken) =>
        peer.Traits.ConfirmsHashes && await file.CheapDigestAsync(HashFunction.Sha256.Algorithm, cancellationToken).ConfigureAwait(false) is { } digest
            ? FileHash.Of(HashFunction.Sha256, digest)
            : null;

    private FileDescription Describe(FileHash? hash) => new()
    {
        Hashes = hash is null ? [] : [hash],
        Name = file.Name,
        Size = file.Length,
        MediaType = "application/octet-stream",
        Date = file.Modified,
        // Libervia's question to its user has the description in it, and fails without one (`plugin_misc_file.py`, CONFIRM); Gajim sends an empty one itself.
        Description = file.Description ?? "",
        Range = file.HasRanges ? new FileRange() : null,
        HashesToCome = [HashFunction.Sha256.Name],
    };

    private void Agreed()
    {
        _turn?.Dispose();
        terms.Report.Agreed();
    }

    private Outcome NoTransport(IReadOnlyList<IJingleTransport> transports)
    {
        var objections = transports.Select(transport => transport.Objection(peer, file.Length)).OfType<string>().ToList();
        return objections.Count == 0
            ? terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Peer, $"{peer.Jid} has none of the methods {string.Join(", ", terms.Methods)} under Jingle")
            : terms.Report.Fail(FailureReason.NoMethod, Phase.Finding, Side.Peer, $"{string.Join("; ", objections)}, and the file has {file.Length}", "allow another method with --via");
    }

    private Outcome Failed(JinglePart part)
    {
        var failure = part.OpeningFailure!;
        var phase = part.Agreed ? Phase.Negotiating : Phase.Offering;
        if (failure.Reason == FailureReason.Cancelled) return terms.Report.Cancelled(phase);
        var text = failure is { Reason: FailureReason.Refused, Side: Side.Peer } && !part.Agreed ? $"the peer declined ({failure.Text})" : failure.Text;
        return terms.Report.Fail(failure.Reason, phase, failure.Side, text, HintFor(failure.Reason));
    }

    private static string? HintFor(FailureReason reason) => reason switch
    {
        FailureReason.NoMethod => "open a port with --listen-ports and --advertise, or name a proxy with --proxy, or allow in-band with --via s5b-direct,s5b-proxy,ibb",
        FailureReason.Timeout => "the peer may not have seen the offer; a longer wait is --timeout",
        FailureReason.NotSupported => "the peer's client has no Jingle file transfer",
        _ => null,
    };
}
