using System.Collections.Immutable;
using System.Net.Sockets;
using Ferry.Net.Relaying;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Relaying;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Server.HttpBridge;

namespace Ferry.Server.Relay;

/// <summary>Streams with an end behind HTTP: they wait in the same book, but their bytes are a <see cref="BridgeTransfer"/>'s business.</summary>
public sealed partial class RelayService
{
    private readonly Dictionary<DestinationAddress, WebReceiver> _webReceivers = [];
    private readonly HashSet<BridgeTransfer> _bridged = [];
    private readonly HashSet<CancellationTokenSource> _downloads = [];

    /// <summary>Its HTTP side, when that runs.</summary>
    internal BridgeService? Bridge { get; private set; }

    /// <summary>Bytes that one stream may have.</summary>
    internal long? MaxBytes => _options.MaxBytes;

    /// <summary>Gives it its HTTP side; before it is attached to anything.</summary>
    internal void Attach(BridgeService bridge)
    {
        Bridge = bridge;
        Entity.Add(new BridgeFeature(this, bridge));
    }

    /// <summary>Whether this streamhost is the relay itself.</summary>
    internal bool IsOwn(Streamhost streamhost) =>
        streamhost.Jid == Entity.Address || Streamhosts.Any(own => own.Port == streamhost.Port && own.Host.Equals(streamhost.Host, StringComparison.OrdinalIgnoreCase));

    /// <summary>A receiver behind HTTP waits from now on. Null: it does.</summary>
    internal StanzaError? Arrive(Jid receiver, BridgeConnect connect, BridgeOptions bounds)
    {
        var stream = DestinationAddress.Compute(connect.Sid, connect.Sender.ToString(), receiver.ToString());
        lock (_lock)
        {
            if (_draining) return BridgeErrors.Unavailable;
            if (_webReceivers.ContainsKey(stream)) return BridgeErrors.Conflict;
            if (IsCrowded(receiver, bounds)) return BridgeErrors.TooMany;
            var web = new WebReceiver(stream, connect.Sender, receiver, connect.Size, connect.Name, connect.Type);
            var arrival = _book.Arrive(stream, web, _time.GetUtcNow());
            if (!arrival.IsIn) return BridgeErrors.Conflict;
            _webReceivers[stream] = web;
            foreach (var gone in arrival.Removed) Dismiss(gone);
            return null;
        }
    }

