using System.Collections.Immutable;
using Ferry.Methods;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Jingle.Transports;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;

namespace Ferry.Offers.Jingle;

/// <summary>Offers and their answers, ours and the peer's.</summary>
internal sealed partial class JingleSessionLoop
{
    /// <summary>The owner's yes or no; on the loop.</summary>
    internal async ValueTask DecideAsync(JinglePart part, JingleTerms? terms, JingleReason? declined)
    {
        if (part.IsDecided) return;
        (part.Terms, part.Declined) = (terms, declined);
        if (terms?.Range is { } range) part.Range = range;
        Release(part);
        if (declined is not null) Close(part, new MethodFailure(FailureReason.Refused, Side.Here, "declined here"));
        await AnswerOfferAsync().ConfigureAwait(false);
    }

    // The session is accepted when everything in it is decided: there is one answer for all.
    private async ValueTask AnswerOfferAsync()
    {
        if (Role != JingleRole.Responder || _answered || _machine.IsOver || _parts.Values.Any(part => !part.IsDecided)) return;
        _answered = true;
        var accepted = _parts.Values.Where(part => part is { Terms: not null, Gone: false }).ToList();
        var contents = ImmutableArray.CreateBuilder<JingleContent>();
        foreach (var part in accepted)
        {
            var transport = await part.Attempt!.DescribeAsync(proposing: false, _stop.Token).ConfigureAwait(false);
            contents.Add(new JingleContent(part.Key, part.Senders, DescriptionOf(part).ToElement(), transport));
        }

        if (contents.Count == 0)
        {
            var reason = _parts.Values.Select(part => part.Declined).FirstOrDefault(reason => reason is not null) ?? Refusal;
            await HandleAsync(new Input.Terminate(reason)).ConfigureAwait(false);
            return;
        }

        await HandleAsync(new Input.Accept(contents.ToImmutable())).ConfigureAwait(false);
        foreach (var part in accepted) await StartAsync(part).ConfigureAwait(false);
    }

    // Libervia reads the whole file's description in the answer, too.
    private static FileDescription DescriptionOf(JinglePart part) => part.File with { Range = part.Terms!.Range ?? part.File.Range };

    private async ValueTask AgreeAsync(JingleContent content)
    {
        if (!_parts.TryGetValue(content.Key, out var part) || part.Gone || part.Attempt is not { } attempt) return;
        var answered = content.Description is { } description && FileDescription.TryParse(description, out var said, out _) ? said : null;
        if (!part.IsSending)
        {
            part.Promise(answered ?? new FileDescription());
            if (part.Terms!.Judge(part.File) is { } objection)
            {
                await GiveUpAsync(part, objection, FileReasons.Of(objection.Reason)).ConfigureAwait(false);
                return;
            }
        }
        else if (answered?.Range is { IsWhole: false } range)
        {
            part.Range = range;
        }

        if (part.Range is { } wanted && (part.File.Range is null || !wanted.FitsIn(part.File.Size)))
        {
            await GiveUpAsync(part, new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer asks for a part that the file does not have"), new JingleReason(JingleReasonCondition.IncompatibleParameters)).ConfigureAwait(false);
            return;
        }

        if (content.Transport is not { } theirs || !attempt.Take(theirs))
        {
            await GiveUpAsync(part, new MethodFailure(FailureReason.Protocol, Side.Peer, "the peer's transport cannot be read"), new JingleReason(JingleReasonCondition.FailedTransport)).ConfigureAwait(false);
            return;
        }

        await StartAsync(part).ConfigureAwait(false);
    }

    private async ValueTask StartAsync(JinglePart part)
    {
        if (part.Agreed || part.Gone) return;
        part.Agreed = true;
        part.Terms!.Agreed();
        part.Fallback = FallbackFor(part);
        await FallAsync(part, new FallbackInput.Begin(part.AttemptNamespace!)).ConfigureAwait(false);
        Run(part);
    }
}
