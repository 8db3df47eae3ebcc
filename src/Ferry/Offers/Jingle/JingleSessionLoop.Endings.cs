using Ferry.Methods;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;
using Output = Ferry.Protocol.Jingle.JingleSessionOutput;

namespace Ferry.Offers.Jingle;

/// <summary>How contents end: by their owners, by the peer, with the session.</summary>
internal sealed partial class JingleSessionLoop
{
    /// <summary>Ends a content before it has a stream, for a reason of ours; on the loop.</summary>
    internal async ValueTask GiveUpAsync(JinglePart part, MethodFailure failure, JingleReason reason)
    {
        if (!part.FailOpening(failure)) return;
        Close(part, failure);
        if (_machine.IsOver || !_answered) await DeclineAsync(part, reason).ConfigureAwait(false);
        else await HandleAsync(new Input.Remove(part.Key, reason)).ConfigureAwait(false);
    }

    /// <summary>All bytes are across, so that a peer who is gone is waited for no longer than its word is; on the loop.</summary>
    internal ValueTask BeAcrossAsync(JinglePart part) => part.Finished || !_machine.IsActive ? default : HandleAsync(new Input.Streaming(part.Key, false));

    /// <summary>The owner has done; on the loop.</summary>
    internal async ValueTask FinishAsync(JinglePart part, Outcome outcome)
    {
        if (part.Finished) return;
        part.Succeeded = outcome.Succeeded;
        part.Finished = true;
        if (_machine.IsOver) return;
        if (_machine.IsActive) await HandleAsync(new Input.Streaming(part.Key, false)).ConfigureAwait(false);
        if (outcome.Failure is { } failure)
        {
            var reason = failure is { Reason: FailureReason.CancelledByPeer, Side: Side.Peer } ? new JingleReason(JingleReasonCondition.FailedTransport) : FileReasons.Of(failure.Reason);
            await HandleAsync(new Input.Remove(part.Key, reason)).ConfigureAwait(false);
        }
        else if (!part.IsSending)
        {
            await HandleAsync(new Input.Tell(new FileNotice.Received(FileNotice.About.Of(part.Key)).ToElement())).ConfigureAwait(false);
        }

        if (!_machine.IsOver && _parts.Values.All(other => other.Finished)) await HandleAsync(new Input.Terminate(new JingleReason(JingleReasonCondition.Success))).ConfigureAwait(false);
    }

    /// <summary>On the loop, before the session is answered: a content that nobody will be asked about.</summary>
    internal void Drop(JinglePart part, JingleReason reason)
    {
        part.Declined = reason;
        Close(part, new MethodFailure(FailureReason.NoMethod, Side.Here, $"refused here: {reason}"));
    }

    private void EndByPeer(JinglePart part, Output.Ended ended)
    {
        if (ended.Failure == FailureReason.StreamLost || (ended.End == JingleEnd.Nobody && part.Opened.IsCompleted))
        {
            part.OfferError = ended.Error;
            Close(part, FailureOf(ended, part));
            part.Answer(part.SentFile.Handle(new SentFileInput.Lost(), _time.GetUtcNow()));
            part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Lost(), _time.GetUtcNow()));
            return;
        }

        part.OfferError = ended.Error;
        EndByPeer(part, FailureOf(ended, part), isSuccess: ended is { Failure: null, Reason.Condition: JingleReasonCondition.Success });
    }

    private void EndByPeer(JinglePart part, JingleReason reason) => EndByPeer(
        part,
        new MethodFailure(FileReasons.Meaning(reason, part.Agreed) ?? FailureReason.Protocol, Side.Peer, $"the peer ended the content: {reason}"),
        reason.Condition == JingleReasonCondition.Success);

    private void EndByPeer(JinglePart part, MethodFailure failure, bool isSuccess)
    {
        // Dino ends the session as soon as it has written everything, which may be before we have read that the stream is agreed on.
        if (isSuccess && part is { Agreed: true, IsSending: false, Channel: null, Gone: false }) part.EarlyEnd = (_time.GetUtcNow() + EarlyEndTime, failure);
        else Close(part, failure);
        if (!isSuccess) part.FailStream(failure);
        FailureReason? meaning = isSuccess ? null : failure.Reason;
        part.Answer(part.SentFile.Handle(new SentFileInput.Ended(meaning, failure.Text), _time.GetUtcNow()));
        part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Ended(meaning, failure.Text), _time.GetUtcNow()));
    }

    private static MethodFailure FailureOf(Output.Ended ended, JinglePart part)
    {
        var reason = ended.Failure ?? FileReasons.Meaning(ended.Reason, part.Agreed) ?? FailureReason.Protocol;
        var side = ended switch
        {
            { Failure: FailureReason.StreamLost } => Side.Server,
            { End: JingleEnd.Here } => Side.Here,
            _ => Side.Peer,
        };
        return new MethodFailure(reason, side, ended.Text);
    }

    // The end of the opening, if there was no stream; whoever is in the middle of one goes on with it.
    private void Close(JinglePart part, MethodFailure failure)
    {
        Release(part);
        part.EarlyEnd = null;
        if (part.Channel is not null) return;
        part.Gone = true;
        part.FailOpening(failure);
        _ = part.StopAttempt.CancelAsync();
        // Nobody has bytes of it under way.
        part.Finished = true;
    }

    private void Release(JinglePart part)
    {
        if (part.Released) return;
        part.Released = true;
        Released(part);
    }

    private async ValueTask DeclineAsync(JinglePart part, JingleReason reason)
    {
        part.Declined ??= reason;
        if (Role == JingleRole.Initiator && !_machine.IsOver && _parts.Values.All(other => other.Gone)) await HandleAsync(new Input.Terminate(reason)).ConfigureAwait(false);
        else await AnswerOfferAsync().ConfigureAwait(false);
    }

    private void EndAll(MethodFailure failure)
    {
        foreach (var part in _parts.Values)
        {
            Close(part, failure);
            part.Answer(part.SentFile.Handle(new SentFileInput.Lost(), _time.GetUtcNow()));
            part.Answer(part.ReceivedFile.Handle(new ReceivedFileInput.Lost(), _time.GetUtcNow()));
        }
    }

    private static async ValueTask CloseAsync(JinglePart part)
    {
        foreach (var attempt in part.Attempts) await attempt.DisposeAsync().ConfigureAwait(false);
        part.StopAttempt.Dispose();
    }
}
