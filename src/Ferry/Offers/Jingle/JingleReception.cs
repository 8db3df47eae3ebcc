using System.Collections.Immutable;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Offers.Jingle;

/// <summary>What becomes of a session that a peer offers: each content is an offer of its own, or a request for a file, or nothing for us.</summary>
internal sealed class JingleReception(OfferContext context, bool mayOffer, bool mayAsk, int admitted)
{
    private readonly Lock _lock = new();
    private int _admitted = admitted;

    public JingleSessionLoop Loop { get; set; } = null!;

    /// <summary>Whether the initiator wants to send it. Who sends is the initiator where nothing is said.</summary>
    public static bool IsOffer(JingleContent content) => content.Senders is null or JingleSenders.Initiator;

    /// <summary>On the loop: looks at each content.</summary>
    public ValueTask TakeAsync(ImmutableArray<JingleContent> contents)
    {
        foreach (var content in contents)
        {
            if (Refusal(content, out var file) is { } refusal) Loop.Refusal = refusal;
            else if (IsOffer(content)) Show(content, file!);
            else Serve(content, file!);
        }

        return default;
    }

    /// <summary>One offer is decided.</summary>
    public void Release(JinglePart part)
    {
        if (!part.IsSending) Release(part.Peer, 1);
    }

    /// <summary>The session is over, and with it those that never became offers.</summary>
    public void ReleaseRest(Jid peer) => Release(peer, int.MaxValue);

    private void Release(Jid peer, int most)
    {
        lock (_lock)
        {
            for (; most > 0 && _admitted > 0; most--)
            {
                _admitted--;
                context.Inbox.Release(peer);
            }
        }
    }

    private JingleReason? Refusal(JingleContent content, out FileDescription? file)
    {
        file = null;
        // Encrypted bytes are never taken for the file.
        if (content.Security is not null) return new JingleReason(JingleReasonCondition.SecurityError, "encrypted transfers are not supported");
        if (content.Description is not { } description) return new JingleReason(JingleReasonCondition.UnsupportedApplications);
        if (description.Namespace != Protocol.Namespaces.JingleFile) return new JingleReason(JingleReasonCondition.UnsupportedApplications);
        if (!FileDescription.TryParse(description, out file, out var problem)) return new JingleReason(JingleReasonCondition.FailedApplication, problem);
        if (content.Senders is JingleSenders.Both or JingleSenders.None) return new JingleReason(JingleReasonCondition.IncompatibleParameters, "a file goes one way");
        if (content.Transport is not { } transport || context.Transports.Find(transport.Namespace) is null) return new JingleReason(JingleReasonCondition.UnsupportedTransports);
        if (IsOffer(content)) return mayOffer ? null : new JingleReason(JingleReasonCondition.Decline);
        return mayAsk ? null : FileReasons.NotAvailable;
    }

    private void Show(JingleContent content, FileDescription file)
    {
        var part = Loop.AddPart(content.Key, sending: false, file);
        if (!Loop.TryOffer(part, content.Transport!))
        {
            Loop.Drop(part, new JingleReason(JingleReasonCondition.UnsupportedTransports));
            return;
        }

        if (!context.Inbox.TryShow(new JingleIncomingOffer(context, Loop, part))) Loop.Drop(part, new JingleReason(JingleReasonCondition.Decline));
    }

    private void Serve(JingleContent content, FileDescription file)
    {
        var part = Loop.AddPart(content.Key, sending: true, file);
        if (!Loop.TryOffer(part, content.Transport!)) Loop.Drop(part, new JingleReason(JingleReasonCondition.UnsupportedTransports));
        else context.Tasks.Run(stop => new JingleServing(context, Loop, part).RunAsync(stop));
    }
}
