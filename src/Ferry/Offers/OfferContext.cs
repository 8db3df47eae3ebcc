using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Requests;
using Ferry.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry.Offers;

/// <summary>What the kinds of offers share: the session, the methods, and the way in for offers of others.</summary>
internal sealed class OfferContext(
    FerryOptions options, StanzaSession session, MethodRegistry methods, JingleTransportRegistry transports, OpenRequests opens, PresenceBook presence, OfferInbox inbox, TaskTracker tasks)
{
    private readonly ILogger _logger = options.LoggerFactory.CreateLogger<FerryClient>();

    public FerryOptions Options => options;

    public StanzaSession Session => session;

    public MethodRegistry Methods => methods;

    /// <summary>The methods as Jingle has them.</summary>
    public JingleTransportRegistry Transports => transports;

    public OpenRequests Opens => opens;

    /// <summary>Who answers peers that ask for files; null while nothing is shared.</summary>
    public IFileRequests? Requests => options.Requests;

    /// <summary>How often they may ask, whichever way.</summary>
    public RequestRate RequestRate { get; } = new(RequestRate.Files, options.TimeProvider);

    public PresenceBook Presence => presence;

    /// <summary>Offers of others that wait for an answer.</summary>
    public OfferInbox Inbox => inbox;

    /// <summary>Whose offers go out when.</summary>
    public OfferTurns Turns { get; } = new();

    /// <summary>Runs loops that outlive a call; awaited when the client is disposed.</summary>
    public TaskTracker Tasks => tasks;

    /// <summary>The report of a file that comes in.</summary>
    public TransferReport IncomingReport(string transfer, Jid peer, string name, string offer, IProgress<Attempt>? attempts) =>
        new(TransferDirection.Receive, transfer, peer, name, offer, options.TimeProvider, _logger, attempts, () => session.WhyLost);

    /// <summary>The report of a file that a peer asked for.</summary>
    public TransferReport OutgoingReport(string transfer, Jid peer, string name, string offer) =>
        new(TransferDirection.Send, transfer, peer, name, offer, options.TimeProvider, _logger, null, () => session.WhyLost);

    /// <summary>Marks every log entry of a transfer's flow with its id.</summary>
    public IDisposable? LogScope(string transfer) => _logger.BeginScope(new KeyValuePair<string, object>[] { new("transfer", transfer) });

    /// <summary>What is known of a peer without asking it.</summary>
    public Peer PeerOf(Jid jid) => new(jid, null, presence.CapsOf(jid));
}
