using System.Collections.Concurrent;
using System.Net;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Sessions;

/// <summary>
/// An account's session with its server: stanzas out and in, requests with their answers, handlers by payload, and resumption of the
/// stream after a break (XEP-0198).
/// <para>
/// One owner loop runs a connection after the other; on each, a reader and a writer. The reader hands stanzas to handlers, which answer at
/// once or post to their own queue and answer later: it never waits for a transfer, a file or a person. It does wait when its own answers
/// find the queue to the server full, which slows the server down instead of filling memory. While a broken stream is being resumed
/// nothing fails: requests stay open, senders wait.
/// </para>
/// </summary>
public sealed partial class StanzaSession : IAsyncDisposable
{
    private const int LedgerCapacity = 8 * 1024 * 1024;

    private readonly SessionOptions _options;
    private readonly SessionConnector _connector;
    private readonly ILogger _logger;
    private readonly OutboundQueue _outbound = new();
    private readonly ConcurrentDictionary<(string Id, Jid? From), Action<IqReply>> _requests = new();
    private readonly Dictionary<(string Namespace, string Name), Func<Iq, Iq?>> _iqHandlers = [];
    private readonly Dictionary<(string Namespace, string Name), Action<Message, Element>> _messageHandlers = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<SessionFailure?> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _idPrefix;
    private readonly Lock _ledgerLock = new();
    private StreamLedger? _ledger;
    private long _lastId;
    private LoggedIn _current;
    private Task _run = Task.CompletedTask;

    private StanzaSession(SessionOptions options, SessionConnector connector, LoggedIn first)
    {
        _options = options;
        _connector = connector;
        _current = first;
        _logger = options.LoggerFactory.CreateLogger<StanzaSession>();
        _idPrefix = RandomId.Create(6);
        Jid = first.Jid;
    }

    /// <summary>Our full address.</summary>
    public Jid Jid { get; }

    /// <summary>Our end of the connection to the server.</summary>
    public IPEndPoint LocalEndPoint => _current.Local;

    /// <summary>The server's end.</summary>
    public IPEndPoint ServerEndPoint => _current.Remote;

    /// <summary>The server's limit for one stanza in bytes (XEP-0478), or null where it says none.</summary>
    public int? ServerMaxStanzaBytes => _current.Features.MaxStanzaBytes;

    /// <summary>Completes when the session is over for good: null after <see cref="DisposeAsync"/>, else why.</summary>
    public Task<SessionFailure?> Completion => _completion.Task;

    /// <summary>Asked for each incoming request before its handler; false answers <c>service-unavailable</c>, which tells strangers nothing.</summary>
    public Func<Iq, bool> Admits { get; set; } = _ => true;

    /// <summary>Hears every presence; what it returns is sent.</summary>
    public Func<Presence, Element?>? PresenceHandler { get; set; }

    /// <summary>Called on the owner loop after a stream was resumed.</summary>
    public Action? Resumed { get; set; }

    /// <summary>Connects and logs in; the failure is a value. Only cancellation throws.</summary>
    public static async Task<(StanzaSession? Session, SessionFailure? Failure)> ConnectAsync(SessionOptions options, CancellationToken cancellationToken)
    {
        var connector = new SessionConnector(options);
        var first = await connector.ConnectAsync(null, cancellationToken).ConfigureAwait(false);
        return first.Value is { } ready ? (new StanzaSession(options, connector, ready), null) : (null, first.Failure);
    }

    /// <summary>Handles requests whose payload is this; null from the handler means that it answers later. Before <see cref="Start"/> only.</summary>
    public void OnIq(string ns, string name, Func<Iq, Iq?> handler) => _iqHandlers.Add((ns, name), handler);

    /// <summary>Handles messages with such a payload. Before <see cref="Start"/> only.</summary>
    public void OnMessage(string ns, string name, Action<Message, Element> handler) => _messageHandlers.Add((ns, name), handler);

    /// <summary>Begins to read and write, once every handler is in place.</summary>
    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Sends a stanza; waits while too much is queued. Quietly nothing after the session's end.</summary>
    public ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken, bool bulk = false) =>
        _outbound.EnqueueAsync(stanza, bulk, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested) await _closing.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        await _current.Stream.DisposeAsync().ConfigureAwait(false);
        _completion.TrySetResult(null);
    }

    private async Task RunAsync()
    {
        SessionFailure? why = null;
        try
        {
            why = await RunConnectionsAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Closed by us while resuming.
        }
        catch (Exception broken)
        {
            _logger.LogError(broken, "the session's owner loop failed");
            why = new SessionFailure(FailureReason.Internal, false, $"the XMPP session failed: {broken.Message}");
        }

        End(why);
    }

    private async Task<SessionFailure?> RunConnectionsAsync()
    {
        if (_current.Managed) _ledger = new StreamLedger(LedgerCapacity);
        while (true)
        {
            var why = await RunConnectionAsync(_current).ConfigureAwait(false);
            if (_closing.IsCancellationRequested) return null;
            if (why is { Final: true } || _ledger is null || _current.Resumption.Id is null) return why.Failure;
            _logger.LogWarning("the XMPP stream broke ({Reason}); resuming", why.Failure.Message);
            await _current.Stream.DisposeAsync().ConfigureAwait(false);
            if (await ResumeAsync(why.Failure).ConfigureAwait(false) is { } lost) return lost;
            Resumed?.Invoke();
        }
    }

    private void End(SessionFailure? why)
    {
        _outbound.Close();
        _completion.TrySetResult(why);
        foreach (var key in _requests.Keys)
        {
            if (_requests.TryRemove(key, out var answered)) answered(IqReply.None(NoReply.SessionEnded));
        }
    }

    private readonly record struct ConnectionEnd(SessionFailure Failure, bool Final);
}
