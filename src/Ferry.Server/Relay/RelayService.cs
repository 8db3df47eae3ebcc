using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ferry.Net.Relaying;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Relaying;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Hosting;
using Ferry.Server.HttpBridge;
using Ferry.Server.Services;
using Ferry.Server.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Relay;

/// <summary>
/// A SOCKS5 bytestreams proxy (XEP-0065 §6): an address that answers who and where it is, connections that wait under a stream's hash, and the requester's order
/// that joins two of them. Attached by <see cref="Services"/> to any server. Losing that server doesn't touch streams that run.
/// </summary>
public sealed partial class RelayService : IRelayGate, IDrainable, IAsyncDisposable
{
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromSeconds(1);

    private readonly RelayOptions _options;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly RelayBook<IRelayParty> _book;
    private readonly Dictionary<RelayConnection, (DestinationAddress Stream, SocketParty Party)> _parties = [];
    private readonly Dictionary<System.Net.IPAddress, int> _waitingFrom = [];
    private readonly UserShares _shares;
    private readonly RateLimit? _rate;
    private readonly HashSet<RelayFlow> _flows = [];
    private readonly CancellationTokenSource _stop = new();
    private IRelayEngine _engine = null!;
    private Task _expiry = Task.CompletedTask;
    private bool _draining;
    private int _running;
    private TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RelayService(Jid address, RelayOptions options, ServiceOptions common)
    {
        (_options, _log, _time) = (options, common.Logger, common.TimeProvider);
        _book = new RelayBook<IRelayParty>(new RelayBookOptions { PairingTime = options.PairingTime, MaxWaiting = options.MaxWaiting });
        _shares = new UserShares(options.MaxStreamsPerUser, options.RatePerUser, _time);
        _rate = options.Rate is { } rate ? new RateLimit(rate, _time) : null;
        Entity = new ServiceEntity(address, new DiscoIdentity("proxy", "bytestreams", "Ferry's relay"), common);
        Entity.Add(new BytestreamsFeature(this));
    }

    /// <summary>Its address, to be attached to a server.</summary>
    public ServiceEntity Entity { get; }

    /// <summary>What it tells clients to connect to.</summary>
    public ImmutableArray<Streamhost> Streamhosts { get; private set; } = [];

    /// <summary>How bytes are moved: <c>splice</c> or <c>copy</c>.</summary>
    public string Method => _engine.Method;

