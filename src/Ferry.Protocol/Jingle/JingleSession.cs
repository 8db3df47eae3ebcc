using System.Collections.Immutable;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.Jingle.JingleSessionInput;
using Output = Ferry.Protocol.Jingle.JingleSessionOutput;

namespace Ferry.Protocol.Jingle;

/// <summary>
/// One Jingle session (XEP-0166), either role, without I/O. It knows contents by their keys and nothing of what they hold: descriptions and transports
/// pass through it as elements, so that files, other content types and every transport plug in beside it.
/// <para>
/// Theory of operation. Initiator: Idle → Offering → Active → Ended. Responder: Idle → Ringing → Active → Ended. Every request of the peer's is answered
/// once, at once and before anything follows from it, except that a session-info and a transport-replace are answered by who understands them. Real peers
/// mix the order: an acceptance or a transport-info comes before the acknowledgement of our offer, a transport-info before the acceptance; all that is
/// about a content that exists is taken in every state. What makes no sense is out of order and changes nothing, so a doubled request does no harm. A
/// session ends with its last content.
/// </para>
/// <para>
/// To drive it: one for each (peer's full address, sid); hand in only what that address sent. One loop owns it; carry out the outputs in order; Tick at
/// <see cref="NextDeadline"/>. It may be kept after its end: it goes on answering.
/// </para>
/// </summary>
public sealed class JingleSession(JingleRole role, Jid self, string sid)
{
    private readonly Dictionary<ContentKey, Part> _parts = [];
    private readonly Dictionary<int, (JingleAction Action, ContentKey? Key)> _sent = [];
    private State _state = State.Idle;
    private DateTimeOffset? _deadline;
    private bool _acknowledged;
    private bool _away;
    private int _lastToken;
    private List<Output> _outputs = [];

    private enum State
    {
        Idle,
        Offering,
        Ringing,
        Active,
        Ended,
    }

    /// <summary>For the acknowledgement of our offer.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the peer's yes or no to it.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How long a peer whose presence is gone may come back, or its bytes go on.</summary>
    public TimeSpan AwayTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>When to hand in Tick; null: nothing is waited for here.</summary>
    public DateTimeOffset? NextDeadline => _deadline;

    /// <summary>Whether <see cref="Output.Ended"/> was put out.</summary>
    public bool IsOver => _state == State.Ended;

    /// <summary>Whether both sides agreed on it and it has not ended.</summary>
    public bool IsActive => _state == State.Active;

    private JingleRole PeersRole => role == JingleRole.Initiator ? JingleRole.Responder : JingleRole.Initiator;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    /// <exception cref="InvalidOperationException">The driver did what makes no sense.</exception>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = [];
        switch (input)
        {
            case Input.Arrived(var id, var stanza):
                Arrived(id, stanza);
                break;
            case Input.Initiate(var contents):
                if (role != JingleRole.Initiator || _state != State.Idle || contents.IsEmpty) throw Misuse(input);
                Initiate(contents, now);
                break;
            case var _ when _state == State.Idle:
                throw Misuse(input);
            case var _ when _state == State.Ended:
                break; // late
            case Input.Answered(var token, var error):
                Answered(token, error, now);
                break;
            case Input.Accept(var contents):
                Accept(contents, input);
                break;
            case Input.Add(var content):
                Add(content, input);
                break;
            case Input.AcceptContent(var content):
                AcceptContent(content, input);
                break;
            case Input.RejectContent(var key, var reason):
                if (_parts.Remove(key)) Send(new JingleStanza(JingleAction.ContentReject, sid, new JingleContent(key)) { Reason = reason }, key);
                break;
            case Input.Remove(var key, var reason):
                Remove(key, reason);
                break;
            case Input.Tell(var info):
                Send(new JingleStanza(JingleAction.SessionInfo, sid) { Info = info });
                break;
            case Input.SendTransport(var action, var key, var transport):
                if (_parts.ContainsKey(key)) Send(new JingleStanza(action, sid, new JingleContent(key, Transport: transport)), key);
                break;
            case Input.Terminate(var reason):
                Terminate(reason);
                break;
            default:
                Elsewhere(input, now);
                break;
        }