    /// <summary>The order of a requester who will upload (bs-proxy, step I.2). Null: done.</summary>
    internal StanzaError? ActivateForUpload(Jid requester, BridgeActivation order, out BridgeTransfer? transfer, out Uri? upload)
    {
        (transfer, upload) = (null, null);
        if (!Bridge!.MayActivate(requester)) return BridgeErrors.Forbidden;
        var stream = DestinationAddress.Compute(order.Activation.Sid, requester.ToString(), order.Activation.Target.ToString());
        lock (_lock)
        {
            var web = _webReceivers.GetValueOrDefault(stream);
            if (order.Size is { } said && web?.Size is { } heard && said != heard) return new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest, "the receiver was told another size");
            if (Admit(requester, isBridged: true, out var share) is { } refusal) return refusal;
            var verdict = _book.ActivateAs(stream, new WebSender(), out var target);
            if (verdict != RelayActivation.Active)
            {
                GiveBack(requester, isBridged: true);
                return verdict == RelayActivation.Unknown ? BridgeErrors.NotFound : BridgeErrors.Conflict;
            }

            Forget(target!);
            var active = new ActiveStream(stream, requester, requester, order.Activation.Target, _time.GetTimestamp());
            var bridged = new BridgeStream(stream, requester, requester, order.Activation.Target, WebSender: true, order.Progress, web, order.Size ?? web?.Size) { IsSpooled = Spools(web) };
            transfer = Begin(active, bridged, share!, out upload);
            if (target is SocketParty socket) ReceiveAt(transfer, socket);
            return null;
        }
    }

    /// <summary>We have connected elsewhere in a receiver's stead: its stream begins, without anybody's order. Null: done, and the socket is its.</summary>
    internal StanzaError? BeginForeign(Jid receiver, BridgeConnect connect, Socket socket, BridgeOptions bounds, out BridgeTransfer? transfer)
    {
        transfer = null;
        if (Arrive(receiver, connect, bounds) is { } refusal) return refusal;
        var stream = DestinationAddress.Compute(connect.Sid, connect.Sender.ToString(), receiver.ToString());
        lock (_lock)
        {
            if (!_webReceivers.Remove(stream, out var web)) return BridgeErrors.Internal;
            if (Admit(receiver, isBridged: true, out var share) is { } none)
            {
                _book.Leave(stream, web);
                return none;
            }

            if (_book.ActivateAs(stream, new WebSender(), out _) != RelayActivation.Active)
            {
                GiveBack(receiver, isBridged: true);
                _book.Leave(stream, web);
                return BridgeErrors.Conflict;
            }

            var active = new ActiveStream(stream, receiver, connect.Sender, receiver, _time.GetTimestamp());
            var begun = Begin(active, new BridgeStream(stream, receiver, connect.Sender, receiver, WebSender: false, TellsSender: false, web, web.Size), share!, out _);
            begun.TryTakeSender();
            _ = Task.Run(() => SocketEnds.SendAsync(begun, socket, _time));
            transfer = begun;
            return null;
        }
    }

    /// <summary>
    /// A stored file of this bare JID's is fetched: that counts as a stream and has its bandwidth until <see cref="EndDownload"/>. What comes back says when to stop; null: the relay
    /// stops, or there are as many streams as there may be.
    /// </summary>
    internal CancellationTokenSource? TryBeginDownload(Jid owner, out ImmutableArray<RateLimit> rates)
    {
        rates = [];
        lock (_lock)
        {
            if (_draining || _book.Active + _downloads.Count >= _options.MaxStreams || !_shares.TryTake(owner, out var share)) return null;
            rates = [.. Rates(share)];
            var stop = new CancellationTokenSource();
            _downloads.Add(stop);
            _running++;
            RelayMetrics.Active.Add(1);
            return stop;
        }
    }

    internal void EndDownload(Jid owner, CancellationTokenSource stop)
    {
        RelayMetrics.Active.Add(-1);
        lock (_lock)
        {
            _downloads.Remove(stop);
            _shares.GiveBack(owner);
            if (--_running == 0 && _draining) _quiet.TrySetResult();
        }

        stop.Dispose();
    }

    // A receiver behind HTTP need not be there while the sender is, where there is a disk to wait on.
    private bool Spools(WebReceiver? web) => web is not null && Bridge!.Spool is not null;

    // Under the lock.
    private bool IsCrowded(Jid receiver, BridgeOptions bounds)
    {
        if (_webReceivers.Count >= bounds.MaxWaiting) return true;
        if (_webReceivers.Values.Count(other => other.Receiver.Bare == receiver.Bare) >= bounds.MaxTransfersPerUser) return true;
        if (Bridge!.MayConnect(receiver)) return false;
        // Half of the places stay with the audience, whatever strangers do.
        var strangers = _webReceivers.Values.Where(other => !Bridge.MayConnect(other.Receiver)).ToList();
        return strangers.Count >= bounds.MaxWaiting / 2 || strangers.Count(other => other.Receiver.Domain == receiver.Domain) >= bounds.MaxWaitingPerForeignDomain;
    }

    // Under the lock.
    private BridgeTransfer Bridged(ActiveStream active, WebReceiver web, SocketParty sender, UserShares.Share share)
    {
        var bridged = new BridgeStream(active.Address, active.Owner, active.Requester, active.Target, WebSender: false, TellsSender: false, web, web.Size) { IsSpooled = Spools(web) };
        var transfer = Begin(active, bridged, share, out _);
        transfer.TryTakeSender();
        _ = PumpAsync(sender, socket => SocketEnds.SendAsync(transfer, socket, _time));
        return transfer;
    }

    private void ReceiveAt(BridgeTransfer transfer, SocketParty receiver)
    {
        transfer.TryTakeReceiver();
        _ = PumpAsync(receiver, socket => SocketEnds.ReceiveAsync(transfer, socket, _time));
    }

    private async Task PumpAsync(SocketParty party, Func<Socket?, Task> pump)
    {
        // Whoever calls has the lock.
        await Task.Yield();
        await pump(await _engine.TakeAsync(party.Connection).ConfigureAwait(false)).ConfigureAwait(false);
    }

    // Under the lock.
    private BridgeTransfer Begin(ActiveStream active, BridgeStream bridged, UserShares.Share share, out Uri upload)
    {
        ImmutableArray<RateLimit> rates = [.. Rates(share)];
        var transfer = Bridge!.Begin(bridged, rates, out upload);
        _bridged.Add(transfer);
        _running++;
        RelayMetrics.Active.Add(1);
        _ = WatchAsync(transfer, active);
        return transfer;
    }

    private async Task WatchAsync(BridgeTransfer transfer, ActiveStream active)
    {
        var ending = await transfer.Gone.ConfigureAwait(false);
        Ended(active, "http-bridge", transfer.Delivered, ending.Name());
        lock (_lock)
        {
            _bridged.Remove(transfer);
            Over(active, isBridged: true);
        }
    }
}
