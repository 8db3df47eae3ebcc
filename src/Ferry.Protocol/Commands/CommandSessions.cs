using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.Commands;

/// <summary>
/// The open sessions of ad-hoc commands (XEP-0050 section 3.4), without I/O. A session belongs to the full address that began it and to one command; whoever else names it finds
/// none. It ends by completion, by cancelling, or when nothing came for <see cref="Lifetime"/>. One account's next one takes the place of its oldest.
/// </summary>
public sealed class CommandSessions
{
    /// <summary>Of one account.</summary>
    public const int MaxPerAccount = 4;

    /// <summary>In all.</summary>
    public const int Most = 1000;

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    private sealed record Session(string Id, Jid User, string Node, DateTimeOffset Since);

    /// <summary>Open ones.</summary>
    public int Count => _sessions.Count;

    /// <summary>Takes a step. Null and the error that answers it where it fits no session; else the session's id.</summary>
    /// <param name="freshId">For a new session; not to be guessed.</param>
    public (string? Id, StanzaError? Error) Take(Jid user, CommandRequest request, string freshId, DateTimeOffset now)
    {
        Expire(now);
        if (request.SessionId is not { } id) return request.Action == CommandAction.Execute ? Begin(user, request.Node, freshId, now) : (null, CommandRequest.Bad("bad-action"));
        if (!_sessions.TryGetValue(id, out var session) || session.User != user || session.Node != request.Node) return (null, CommandRequest.Bad("bad-sessionid"));
        _sessions[id] = session with { Since = now };
        return (id, null);
    }

    /// <summary>Ends a session.</summary>
    public void End(string id) => _sessions.Remove(id);

    private (string?, StanzaError?) Begin(Jid user, string node, string id, DateTimeOffset now)
    {
        var own = _sessions.Values.Where(session => session.User.Bare == user.Bare).OrderBy(session => session.Since).ToList();
        if (own.Count >= MaxPerAccount) _sessions.Remove(own[0].Id);
        if (_sessions.Count >= Most) return (null, new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint));
        _sessions[id] = new Session(id, user, node, now);
        return (id, null);
    }

    private void Expire(DateTimeOffset now)
    {
        foreach (var old in _sessions.Values.Where(session => now - session.Since > Lifetime).ToList()) _sessions.Remove(old.Id);
    }
}
