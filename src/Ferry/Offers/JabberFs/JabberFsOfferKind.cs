using System.Collections.Concurrent;
using Ferry.Methods.Tcp;
using Ferry.Peers;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Files;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Transfers;

namespace Ferry.Offers.JabberFs;

/// <summary>
/// jabberFS (protocols of 2002, made precise): proposals to send and to get a file over plain TCP with a token, both roles of each. The old dialect is spoken
/// only with peers who were named for it.
/// </summary>
internal sealed class JabberFsOfferKind(RawTcp tcp) : IRequestKind
{
    /// <summary>The name in options and events.</summary>
    public const string KindName = OfferNames.JabberFs;

    /// <summary>Characters of a sid of ours.</summary>
    public const int SidLength = 22;

    /// <summary>Files that are served at a time, to everybody together.</summary>
    public const int MostServed = 32;

    private readonly ConcurrentDictionary<(Jid Peer, string Sid), JabberFsRun> _runs = new();
    private readonly ConcurrentDictionary<(Jid Peer, string? Name, long? Size), ProposedAgain> _again = new();
    private int _served;
    private OfferContext? _context;
    private bool _accepts;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public bool ByDefault => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Features => [Namespaces.JabberFs];

    /// <inheritdoc/>
    public bool LeavesUnreachableToOthers => true;

    private OfferContext Context => _context ?? throw new InvalidOperationException("not attached");

    /// <inheritdoc/>
    public void Attach(OfferContext context, bool accept)
    {
        _context = context;
        _accepts = accept;
        tcp.Attach(context.Session);
        context.Session.OnIq(Namespaces.JabberFs, "query", iq => Arrived(iq, JabberFsDialect.Native));
        if (context.Options.LegacyJabberFs.Count > 0) context.Session.OnIq(Namespaces.OutOfBandIq, "query", LegacyArrived);
    }

    /// <inheritdoc/>
    public bool CanOffer(Peer peer) => peer.Info?.Has(Namespaces.JabberFs) == true || IsLegacy(peer.Jid);

    /// <inheritdoc/>
    public bool CanAsk(Peer peer) => CanOffer(peer);

