using System.Security.Cryptography;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Ferry.Server.Accounts;
using Ferry.Server.LocalXmpp.Features;
using Ferry.Server.Requests;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// The embedded server without its sockets: sessions, routing, presence, features. Connections attach sessions to it; a sweep looks after
/// silent and abandoned ones.
/// </summary>
internal sealed class LocalXmppServer : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweep;

    public LocalXmppServer(string domain, AccountStore accounts, LocalTls tls, LocalServerLimits limits, bool allowPlaintextLoopback, ILogger log, TimeProvider time)
    {
        (Domain, Accounts, Tls, Limits, AllowPlaintextLoopback, Log, Time) = (domain, accounts, tls, limits, allowPlaintextLoopback, log, time);
        Throttle = new LoginThrottle(limits.LoginDelay, time);
        Router = new Router(domain, Sessions, limits, time);
        Presence = new PresenceService(domain, Sessions, accounts.Rosters, Router, limits);
        Router.Presence = Presence;
        AddFeatures();
        _sweep = SweepAsync(_stop.Token);
    }

    public string Domain { get; }

    public AccountStore Accounts { get; }

    public LocalTls Tls { get; }

    public LocalServerLimits Limits { get; }

    public bool AllowPlaintextLoopback { get; }

    public ILogger Log { get; }

    public TimeProvider Time { get; }

    public LoginThrottle Throttle { get; }

    public SessionRegistry Sessions { get; } = new();

    public Router Router { get; }

    public PresenceService Presence { get; }

    /// <summary>
    /// Binds a resource to a connection (RFC 6120 section 7). Whoever held the address is ended with <c>conflict</c> and gone before.
    /// </summary>
    /// <returns>The session, or why not.</returns>
    public async Task<(Session? Session, StanzaError? Error)> BindAsync(Jid account, string? wanted, C2sConnection connection)
    {
        if (!TryFull(account, wanted, out var full)) return (null, new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "the resource is none"));
        if (Sessions.Find(full) is { } old) await EndAsync(old, new StreamError(StreamCondition.Conflict, "another connection took this resource")).ConfigureAwait(false);
        var session = new Session(full, Limits.MaxQueueBytes);
        session.TryAttach(connection);
        return Sessions.TryAdd(session, Limits.MaxResources)
            ? (session, null)
            : (null, new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, $"an account has at most {Limits.MaxResources} sessions"));
    }

    /// <summary>Finds the session to resume and frees it of its old connection. Null: there is none to resume.</summary>
    public async Task<Session?> ResumeAsync(Jid account, string id, uint handled, C2sConnection connection)
    {
        if (Sessions.ByResumeId(id) is not { } session || session.Account != account) return null;
        var claim = session.Claim();
        do
        {
            // Two may wait here for the old one's end: a client that came back, was cut again and came back once more. The later one is it.
            if (session.Connection is not { } old) continue;
            old.GiveUp();
            await old.Released.WaitAsync(connection.Aborted).ConfigureAwait(false);
            if (!session.IsLatest(claim) || session.Connection == old) return null;
        }
        while (!session.TryAttach(connection) && !session.End.Ending);

        if (session.Connection != connection) return null;
        // A count that cannot be is no reason to lose the session before it is taken over.
        if (session.Out.TryAcknowledge(handled)) return session;
        session.RequestEnd(null);
        await FinishAsync(session).ConfigureAwait(false);
        return null;
    }

    /// <summary>Makes a session resumable.</summary>
    public string MakeResumable(Session session)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Sessions.MakeResumable(session, id);
        return id;
    }

    /// <summary>Ends a session from outside and waits until nothing is left of it.</summary>
    public async Task EndAsync(Session session, StreamError? error)
    {
        if (session.RequestEnd(error) is null) await FinishAsync(session).ConfigureAwait(false);
        await session.Gone.ConfigureAwait(false);
    }

    /// <summary>Takes a session apart: nobody finds it any more, those who saw it are told, what it never got goes back. Once.</summary>
    public async Task FinishAsync(Session session)
    {
        if (!session.TryFinish()) return;
        session.RequestEnd(null);
        Sessions.Remove(session);
        try
        {
            await Presence.LeaveAsync(session).ConfigureAwait(false);
            foreach (var stanza in session.Out.Close()) Router.Bounce(stanza, new StanzaError(ErrorType.Wait, ErrorCondition.RecipientUnavailable));
        }
        catch (Exception wrong)
        {
            // The roster store failed: the contacts are not told, but whoever waits for this end must not wait for ever.
            Log.LogError(wrong, "{Session} could not say that it is gone", session.Jid);
            session.Out.Close();
        }

        session.MarkGone();
    }

    /// <summary>Ends every session with <c>system-shutdown</c>. Connections may still be at taking theirs apart.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sweep.ConfigureAwait(false);
        await Task.WhenAll(Sessions.All.Select(session => EndAsync(session, new StreamError(StreamCondition.SystemShutdown)))).ConfigureAwait(false);
    }

    /// <summary>Frees what connections use: they must be gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Presence.Dispose();
        _stop.Dispose();
    }

    private void AddFeatures()
    {
        Router.ServerFeatures.Add(new ServerDisco.Info(Router));
        Router.ServerFeatures.Add(new ServerDisco.Items(Router));
        Router.ServerFeatures.Add(new PingFeature());
        Router.ServerFeatures.Add(new SessionFeature());
        Router.ServerFeatures.Add(new BindFeature());
        Router.AccountFeatures.Add(new AccountDisco.Info(Router, Accounts.Rosters));
        Router.AccountFeatures.Add(new AccountDisco.Items(Sessions, Accounts.Rosters));
        Router.AccountFeatures.Add(new PingFeature());
        Router.AccountFeatures.Add(new RosterFeature(Accounts.Rosters, Presence, Sessions));
        // Clients send these two without an address, too.
        Router.AccountFeatures.Add(new SessionFeature());
        Router.AccountFeatures.Add(new BindFeature());
    }

    private static bool TryFull(Jid account, string? wanted, out Jid full)
    {
        // Some old clients spoil resources beyond ASCII, so ours has none.
        var resource = string.IsNullOrEmpty(wanted) ? "ferry-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5)) : wanted;
        var valid = Jid.TryParse($"{account}/{resource}", out var jid);
        full = jid ?? account;
        return valid;
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var session in Sessions.All) await SweepAsync(session).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task SweepAsync(Session session)
    {
        var now = Time.GetUtcNow();
        if (session.Connection is not { } connection)
        {
            if (session.End.Ending || now - session.DetachedAt > Limits.ResumeTimeout) await FinishAsync(session).ConfigureAwait(false);
            return;
        }

        if (session.Out.RequestDue(now)) Router.Push(session, StreamManagement.Request);
        var silent = now - connection.LastHeard(now);
        if (silent > Limits.IdleTimeout + Limits.AnswerTimeout) connection.GiveUp();
        else if (silent > Limits.IdleTimeout) Router.Push(session, session.Out.Managed ? StreamManagement.Request : Ping(session));
    }

    private Element Ping(Session session) => new Iq(
        IqType.Get,
        "ping-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
        Jid.Parse(Domain),
        session.Jid,
        new Element(Namespaces.Ping, "ping")).ToElement();
}
