using System.Collections.Immutable;
using Ferry.Net.Relaying;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// A relay's HTTP side (bs-proxy): either end of a bytestream may be a POST or a GET instead of a SOCKS5 connection. Who waits for whom stays the relay's
/// business; this keeps the URLs, answers the requests and moves the bytes of the streams that have an HTTP end. Stop the relay first: its transfers need the listener to the end.
/// </summary>
public sealed class BridgeService : IAsyncDisposable
{
    /// <summary>How long the URLs of an ended transfer are told from ones that never were.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(120);

    /// <summary>How often clocks are looked at.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>In which an answer leaves.</summary>
    private static readonly TimeSpan AnswerLeaves = TimeSpan.FromMilliseconds(100);

    /// <summary>Remembered URLs of ended transfers; one more forgets the oldest.</summary>
    private const int MaxRemembered = 4096;

    private readonly RelayService _relay;
    private readonly BridgeOptions _options;
    private readonly ServiceOptions _common;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly Queue<(long Ended, string Upload, string Download)> _ended = [];
    private readonly HashSet<Running> _running = [];
    private readonly UserShares _shares;
    private readonly Dictionary<Jid, DayQuota> _quotas = [];
    private readonly CancellationTokenSource _stop = new();
    private BridgeListener _listener = null!;
    private Uri _base = null!;
    private Task _watching = Task.CompletedTask;

    private BridgeService(RelayService relay, BridgeOptions options, ServiceOptions common)
    {
        // A bound of the relay's is not to be got round by HTTP.
        (_relay, _common) = (relay, common);
        _options = relay.MaxBytes is { } most && !(options.MaxBytes <= most) ? options with { MaxBytes = most } : options;
        _shares = new UserShares(options.MaxTransfersPerUser, null, common.TimeProvider);
    }

    /// <summary>What all its URLs begin with.</summary>
    public Uri PublicUrl => _base;

    /// <summary>Where it listens, as URLs.</summary>
    public IReadOnlyList<Uri> Addresses => _listener.Addresses;

    internal BridgeOptions Options => _options;

    internal TimeProvider Time => _common.TimeProvider;

    /// <summary>Whether a sender, or a receiver, is there whose other end is not. For tests.</summary>
    internal bool Waits(bool sender) => Snapshot().Any(one => sender ? one.Transfer.SenderCame : one.Transfer.ReceiverCame);

    /// <summary>Begins to listen, and makes it a feature of the relay, which nothing is attached to yet.</summary>
    /// <exception cref="IOException">An address cannot be listened on.</exception>
    public static async Task<BridgeService> StartAsync(RelayService relay, BridgeOptions options, ServiceOptions common, CancellationToken cancellationToken)
    {
        var bridge = new BridgeService(relay, options, common);
        bridge._listener = await BridgeListener.StartAsync(options, bridge.AnswerAsync, cancellationToken).ConfigureAwait(false);
        bridge._base = options.PublicUrl ?? bridge.Addresses[0];
        if (!bridge._base.AbsolutePath.EndsWith('/')) bridge._base = new Uri(bridge._base.AbsoluteUri + "/");
        bridge._watching = bridge.WatchAsync(bridge._stop.Token);
        relay.Attach(bridge);
        common.Logger.LogInformation("bridge {Address} at {EndPoints}, called {Url}", relay.Entity.Address.Domain, string.Join(", ", bridge.Addresses), bridge._base);
        return bridge;
    }