    /// <inheritdoc/>
    public Task<Outcome> GetAsync(WantedFile wanted, Peer peer, OfferTerms terms, CancellationToken cancellationToken)
    {
        // Its stanza has no place for a file without a name.
        if (wanted.Path is null) return Task.FromResult(terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Here, "jabberFS asks for files by their names only", $"allow {OfferNames.Jingle} with --offer"));
        return terms.Methods.Contains(RawTcp.Name)
            ? new JabberFsGetting(this, Context, wanted, peer, terms).RunAsync(cancellationToken)
            : Task.FromResult(terms.Report.Fail(FailureReason.NoMethod, Phase.Finding, Side.Here, $"jabberFS goes by {RawTcp.Name} only", $"allow it with --via {RawTcp.Name}"));
    }

    /// <summary>The words for this peer: the old ones for who was named for them and has no others.</summary>
    public JabberFsDialect DialectFor(Peer peer) =>
        peer.Info?.Has(Namespaces.JabberFs) != true && IsLegacy(peer.Jid) ? JabberFsDialect.Legacy : JabberFsDialect.Native;

    /// <inheritdoc/>
    public Task<Outcome> SendAsync(OutgoingFile file, Peer peer, OfferTerms terms, CancellationToken cancellationToken)
    {
        if (!terms.Methods.Contains(RawTcp.Name))
        {
            return Task.FromResult(terms.Report.Fail(FailureReason.NoMethod, Phase.Finding, Side.Here, $"jabberFS goes by {RawTcp.Name} only", $"allow it with --via {RawTcp.Name}"));
        }

        if (file.Length is null)
        {
            return Task.FromResult(terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Here, "jabberFS needs to know the size beforehand"));
        }

        if (System.Text.Encoding.UTF8.GetByteCount(file.Name) > JabberFsStanza.MostNameBytes)
        {
            return Task.FromResult(terms.Report.Fail(FailureReason.NotSupported, Phase.Finding, Side.Here, $"jabberFS takes names of at most {JabberFsStanza.MostNameBytes} bytes"));
        }

        return new JabberFsSending(this, Context, file, peer, terms).RunAsync(cancellationToken);
    }

    /// <summary>A transfer whose stanzas come to it from now on, until it is over.</summary>
    public JabberFsRun Begin(JabberFsTerms terms, Jid peer, IJabberFsPart part, Iq? proposal)
    {
        var options = Context.Options;
        terms = terms with
        {
            AnswerTimeout = Shorter(terms.AnswerTimeout, options.AnswerTimeout),
            DecisionTimeout = Shorter(terms.DecisionTimeout, options.AnswerTimeout),
            PortTimeout = options.AtMost(terms.PortTimeout),
            SwapTimeout = options.AtMost(terms.SwapTimeout),
            ReverseTimeout = options.AtMost(terms.ReverseTimeout),
            CompleteTimeout = options.AtMost(terms.CompleteTimeout),
            AcknowledgeTimeout = options.AtMost(terms.AcknowledgeTimeout),
        };
        var run = new JabberFsRun(Context, tcp, terms, peer, part, proposal, Over);
        _runs[(peer, terms.Proposal.Sid)] = run;
        return run;
    }

    /// <summary>From now on until it is closed, for a transfer that goes on behind a part; null where another one of the same file does.</summary>
    public ProposedAgain? ExpectAgain(Jid peer, JabberFsStanza proposal)
    {
        var again = new ProposedAgain(over => _again.TryRemove(new KeyValuePair<(Jid, string?, long?), ProposedAgain>(over.Key, over))) { Key = ProposedAgain.KeyOf(peer, proposal) };
        return _again.TryAdd(again.Key, again) ? again : null;
    }

    /// <summary>Whether a proposal is one that was announced, and is looked after.</summary>
    public bool IsExpected(JabberFsReceiving receiving) => _again.TryGetValue(ProposedAgain.KeyOf(receiving.Peer, receiving.Run.Terms.Proposal), out var again) && again.Takes(receiving);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Over(JabberFsRun run) => _runs.TryRemove(new KeyValuePair<(Jid, string), JabberFsRun>((run.Peer, run.Sid), run));

    private bool IsLegacy(Jid jid) => Context.Options.LegacyJabberFs.Any(named => named == jid || named == jid.Bare);

    private Iq? LegacyArrived(Iq iq)
    {
        // Everybody else gets the answer of a client that does not know this.
        if (iq.From is not { } peer || !IsLegacy(peer) || !JabberFsStanza.IsLegacy(iq.Payload!)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        return Arrived(iq, JabberFsDialect.Legacy);
    }

    // On the session's reader: nothing is waited for. What strangers send is neither read nor told anything.
    private Iq? Arrived(Iq iq, JabberFsDialect dialect)
    {
        if (iq.From is not { IsFull: true } peer) return iq.Refuse(Unavailable);
        if (!Knows(peer)) return iq.Refuse(Unavailable);
        if (!JabberFsStanza.TryParse(iq.Payload!, dialect, iq.Id, out var stanza, out var error))
        {
            return iq.Refuse(error);
        }

        if (iq.Type == IqType.Get) return Asked(iq, peer, stanza, dialect);
        if (_runs.TryGetValue((peer, stanza.Sid), out var run))
        {
            // Noted here, because the next proposal may be right behind it.
            if (stanza.Reason == JabberFsAbort.PrefixMismatch && _again.TryGetValue(ProposedAgain.KeyOf(peer, run.Terms.Proposal), out var again)) again.Announce();
            return run.Arrived(iq, stanza);
        }

        return stanza.State == JabberFsState.Connecting ? Proposed(iq, peer, stanza, dialect) : iq.Refuse(ErrorType.Cancel, ErrorCondition.ItemNotFound);
    }

    private Iq? Proposed(Iq iq, Jid peer, JabberFsStanza stanza, JabberFsDialect dialect)
    {
        if (!_accepts || !tcp.IsAllowed) return iq.Refuse(Unavailable);
        var verdict = Context.Inbox.TryAdmit(peer);
        if (verdict == OfferInbox.Verdict.Stranger) return iq.Refuse(Unavailable);
        if (verdict == OfferInbox.Verdict.Full) return iq.Refuse(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "too many offers are waiting"));
        if (stanza.ProblemAt(JabberFsPlace.SendProposal, dialect) is { } problem)
        {
            Context.Inbox.Release(peer);
            return iq.Refuse(JabberFsStanza.BadRequest(problem));
        }

        var receiving = new JabberFsReceiving(this, Context, new JabberFsTerms(stanza, IsProposer: false, IsSender: false, dialect), iq);
        Context.Tasks.Run(receiving.RunAsync);
        return null;
    }

    private Iq? Asked(Iq iq, Jid peer, JabberFsStanza stanza, JabberFsDialect dialect)
    {
        if (!_accepts || !tcp.IsAllowed || Context.Options.Requests is not { } requests || !requests.MayAsk(peer)) return iq.Refuse(Unavailable);
        if (stanza.ProblemAt(JabberFsPlace.GetProposal, dialect) is { } problem) return iq.Refuse(JabberFsStanza.BadRequest(problem));
        if (_runs.ContainsKey((peer, stanza.Sid))) return iq.Refuse(ErrorType.Cancel, ErrorCondition.Conflict);
        if (!Context.RequestRate.TryTake(peer)) return No(JabberFsAbort.Busy);
        if (!SharePath.IsValid(stanza.Name!)) return No(JabberFsAbort.NotFound);
        if (Interlocked.Increment(ref _served) > MostServed)
        {
            Interlocked.Decrement(ref _served);
            return No(JabberFsAbort.Busy);
        }

        var serving = new JabberFsServing(this, Context, requests, new JabberFsTerms(stanza, IsProposer: false, IsSender: true, dialect), iq);
        Context.Tasks.Run(async stop =>
        {
            await serving.RunAsync(stop).ConfigureAwait(false);
            Interlocked.Decrement(ref _served);
        });
        return null;

        Iq No(JabberFsAbort reason) => iq.Result(new JabberFsStanza(stanza.Sid, JabberFsState.Abort) { Reason = reason }.ToElement(dialect));
    }

    // Whom we talk to at all: who may offer, who may ask, and whom we asked or offered something.
    private bool Knows(Jid peer) =>
        Context.Options.AcceptFrom.Allows(peer) || Context.Options.Requests?.MayAsk(peer) == true || _runs.Keys.Any(key => key.Peer == peer);

    private static StanzaError Unavailable { get; } = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
}
