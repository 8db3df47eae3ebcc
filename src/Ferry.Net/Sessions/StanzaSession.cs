using System.Collections.Concurrent;
using System.Net;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Dns;
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
/// <para>
/// Where it cannot be resumed the <see cref="Binding"/> is lost, and with it what was agreed on over it: requests end unanswered and what was queued is
/// dropped. The session logs in again and binds anew, with growing waits; what is sent meanwhile waits for that.
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
    private readonly AnswerPace _pace;
    private StreamLedger? _ledger;
    private long _lastId;
    private LoggedIn _current;
    private volatile SessionBinding _binding;
    private TaskCompletionSource _rebound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _run = Task.CompletedTask;

    private StanzaSession(SessionOptions options, SessionConnector connector, LoggedIn first)
    {
        _options = options;
        _connector = connector;
        _current = first;
        _logger = options.LoggerFactory.CreateLogger<StanzaSession>();
        _idPrefix = RandomId.Create(6);
        _pace = new AnswerPace(options.TimeProvider, AnswerLate);
        _binding = new SessionBinding(first.Jid);
    }

    /// <summary>Our full address; a new one may come with a new binding.</summary>
    public Jid Jid => _binding.Jid;

    /// <summary>The bound resource, or the last one while another is sought.</summary>
    public SessionBinding Binding => _binding;

    /// <summary>Why the last binding that was lost was; null while none was, and after <see cref="DisposeAsync"/>.</summary>
    public SessionFailure? WhyLost { get; private set; }

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

    /// <summary>Called on the owner loop when a connection broke and is to be replaced.</summary>
    public Action<SessionFailure>? Interrupted { get; set; }

    /// <summary>Called on the owner loop after a stream was resumed.</summary>
    public Action? Resumed { get; set; }

    /// <summary>Called on the owner loop after a resource was bound anew, before anything is read: what it sends goes first.</summary>
    public Func<ValueTask>? Rebound { get; set; }

    /// <summary>Connects and logs in; the failure is a value. Only cancellation throws.</summary>
    public static async Task<(StanzaSession? Session, SessionFailure? Failure)> ConnectAsync(SessionOptions options, CancellationToken cancellationToken)
    {
        var connector = new SessionConnector(options);
        var first = await connector.ConnectAsync(new ConnectRequest(options.Account.Resource ?? options.Resource), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Waits, while a resource is sought, until one is bound; null when the session is over.</summary>
    public async ValueTask<SessionBinding?> BoundAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var again = Volatile.Read(ref _rebound);
            var binding = _binding;
            if (_completion.Task.IsCompleted) return null;
            if (!binding.Lost.IsCompleted) return binding;
            await Task.WhenAny(again.Task, _completion.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested) await _closing.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        _pace.Dispose();
        await _current.Stream.DisposeAsync().ConfigureAwait(false);
        _completion.TrySetResult(null);
        _binding.Lose(null);
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
            var began = _options.TimeProvider.GetTimestamp();
            var end = await RunConnectionAsync(_current).ConfigureAwait(false);
            if (_closing.IsCancellationRequested) return null;
            if (end.Then == Afterwards.Stop) return end.Failure;
            _shortLived = _options.TimeProvider.GetElapsedTime(began) < LongLife ? _shortLived + 1 : 0;
            await _current.Stream.DisposeAsync().ConfigureAwait(false);
            if (await ComeBackAsync(end).ConfigureAwait(false) is { } lost) return lost;
        }
    }

    private void End(SessionFailure? why)
    {
        WhyLost = why; // before anybody hears of it
        _outbound.Close();
        _completion.TrySetResult(why);
        _binding.Lose(why);
        FailRequests();
    }

    /// <summary>What follows the end of a connection.</summary>
    private enum Afterwards
    {
        /// <summary>The stream goes on over another connection if the server still knows it, else as with <see cref="BindAnew"/>.</summary>
        Resume,

        /// <summary>The stream is over; a new one may begin.</summary>
        BindAnew,

        /// <summary>The session is over.</summary>
        Stop,
    }

    /// <param name="Failure">Why it ended.</param>
    /// <param name="Then">What follows.</param>
    /// <param name="First">Where the server sent us.</param>
    /// <param name="NewResource">The old resource is somebody else's now.</param>
    private readonly record struct ConnectionEnd(SessionFailure Failure, Afterwards Then, ServerTarget? First = null, bool NewResource = false);
}