        return _outputs;
    }

    // Presence, connection and clock.
    private void Elsewhere(Input input, DateTimeOffset now)
    {
        switch (input)
        {
            case Input.Streaming(var key, var flows):
                if (_parts.TryGetValue(key, out var part)) _parts[key] = part with { Flows = flows };
                if (_away && !AnyFlows) _deadline ??= now + AwayTimeout;
                break;
            case Input.PeerGone when _state != State.Active:
                End(JingleEnd.Nobody, new JingleReason(JingleReasonCondition.Gone), FailureReason.Absent, "the peer went offline");
                break;
            case Input.PeerGone:
                _away = true;
                _deadline = now + AwayTimeout;
                break;
            case Input.PeerBack:
                // It may have logged in anew and know nothing of us: an info about nothing is a ping of the session (XEP-0166 section 6.8).
                if (_away)
                {
                    _deadline = null;
                    Send(new JingleStanza(JingleAction.SessionInfo, sid));
                }

                _away = false;
                break;
            case Input.StreamLost:
                End(JingleEnd.Nobody, new JingleReason(JingleReasonCondition.GeneralError), FailureReason.StreamLost, "the XMPP stream was lost");
                break;
            case Input.Tick:
                if (now >= _deadline) TimeIsUp();
                break;
            default:
                throw Misuse(input);
        }
    }

    private bool AnyFlows => _parts.Values.Any(part => part.Flows);

    private void TimeIsUp()
    {
        _deadline = null;
        if (_state == State.Active)
        {
            // Bytes that flow need no presence; when they stop the wait begins anew.
            if (AnyFlows) return;
            Put(Outgoing(new JingleStanza(JingleAction.SessionTerminate, sid) { Reason = new JingleReason(JingleReasonCondition.FailedTransport) }));
            End(JingleEnd.Nobody, new JingleReason(JingleReasonCondition.FailedTransport), FailureReason.Absent, "the peer went offline");
            return;
        }

        var timeout = new JingleReason(JingleReasonCondition.Timeout);
        Put(Outgoing(new JingleStanza(JingleAction.SessionTerminate, sid) { Reason = timeout }));
        End(JingleEnd.Nobody, timeout, FailureReason.Timeout, _acknowledged ? "the peer acknowledged the offer and then did not answer it" : "the peer did not acknowledge the offer");
    }

    private void Initiate(ImmutableArray<JingleContent> contents, DateTimeOffset now)
    {
        foreach (var content in contents) _parts.Add(content.Key, new Part(Agreed: false));
        _state = State.Offering;
        _deadline = now + AckTimeout;
        Send(new JingleStanza(JingleAction.SessionInitiate, sid, contents) { Initiator = self });
    }

    private void Accept(ImmutableArray<JingleContent> contents, Input input)
    {
        if (_state != State.Ringing) throw Misuse(input);
        // The peer may have taken some back while somebody decided.
        var left = contents.Where(content => _parts.ContainsKey(content.Key)).ToImmutableArray();
        if (left.IsEmpty)
        {
            Terminate(new JingleReason(JingleReasonCondition.Decline));
            return;
        }

        var others = _parts.Keys.Where(key => left.All(content => content.Key != key)).ToList();
        foreach (var content in left) _parts[content.Key] = new Part(Agreed: true);
        _state = State.Active;
        Send(new JingleStanza(JingleAction.SessionAccept, sid, left) { Responder = self });
        foreach (var key in others) Remove(key, new JingleReason(JingleReasonCondition.Decline));
    }

    private void Add(JingleContent content, Input input)
    {
        if (_state is not State.Active || content.Key.Creator != role || !_parts.TryAdd(content.Key, new Part(Agreed: false))) throw Misuse(input);
        Send(new JingleStanza(JingleAction.ContentAdd, sid, content), content.Key);
    }

    private void AcceptContent(JingleContent content, Input input)
    {
        if (content.Key.Creator == role) throw Misuse(input);
        if (!_parts.ContainsKey(content.Key)) return; // taken back
        _parts[content.Key] = new Part(Agreed: true);
        Send(new JingleStanza(JingleAction.ContentAccept, sid, content), content.Key);
    }

    private void Remove(ContentKey key, JingleReason reason)
    {
        if (!_parts.Remove(key)) return;
        if (_parts.Count == 0) Terminate(reason);
        else Send(new JingleStanza(JingleAction.ContentRemove, sid, new JingleContent(key)) { Reason = reason }, key);
    }

    private void Terminate(JingleReason reason)
    {
        Put(Outgoing(new JingleStanza(JingleAction.SessionTerminate, sid) { Reason = reason }));
        End(JingleEnd.Here, reason, null, $"ended here: {reason}");
    }

    private void Answered(int token, StanzaError? error, DateTimeOffset now)
    {
        if (!_sent.Remove(token, out var sent)) return;
        switch (sent.Action)
        {
            case JingleAction.SessionInitiate when error is null:
                _acknowledged = true;
                if (_state == State.Offering) _deadline = now + AnswerTimeout;
                break;
            case JingleAction.SessionInitiate or JingleAction.SessionAccept when error is not null:
                End(JingleEnd.Peer, new JingleReason(JingleReasonCondition.GeneralError), JingleErrors.ReasonOf(error), $"the peer refused ({error})", error);
                break;
            case var _ when error is not null && JingleErrors.MeansUnknownSession(error):
                // It ended it, and its word was lost, or it logged in anew: what became of a stream the stream itself says.
                End(JingleEnd.Nobody, new JingleReason(JingleReasonCondition.Gone), FailureReason.CancelledByPeer, "the peer does not know the session any more");
                break;
            case JingleAction.TransportReplace when error is not null && sent.Key is { } key:
                Put(new Output.ReplaceRefused(key, error));
                break;
            default:
                break; // an info that was not liked is no reason to end anything
        }
    }

    private void Arrived(string id, JingleStanza stanza)
    {
        switch (_state, stanza.Action)
        {
            case (State.Idle, JingleAction.SessionInitiate) when role == JingleRole.Responder:
                BeOffered(id, stanza);
                break;
            case (State.Ended, JingleAction.SessionTerminate):
                Put(new Output.Acknowledge(id)); // both ended it at once
                break;
            case (State.Idle or State.Ended, _):
                Put(new Output.Refuse(id, JingleErrors.UnknownSession));
                break;
            case (State.Offering, JingleAction.SessionAccept):
                BeAccepted(id, stanza);
                break;
            case (_, JingleAction.SessionInitiate or JingleAction.SessionAccept):
                Put(new Output.Refuse(id, JingleErrors.OutOfOrder));
                break;
            case (_, JingleAction.SessionTerminate):
                Put(new Output.Acknowledge(id));
                var reason = stanza.Reason ?? new JingleReason(JingleReasonCondition.GeneralError);
                End(JingleEnd.Peer, reason, null, $"the peer ended the session: {reason}");
                break;
            case (_, JingleAction.SessionInfo) when stanza.Info is { } info:
                Put(new Output.InfoArrived(id, info));
                break;
            case (_, JingleAction.SessionInfo or JingleAction.DescriptionInfo or JingleAction.SecurityInfo):
                Put(new Output.Acknowledge(id));
                break;
            case (_, JingleAction.ContentModify):
                Put(new Output.Refuse(id, JingleErrors.NotModified));
                break;
            case (_, JingleAction.ContentAdd):
                BeAdded(id, stanza);
                break;
            default:
                AboutContents(id, stanza);
                break;
        }
    }

    private void BeOffered(string id, JingleStanza stanza)
    {
        if (stanza.Contents.Any(content => content.Key.Creator != JingleRole.Initiator))
        {
            Put(new Output.Refuse(id, JingleErrors.BadRequest("a content is not its creator's")));
            return;
        }

        foreach (var content in stanza.Contents) _parts.Add(content.Key, new Part(Agreed: false));
        _state = State.Ringing;
        Put(new Output.Acknowledge(id));
        Put(new Output.Offered(stanza.Contents));
    }

    private void BeAccepted(string id, JingleStanza stanza)
    {
        if (stanza.Contents.Any(content => !_parts.ContainsKey(content.Key)))
        {
            Put(new Output.Refuse(id, JingleErrors.BadRequest("no such content")));
            return;
        }

        _state = State.Active;
        _deadline = null;
        Put(new Output.Acknowledge(id));
        var declined = _parts.Keys.Where(key => stanza.Contents.All(content => content.Key != key)).ToList();
        foreach (var content in stanza.Contents) _parts[content.Key] = new Part(Agreed: true);
        Put(new Output.Accepted(stanza.Contents));
        foreach (var key in declined)
        {
            _parts.Remove(key);
            Put(new Output.ContentRemoved(key, new JingleReason(JingleReasonCondition.Decline)));
        }
    }

    private void BeAdded(string id, JingleStanza stanza)
    {
        if (stanza.Contents.Any(content => content.Key.Creator != PeersRole)) Put(new Output.Refuse(id, JingleErrors.BadRequest("a content is not its creator's")));
        else if (stanza.Contents.Any(content => _parts.ContainsKey(content.Key))) Put(new Output.Refuse(id, JingleErrors.OutOfOrder));
        else if (_parts.Count + stanza.Contents.Length > JingleStanza.MostContents) Put(new Output.Refuse(id, JingleErrors.Busy));
        else
        {
            Put(new Output.Acknowledge(id));
            foreach (var content in stanza.Contents)
            {
                _parts.Add(content.Key, new Part(Agreed: false));
                Put(new Output.ContentAdded(content));
            }
        }
    }

    // One content is the rule; more are as if they had come one after the other.
    private void AboutContents(string id, JingleStanza stanza)
    {
        if (stanza.Contents.Any(content => !_parts.ContainsKey(content.Key)))
        {
            Put(new Output.Refuse(id, JingleErrors.OutOfOrder));
            return;
        }

        if (IsAboutTransports(stanza.Action) && stanza.Contents.Any(content => content.Transport is null))
        {
            Put(new Output.Refuse(id, JingleErrors.BadRequest("no transport")));
            return;
        }

        if (stanza.Action == JingleAction.TransportReplace)
        {
            // Answered by the content's fallback, once.
            if (stanza.Contents is [var only]) Put(new Output.TransportReplace(id, only.Key, only.Transport!));
            else Put(new Output.Refuse(id, JingleErrors.BadRequest("one content at a time")));
            return;
        }

        if (stanza.Action == JingleAction.ContentAccept && (_state != State.Active || stanza.Contents.Any(content => content.Key.Creator != role || _parts[content.Key].Agreed)))
        {
            Put(new Output.Refuse(id, JingleErrors.OutOfOrder));
            return;
        }

        Put(new Output.Acknowledge(id));
        foreach (var content in stanza.Contents) TellOf(stanza, content);
    }

    private void TellOf(JingleStanza stanza, JingleContent content)
    {
        switch (stanza.Action)
        {
            case JingleAction.TransportInfo:
                Put(new Output.TransportInfo(content.Key, content.Transport!));
                break;
            case JingleAction.TransportAccept:
                Put(new Output.TransportAccepted(content.Key, content.Transport!));
                break;
            case JingleAction.TransportReject:
                Put(new Output.TransportRejected(content.Key));
                break;
            case JingleAction.ContentAccept:
                _parts[content.Key] = new Part(Agreed: true);
                Put(new Output.ContentAccepted(content));
                break;
            default:
                _parts.Remove(content.Key);
                Put(new Output.ContentRemoved(content.Key, stanza.Reason ?? new JingleReason(JingleReasonCondition.GeneralError)));
                if (_parts.Count == 0) Terminate(stanza.Reason ?? new JingleReason(JingleReasonCondition.GeneralError));
                break;
        }
    }

    private static bool IsAboutTransports(JingleAction action) =>
        action is JingleAction.TransportInfo or JingleAction.TransportAccept or JingleAction.TransportReject or JingleAction.TransportReplace;

    private void End(JingleEnd end, JingleReason reason, FailureReason? failure, string text, StanzaError? error = null)
    {
        if (_state == State.Ended) return;
        _state = State.Ended;
        _deadline = null;
        _parts.Clear();
        _sent.Clear();
        Put(new Output.Ended(end, reason, failure, text, error));
    }

    private void Send(JingleStanza stanza, ContentKey? key = null)
    {
        var send = Outgoing(stanza);
        _sent[send.Token] = (stanza.Action, key);
        Put(send);
    }

    private Output.Send Outgoing(JingleStanza stanza) => new(++_lastToken, stanza);

    private void Put(Output output) => _outputs.Add(output);

    private InvalidOperationException Misuse(Input input) => new($"{input.GetType().Name} in state {_state} of the {role}");

    /// <param name="Agreed">Both sides want it.</param>
    /// <param name="Flows">Its bytes are under way.</param>
    private sealed record Part(bool Agreed, bool Flows = false);
}