    /// <summary>Streams that wait for their other half or for activation.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _book.Waiting;
        }
    }

    /// <inheritdoc/>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Begins to listen. False, with the address and why, when one of the addresses can't be had.</summary>
    public static bool TryStart(Jid address, RelayOptions options, ServiceOptions common, [NotNullWhen(true)] out RelayService? relay, [NotNullWhen(false)] out string? failure)
    {
        var service = new RelayService(address, options, common);
        var engine = new RelayEngineOptions
        {
            Listen = options.Listen,
            HandshakeTime = options.HandshakeTime,
            MaxHandshakes = options.MaxHandshakes,
            PortIsWish = options.PortIsWish,
            TimeProvider = common.TimeProvider,
        };
        // Under the lock, so that who connects at once finds it whole.
        lock (service._lock)
        {
            relay = RelayEngines.TryStart(engine, service, options.Portable, out var started, out failure) ? service : null;
            relay?.Begin(started!);
            return relay is not null;
        }
    }

    /// <summary>Where a server's own relay is found.</summary>
    public static Jid AddressAt(Jid server) => Jid.Parse("proxy." + server.Domain);

    /// <summary>Whether this one may use the relay.</summary>
    public bool Allows(Jid who) => _options.Allow.Has(who);

    /// <summary>The requester's order (XEP-0065 section 6.3.5): joins the two that wait. Null: done.</summary>
    /// <param name="bridged">What moves the bytes where the receiver is behind HTTP.</param>
    internal StanzaError? Activate(Jid requester, BytestreamsActivation order, out BridgeTransfer? bridged)
    {
        bridged = null;
        if (!Allows(requester)) return new StanzaError(ErrorType.Auth, ErrorCondition.Forbidden, "this relay is not for you");
        var stream = DestinationAddress.Compute(order.Sid, requester.ToString(), order.Target.ToString());
        lock (_lock)
        {
            var web = _webReceivers.GetValueOrDefault(stream);
            if (Admit(requester, web is not null, out var share) is { } refusal) return refusal;
            var verdict = _book.Activate(stream, out var first, out var second);
            if (verdict != RelayActivation.Active)
            {
                GiveBack(requester, web is not null);
                return Refusal(verdict);
            }

            Forget(first!);
            Forget(second!);
            var active = new ActiveStream(stream, requester, requester, order.Target, _time.GetTimestamp());
            if ((first, second) is (SocketParty one, SocketParty other)) Join(one.Connection, other.Connection, active, share!);
            else bridged = Bridged(active, web!, (SocketParty)(first is SocketParty ? first : second!), share!);
            return null;
        }
    }

    /// <inheritdoc/>
    Socks5ReplyCode IRelayGate.Arrived(RelayConnection connection, DestinationAddress destination)
    {
        lock (_lock)
        {
            var from = connection.Remote.Address;
            var waiting = _waitingFrom.GetValueOrDefault(from);
            if (_draining || waiting >= _options.MaxWaitingPerAddress) return Socks5ReplyCode.NotAllowed;
            var party = new SocketParty(connection);
            var arrival = _book.Arrive(destination, party, _time.GetUtcNow());
            if (!arrival.IsIn) return Socks5ReplyCode.NotAllowed;
            _parties[connection] = (destination, party);
            _waitingFrom[from] = waiting + 1;
            foreach (var gone in arrival.Removed) Dismiss(gone);
            return Socks5ReplyCode.Succeeded;
        }
    }

    /// <inheritdoc/>
    void IRelayGate.Left(RelayConnection connection)
    {
        lock (_lock)
        {
            if (!_parties.TryGetValue(connection, out var known)) return;
            Forget(known.Party);
            _book.Leave(known.Stream, known.Party);
        }
    }

    /// <inheritdoc/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _draining = true;
            foreach (var party in _book.Clear()) Dismiss(party);
            if (_running == 0) _quiet.TrySetResult();
        }

        _engine.StopListening();
        await using var late = cancellationToken.Register(CancelAll).ConfigureAwait(false);
        await _quiet.Task.ConfigureAwait(false);
    }

    /// <summary>Ends what runs, and listens no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _expiry.ConfigureAwait(false);
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await DrainAsync(now.Token).ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
        await Entity.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    // Under the lock.
    private StanzaError? Admit(Jid requester, bool isBridged, out UserShares.Share? share)
    {
        share = null;
        if (_draining) return new StanzaError(ErrorType.Wait, ErrorCondition.ServiceUnavailable, "the relay stops");
        if (_book.Active + _downloads.Count >= _options.MaxStreams) return TooMany("the relay has all the streams that it can");
        if (!_shares.TryTake(requester.Bare, out share)) return TooMany($"you have {_options.MaxStreamsPerUser} streams already");
        var refusal = isBridged ? Bridge!.TryTake(requester.Bare) : null;
        if (refusal is not null) _shares.GiveBack(requester.Bare);
        return refusal;
    }

    // Under the lock.
    private void GiveBack(Jid requester, bool isBridged)
    {
        _shares.GiveBack(requester.Bare);
        if (isBridged) Bridge!.GiveBack(requester.Bare);
    }

    private static StanzaError TooMany(string text) => new(ErrorType.Wait, ErrorCondition.ResourceConstraint, text);

    private static StanzaError Refusal(RelayActivation verdict) => verdict switch
    {
        RelayActivation.Unknown => new StanzaError(ErrorType.Cancel, ErrorCondition.ItemNotFound, "nobody has connected for that stream"),
        RelayActivation.Incomplete => new StanzaError(ErrorType.Cancel, ErrorCondition.NotAllowed, "only one side has connected so far"),
        _ => new StanzaError(ErrorType.Cancel, ErrorCondition.Conflict, "that stream is active already"),
    };

    private void Begin(IRelayEngine engine)
    {
        _engine = engine;
        Streamhosts = StreamhostList.Of(Entity.Address, _options.Advertise, engine.EndPoints);
        _expiry = ExpireAsync(_stop.Token);
        _log.LogInformation("relay {Address} at {EndPoints}, by {Method}", Entity.Address.Domain, string.Join(", ", engine.EndPoints), engine.Method);
    }

    // Under the lock: the flow must be known before it can end.
    private void Join(RelayConnection first, RelayConnection second, ActiveStream stream, UserShares.Share share)
    {
        ImmutableArray<RateLimit> rates = [.. Rates(share)];
        var flow = _engine.Join(first, second, new RelayTerms { Idle = _options.IdleTime, MaxBytes = _options.MaxBytes ?? long.MaxValue, Rates = rates });
        _flows.Add(flow);
        _running++;
        RelayMetrics.Active.Add(1);
        _ = WatchAsync(flow, stream);
    }

    private IEnumerable<RateLimit> Rates(UserShares.Share share)
    {
        if (_options.RatePerStream is { } own) yield return new RateLimit(own, _time);
        if (share.Rate is { } user) yield return user;
        if (_rate is { } all) yield return all;
    }

    private async Task WatchAsync(RelayFlow flow, ActiveStream stream)
    {
        var ending = await flow.Ended.ConfigureAwait(false);
        var bytes = flow.Forward + flow.Backward;
        Ended(stream, "s5b-proxy", bytes, ending.Name());
        lock (_lock)
        {
            _flows.Remove(flow);
            Over(stream, isBridged: false);
        }
    }

    private void Ended(ActiveStream stream, string method, long bytes, string ending)
    {
        TransferLog.Ended(_log, new TransferEnd(stream.Requester, stream.Target, method, bytes, _time.GetElapsedTime(stream.Since), ending));
        RelayMetrics.Ended.Add(1, new("ferry.ending", ending), new("ferry.method", method));
        RelayMetrics.Bytes.Add(bytes);
        RelayMetrics.Active.Add(-1);
    }

    // Under the lock.
    private void Over(ActiveStream stream, bool isBridged)
    {
        _book.End(stream.Address);
        GiveBack(stream.Owner, isBridged);
        _running--;
        if (_draining && _running == 0) _quiet.TrySetResult();
    }

    private void CancelAll()
    {
        RelayFlow[] running;
        BridgeTransfer[] bridged;
        lock (_lock)
        {
            (running, bridged) = ([.. _flows], [.. _bridged]);
            foreach (var download in _downloads) download.CancelAfter(TimeSpan.Zero);
        }

        foreach (var flow in running) flow.Cancel();
        foreach (var transfer in bridged) transfer.Fail(BridgeEnding.Stopped);
    }

    private async Task ExpireAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ExpiryInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    foreach (var party in _book.Expire(_time.GetUtcNow())) Dismiss(party);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Dismiss(IRelayParty party)
    {
        Forget(party);
        if (party is SocketParty socket) _engine.Drop(socket.Connection);
    }

    private void Forget(IRelayParty party)
    {
        if (party is WebReceiver web) _webReceivers.Remove(web.Stream);
        if (party is not SocketParty socket || !_parties.Remove(socket.Connection)) return;
        var from = socket.Connection.Remote.Address;
        if (--_waitingFrom[from] == 0) _waitingFrom.Remove(from);
    }

    /// <summary>A stream that runs, for its last line.</summary>
    private sealed record ActiveStream(DestinationAddress Address, Jid Owner, Jid Requester, Jid Target, long Since);
}