    /// <summary>Ends what runs, and listens no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        foreach (var running in Snapshot()) running.Transfer.Fail(BridgeEnding.Stopped);
        await _listener.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Whether this user may have one more transfer now; then <see cref="GiveBack"/> ends that.</summary>
    internal StanzaError? TryTake(Jid user)
    {
        lock (_lock)
        {
            if (Quota(user).IsSpent) return new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "you have moved all that you may in a day");
            return _shares.TryTake(user, out _) ? null : BridgeErrors.TooMany;
        }
    }

    /// <summary>Whether this one may have the bridge receive in its stead, whoever sends.</summary>
    internal bool MayConnect(Jid receiver) => _options.AllowConnect is { } own ? own.Has(receiver) : _relay.Allows(receiver);

    /// <summary>The same for what this sender has for it.</summary>
    internal bool MayConnect(Jid receiver, Jid sender) => MayConnect(receiver) || (_options.AllowConnect is null && _relay.Allows(sender));

    /// <summary>Whether this one may upload.</summary>
    internal bool MayActivate(Jid sender) => _options.AllowActivate is { } own ? own.Has(sender) : _relay.Allows(sender);

    internal void GiveBack(Jid user)
    {
        lock (_lock) _shares.GiveBack(user);
    }

    /// <summary>A stream begins, for which <see cref="TryTake"/> was called: its URLs open.</summary>
    internal BridgeTransfer Begin(BridgeStream stream, ImmutableArray<RateLimit> rates, out Uri upload)
    {
        var (up, down) = (BridgeToken.Create(), BridgeToken.Create());
        upload = new Uri(_base, "upload/" + up);
        lock (_lock)
        {
            var transfer = new BridgeTransfer(stream, _options, rates, Quota(stream.Owner.Bare), _common.TimeProvider);
            var running = new Running(transfer, BridgeToken.Digest(up), BridgeToken.Digest(down), new Uri(_base, down));
            if (stream.WebSender) _claims[running.Upload] = new Claim(transfer, IsUpload: true);
            if (stream.WebReceiver is not null) _claims[running.Download] = new Claim(transfer, IsUpload: false);
            _running.Add(running);
            _ = FollowAsync(running);
            return transfer;
        }
    }

    /// <summary>Tells a receiver behind HTTP where to fetch it (bs-proxy, step II.2).</summary>
    internal async Task NotifyAsync(BridgeTransfer transfer, CancellationToken cancellationToken)
    {
        if (transfer.Stream.WebReceiver is null) return;
        Uri? download;
        lock (_lock) download = _running.FirstOrDefault(one => one.Transfer == transfer)?.DownloadUrl;
        if (download is null) return;
        var notice = new BridgeActivated(download, transfer.Stream.Address).ToElement();
        if (!await SendAsync(transfer.Stream.Receiver, notice, cancellationToken).ConfigureAwait(false)) transfer.Fail(BridgeEnding.NeverFetched);
    }

    /// <summary>The same, behind the answer that is about to leave.</summary>
    internal void NotifySoon(BridgeTransfer transfer) => _ = SoonAsync(transfer);

    private async Task SoonAsync(BridgeTransfer transfer)
    {
        try
        {
            await Task.Delay(AnswerLeaves, _common.TimeProvider, _stop.Token).ConfigureAwait(false);
            await NotifyAsync(transfer, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The end of everything.
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            BridgeAnswers.SetOrigin(context, _options.Origins);
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (Exception wrong) when (wrong is not OperationCanceledException)
        {
            _common.Logger.LogError(wrong, "the bridge could not answer a request");
            if (context.Response.HasStarted) context.Abort();
            else await BridgeAnswers.WriteAsync(context, 500, "internal fault").ConfigureAwait(false);
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var method = context.Request.Method;
        if (HttpMethods.IsOptions(method))
        {
            BridgeAnswers.Preflight(context.Response);
            return Task.CompletedTask;
        }

        if (_options.LegacyUpload && context.Request.Path.Value?.EndsWith("/upload", StringComparison.Ordinal) == true)
        {
            return HttpMethods.IsPost(method) ? LegacyUploadRequest.RunAsync(context, _options, FindUpload) : BridgeAnswers.WriteAsync(context, 405, "POST", "POST, OPTIONS");
        }

        if (Find(context.Request.Path.Value) is not { } claim) return BridgeAnswers.WriteAsync(context, 404, "there is nothing here");
        if (claim.Transfer.Decided.IsCompleted) return BridgeAnswers.WriteAsync(context, claim.IsUsed ? 409 : 410, "that transfer has ended");
        if (claim.IsUpload)
        {
            return HttpMethods.IsPost(method) || HttpMethods.IsPut(method)
                ? UploadRequest.RunAsync(context, claim.Transfer, _options)
                : BridgeAnswers.WriteAsync(context, 405, "POST or PUT", "POST, PUT, OPTIONS");
        }

        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method)
            ? DownloadRequest.RunAsync(context, claim.Transfer)
            : BridgeAnswers.WriteAsync(context, 405, "GET or HEAD", "GET, HEAD, OPTIONS");
    }

    // By the last part alone: what a reverse proxy makes of the path before it is its own business.
    private Claim? Find(string? path)
    {
        var token = path.AsSpan(path.AsSpan().LastIndexOf('/') + 1);
        if (token.Length != BridgeToken.Length) return null;
        var digest = BridgeToken.Digest(token.ToString());
        lock (_lock) return _claims.GetValueOrDefault(digest);
    }

    private BridgeTransfer? FindUpload(DestinationAddress stream)
    {
        lock (_lock) return _running.FirstOrDefault(one => one.Transfer.Stream.WebSender && one.Transfer.Stream.Address == stream)?.Transfer;
    }

    private DayQuota Quota(Jid user)
    {
        if (!_quotas.TryGetValue(user, out var quota)) _quotas[user] = quota = new DayQuota(user, _options.BytesPerDay, _common.TimeProvider);
        return quota;
    }

    private ImmutableArray<Running> Snapshot()
    {
        lock (_lock) return [.. _running];
    }

    private async Task FollowAsync(Running running)
    {
        var transfer = running.Transfer;
        await transfer.Gone.ConfigureAwait(false);
        lock (_lock)
        {
            _running.Remove(running);
            _ended.Enqueue((_common.TimeProvider.GetTimestamp(), running.Upload, running.Download));
            Forget();
        }

        Tell(running);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(WatchInterval, _common.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var running in Snapshot())
                {
                    running.Transfer.Watch();
                    if (_common.TimeProvider.GetElapsedTime(running.Told) >= _options.ProgressInterval) Tell(running);
                }

                lock (_lock) Forget();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Under the lock.
    private void Forget()
    {
        while (_ended.TryPeek(out var oldest) && (_ended.Count > MaxRemembered || _common.TimeProvider.GetElapsedTime(oldest.Ended) >= Remembered))
        {
            _ended.Dequeue();
            _claims.Remove(oldest.Upload);
            _claims.Remove(oldest.Download);
        }

        foreach (var user in _quotas.Values.Where(quota => quota.IsFresh && !_shares.Has(quota.User)).Select(quota => quota.User).ToList()) _quotas.Remove(user);
    }

    // How far it is (bs-proxy, part III): while bytes move, and once at the end. Nobody waits for it, and a notice that is still under way is not overtaken.
    private void Tell(Running running)
    {
        var transfer = running.Transfer;
        var delivered = transfer.Delivered;
        running.Told = _common.TimeProvider.GetTimestamp();
        var isWhole = transfer.Decided is { IsCompletedSuccessfully: true, Result: BridgeEnding.Done };
        if (!running.Telling.IsCompleted || (delivered == running.ToldBytes && !isWhole)) return;
        running.ToldBytes = delivered;
        var progress = new BridgeProgress(transfer.Stream.Address, delivered, transfer.Size ?? (isWhole ? delivered : transfer.Estimate)).ToElement();
        running.Telling = TellAsync(transfer.Stream, progress);
    }

    private async Task TellAsync(BridgeStream stream, Element progress)
    {
        try
        {
            if (stream.WebReceiver is not null) await SendAsync(stream.Receiver, progress, _stop.Token).ConfigureAwait(false);
            if (stream.TellsSender) await SendAsync(stream.Sender, progress, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is OperationCanceledException or ObjectDisposedException)
        {
            // The end of everything.
        }
    }

    // OneTeam never answered these: no answer is waited for.
    private ValueTask<bool> SendAsync(Jid to, Element payload, CancellationToken cancellationToken) =>
        _relay.Entity.SendAsync(new Iq(IqType.Set, BridgeToken.Create()[..16], _relay.Entity.Address, to, payload).ToElement(), cancellationToken);

    /// <summary>What a URL opens.</summary>
    private sealed record Claim(BridgeTransfer Transfer, bool IsUpload)
    {
        public bool IsUsed => IsUpload && Transfer.SenderCame;
    }

    private sealed class Running(BridgeTransfer transfer, string upload, string download, Uri downloadUrl)
    {
        public BridgeTransfer Transfer => transfer;

        /// <summary>The tokens' digests.</summary>
        public string Upload => upload;

        public string Download => download;

        public Uri DownloadUrl => downloadUrl;

        public long Told { get; set; } = transfer.Began;

        public long ToldBytes { get; set; }

        public Task Telling { get; set; } = Task.CompletedTask;
    }
}
