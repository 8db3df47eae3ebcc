using System.Collections.Concurrent;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Requests;
using Ferry.Server.Services;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Index;

/// <summary>
/// Presence, by which owners are there or not, and chat. After each attachment every client that was there before is asked whether it still is: its unavailable presence may have
/// been missed.
/// </summary>
internal sealed class IndexListener(IndexService index, ILogger log) : IServiceListener
{
    private const int AskedAtOnce = 32;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly IndexChat _chat = new(index);

    /// <summary>Clients that are being asked; one that says itself that it is there is no longer doubted.</summary>
    private readonly ConcurrentDictionary<Jid, bool> _doubted = new();

    public async Task PresenceAsync(Element presence, Jid from, CancellationToken cancellationToken)
    {
        if (!from.IsFull || !index.Allows(from)) return;
        switch (presence.Attribute("type"))
        {
            case null:
                _doubted.TryRemove(from, out _);
                if (!await index.Store.ArriveAsync(from, cancellationToken).ConfigureAwait(false)) log.LogWarning("index: {Owner} has more clients than are counted", from.Bare);
                break;
            case "unavailable" or "error":
                await index.Store.LeaveAsync(from, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    public async Task MessageAsync(Element message, Jid from, CancellationToken cancellationToken)
    {
        if (message.Attribute("type") is "error" or "headline" or "groupchat") return;
        if (!index.Allows(from))
        {
            if (StanzaAnswer.Error(message, IndexErrors.Stranger) is { } refusal) await index.Entity.SendAsync(refusal, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Typing notices and receipts have no body.
        if (message.Child(Namespaces.Client, "body")?.Text.Trim() is not { Length: > 0 } body) return;
        var answer = await _chat.AnswerAsync(from, body, cancellationToken).ConfigureAwait(false);
        await index.Entity.SendAsync(
            new Element(
                Namespaces.Client,
                "message",
                ("type", message.Attribute("type")),
                ("from", index.Entity.Address.ToString()),
                ("to", from.ToString()),
                message.Child(Namespaces.Client, "thread"),
                new Element(Namespaces.Client, "body", XmlCharacters.Replace(answer.Text)),
                answer.Links.ToArray()),
            cancellationToken).ConfigureAwait(false);
    }

    public async Task AttachedAsync(CancellationToken cancellationToken)
    {
        var sessions = await index.Store.SessionsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var some in sessions.Chunk(AskedAtOnce)) await Task.WhenAll(some.Select(session => AskAsync(session, cancellationToken))).ConfigureAwait(false);
    }

    private async Task AskAsync(Jid session, CancellationToken cancellationToken)
    {
        _doubted[session] = true;
        var reply = await index.Entity.AskAsync(IqType.Set, session, new IndexResync().ToElement(), AnswerTime, cancellationToken).ConfigureAwait(false);
        if (_doubted.TryRemove(session, out _) && !reply.IsResult) await index.Store.LeaveAsync(session, cancellationToken).ConfigureAwait(false);
    }
}
