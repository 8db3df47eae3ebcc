using Ferry.Methods;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;

namespace Ferry.Offers.Jingle;

/// <summary>The transports of contents: beginning, trying and replacing them.</summary>
internal sealed partial class JingleSessionLoop
{
    /// <summary>Prepares a content that the peer offers with its transport; false where that is none of ours.</summary>
    internal bool TryOffer(JinglePart part, Element transport)
    {
        if (Context.Transports.Find(transport.Namespace) is not { } known) return false;
        var attempt = Begin(part, known);
        if (!attempt.Take(transport)) return false;
        Use(part, known.Namespace, attempt);
        return true;
    }

    private TransportFallback FallbackFor(JinglePart part) => new(
        Role, [.. Context.Transports.For(part.Terms!.Allowed).Where(transport => _peer.MayHave(transport.Namespace) && transport.Objection(_peer, part.File.Size) is null).Select(transport => transport.Namespace)])
    {
        ReplaceTimeout = Context.Options.AtMost(TimeSpan.FromSeconds(20)),
    };

    private JingleTransportAttempt Begin(JinglePart part, IJingleTransport transport)
    {
        var attempt = transport.Begin(new JingleTransportTerms(
            Role,
            _peer,
            part.IsSending,
            () => part.Range is { } range ? range.Length ?? part.File.Size - range.Offset : part.File.Size,
            () => part.Terms?.Allowed ?? [],
            (method, result, reason) => part.Terms?.Report(method, result, reason),
            element => Post(() => HandleAsync(new Input.SendTransport(JingleAction.TransportInfo, part.Key, element)))));
        part.Attempts.Add(attempt);
        return attempt;
    }

    private static void Use(JinglePart part, string ns, JingleTransportAttempt attempt) => (part.AttemptNamespace, part.Attempt) = (ns, attempt);

    private void Run(JinglePart part)
    {
        part.StopAttempt = new CancellationTokenSource();
        _tasks.Add(RunAsync(part, part.Attempt!, part.StopAttempt.Token));
    }

    private async Task RunAsync(JinglePart part, JingleTransportAttempt attempt, CancellationToken cancellationToken)
    {
        MethodResult result;
        try
        {
            result = await attempt.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception broken)
        {
            result = new MethodFailure(FailureReason.Internal, Side.Here, broken.Message);
        }

        var taken = false;
        if (_work.TryPost(() => RanAsync(part, attempt, result))) taken = true;
        if (!taken && result.Channel is { } unused) await unused.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask RanAsync(JinglePart part, JingleTransportAttempt attempt, MethodResult result)
    {
        if (attempt != part.Attempt || part.Gone)
        {
            if (result.Channel is { } late) await late.DisposeAsync().ConfigureAwait(false);
            return;
        }

        if (result.Channel is { } channel)
        {
            await FallAsync(part, new FallbackInput.Opened()).ConfigureAwait(false);
            await HandleAsync(new Input.Streaming(part.Key, true)).ConfigureAwait(false);
            part.EarlyEnd = null;
            part.Take(channel);
            return;
        }

        if (part.EarlyEnd is { } early)
        {
            Close(part, early.Failure);
            return;
        }

        part.LastFailure = result.Failure;
        await FallAsync(part, new FallbackInput.Failed(result.Failure!.Text)).ConfigureAwait(false);
    }

    private void Hear(ContentKey key, Element transport)
    {
        if (_parts.TryGetValue(key, out var part)) part.Attempt?.Hear(transport);
    }

    private async ValueTask BeProposedAsync(string id, JinglePart? part, Element transport)
    {
        if (part?.Fallback is null)
        {
            await ReplyAsync(id, JingleErrors.OutOfOrder).ConfigureAwait(false);
            return;
        }

        JingleTransportAttempt? attempt = null;
        if (Context.Transports.Find(transport.Namespace) is { } known && part.Attempts.Count < JingleWork.MostOfPeer)
        {
            attempt = Begin(part, known);
            if (!attempt.Take(transport)) attempt = null;
        }

        part.TheirProposal = (attempt, transport);
        await FallAsync(part, new FallbackInput.Proposed(id, attempt is null ? "" : transport.Namespace)).ConfigureAwait(false);
    }

    private async ValueTask ProposalTakenAsync(JinglePart? part, Element transport)
    {
        if (part?.Proposed is not { } proposed) return;
        await FallAsync(part, proposed.Namespace == transport.Namespace && proposed.Attempt.Take(transport) ? new FallbackInput.Accepted(proposed.Namespace) : new FallbackInput.Rejected()).ConfigureAwait(false);
    }

    private async ValueTask FallAsync(JinglePart? part, FallbackInput input)
    {
        if (part is null) return;
        foreach (var output in part.Fallback?.Handle(input, _time.GetUtcNow()) ?? [])
        {
            switch (output)
            {
                case FallbackOutput.Propose(var ns):
                    await ProposeAsync(part, ns).ConfigureAwait(false);
                    break;
                case FallbackOutput.Acknowledge(var id):
                    await ReplyAsync(id, null).ConfigureAwait(false);
                    break;
                case FallbackOutput.Refuse(var id, var error):
                    await ReplyAsync(id, error).ConfigureAwait(false);
                    break;
                case FallbackOutput.Accept(var ns):
                    Use(part, ns, part.TheirProposal.Attempt!);
                    var described = await part.Attempt!.DescribeAsync(proposing: false, _stop.Token).ConfigureAwait(false);
                    await HandleAsync(new Input.SendTransport(JingleAction.TransportAccept, part.Key, described)).ConfigureAwait(false);
                    Run(part);
                    break;
                case FallbackOutput.Reject:
                    await HandleAsync(new Input.SendTransport(JingleAction.TransportReject, part.Key, part.TheirProposal.Theirs)).ConfigureAwait(false);
                    break;
                case FallbackOutput.Stop:
                    await part.StopAttempt.CancelAsync().ConfigureAwait(false);
                    break;
                case FallbackOutput.Run(var ns):
                    Use(part, ns, part.Proposed!.Value.Attempt);
                    Run(part);
                    break;
                case FallbackOutput.GiveUp(var text):
                    var last = part.LastFailure;
                    // A lost stream or a peer that went away explains more than "no method".
                    var reason = last?.Reason is FailureReason.StreamLost or FailureReason.Absent or FailureReason.Internal ? last.Reason : FailureReason.NoMethod;
                    await GiveUpAsync(part, new MethodFailure(reason, last?.Side ?? Side.Network, text), new JingleReason(JingleReasonCondition.ConnectivityError)).ConfigureAwait(false);
                    break;
            }
        }
    }

    private async ValueTask ProposeAsync(JinglePart part, string ns)
    {
        var attempt = Begin(part, Context.Transports.Find(ns)!);
        part.Proposed = (ns, attempt);
        var described = await attempt.DescribeAsync(proposing: true, _stop.Token).ConfigureAwait(false);
        await HandleAsync(new Input.SendTransport(JingleAction.TransportReplace, part.Key, described)).ConfigureAwait(false);
    }
}
