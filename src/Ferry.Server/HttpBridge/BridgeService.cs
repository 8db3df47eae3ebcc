using System.Collections.Immutable;
using Ferry.Net.Relaying;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.HttpBridge;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Server.Relay;
using Ferry.Server.Services;
using Ferry.Server.Transfers;
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
    private SpoolStore? _spool;
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

    /// <summary>Files that wait on disk for their receivers; null: none do.</summary>
    internal SpoolStore? Spool => _spool;

    internal TimeProvider Time => _common.TimeProvider;

    /// <summary>Whether a sender, or a receiver, is there whose other end is not. For tests.</summary>
    internal bool Waits(bool sender) => Snapshot().Any(one => sender ? one.Transfer.SenderCame : one.Transfer.ReceiverCame);

    /// <summary>Begins to listen, and makes it a feature of the relay, which nothing is attached to yet.</summary>
    /// <exception cref="IOException">An address cannot be listened on, or the spool's folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The spool's folder is somebody else's.</exception>
    public static async Task<BridgeService> StartAsync(RelayService relay, BridgeOptions options, ServiceOptions common, CancellationToken cancellationToken)
    {
        var bridge = new BridgeService(relay, options, common);
        bridge._spool = options.Spool is { } spool ? SpoolStore.Open(spool, common.TimeProvider, common.Logger) : null;
        try
        {
            bridge._listener = await BridgeListener.StartAsync(options, bridge.AnswerAsync, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            bridge._spool?.Dispose();
            throw;
        }

        bridge._base = options.PublicUrl ?? Called(bridge.Addresses[0], options.PublicAddress);
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
        _spool?.Dispose();
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
            var draft = stream.IsSpooled ? _spool!.TryBegin(stream.Owner.Bare) : null;
            var transfer = new BridgeTransfer(stream, _options, rates, Quota(stream.Owner.Bare), _common.TimeProvider) { Draft = draft };
            var running = new Running(transfer, BridgeToken.Digest(up), BridgeToken.Digest(down), new Uri(_base, down));
            if (stream.WebSender) _claims[running.Upload] = new Claim(transfer, IsUpload: true);
            if (stream.WebReceiver is not null && !stream.IsSpooled) _claims[running.Download] = new Claim(transfer, IsUpload: false);
            _running.Add(running);
            _ = FollowAsync(running);
            if (draft is not null) Store(transfer, draft, running);
            else if (stream.IsSpooled) transfer.Fail(BridgeEnding.SpoolFull);
            return transfer;
        }
    }

    // Under the lock. The disk is the receiver's end, from now on.
    private void Store(BridgeTransfer transfer, SpoolDraft draft, Running running)
    {
        transfer.TryTakeReceiver();
        var notice = new BridgeActivated(running.DownloadUrl, transfer.Stream.Address).ToElement();
        _ = Task.Run(() => SpoolEnd.ReceiveAsync(
            transfer, draft, _spool!, running.Download, async () => await SendAsync(transfer.Stream.Receiver, notice, _stop.Token).ConfigureAwait(false), _common.TimeProvider, _common.Logger));
    }

    /// <summary>Tells a receiver behind HTTP where to fetch it (bs-proxy, step II.2).</summary>
    internal async Task NotifyAsync(BridgeTransfer transfer, CancellationToken cancellationToken)
    {
        // Who gets it from disk hears of it when it is there.
        if (transfer.Stream.WebReceiver is null || transfer.Stream.IsSpooled) return;
        Uri? download;
        lock (_lock) download = _running.FirstOrDefault(one => one.Transfer == transfer)?.DownloadUrl;
        if (download is null) return;
        var notice = new BridgeActivated(download, transfer.Stream.Address).ToElement();
        if (!await SendAsync(transfer.Stream.Receiver, notice, cancellationToken).ConfigureAwait(false)) transfer.Fail(BridgeEnding.NeverFetched);
    }

    /// <summary>The same, behind the answer that is about to leave.</summary>
    internal void NotifySoon(BridgeTransfer transfer) => _ = SoonAsync(transfer);

    private static Uri Called(Uri listening, System.Net.IPAddress? address) => address is null ? listening : new UriBuilder(listening) { Host = address.ToString() }.Uri;

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
            BridgeAnswers.Preflight(context.Response, _spool is not null);
            return Task.CompletedTask;
        }

        if (_options.LegacyUpload && context.Request.Path.Value?.EndsWith("/upload", StringComparison.Ordinal) == true)
        {
            return HttpMethods.IsPost(method) ? LegacyUploadRequest.RunAsync(context, _options, FindUpload) : BridgeAnswers.WriteAsync(context, 405, "POST", "POST, OPTIONS");
        }

        var digest = Digest(context.Request.Path.Value);
        if (digest is null || Find(digest) is not { } claim) return StoredAsync(context, digest);
        if (claim.Transfer.Decided is { IsCompletedSuccessfully: true, Result: BridgeEnding.SpoolFull } && !claim.IsUsed) return BridgeAnswers.WriteAsync(context, 507, "there is no room to keep it");
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

    // A file that waits on disk, or nothing.
    private Task StoredAsync(HttpContext context, string? digest)
    {
        var isGone = false;
        if (digest is null || _spool?.TryFind(digest, out var file, out isGone) != true) return BridgeAnswers.WriteAsync(context, isGone ? 410 : 404, isGone ? "that file has gone" : "there is nothing here");
        return HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? FetchAsync(context, file!)
            : BridgeAnswers.WriteAsync(context, 405, "GET or HEAD", "GET, HEAD, OPTIONS");
    }

    private async Task FetchAsync(HttpContext context, SpooledFile file)
    {
        if (_relay.TryBeginDownload(file.Owner, out var rates) is not { } stop)
        {
            await BridgeAnswers.WriteAsync(context, 503, "too much is under way; try again").ConfigureAwait(false);
            return;
        }

        var isDone = false;
        try
        {
            isDone = await new SpoolDownload(context, file, _spool!, new SpoolReader(rates, _common.TimeProvider, stop.Token)).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _relay.EndDownload(file.Owner, stop);
        }

        if (isDone) Gone(file, BridgeEnding.Done);
    }

    private void Gone(SpooledFile file, BridgeEnding ending)
    {
        var waited = _common.TimeProvider.GetUtcNow() - file.Record.Stored;
        TransferLog.Ended(_common.Logger, new TransferEnd(file.Sender, file.Receiver, "http-bridge", ending == BridgeEnding.Done ? file.Size : 0, waited, ending.Name()));
        RelayMetrics.Ended.Add(1, new("ferry.ending", ending.Name()), new("ferry.method", "http-bridge"));
    }

    // By the last part alone: what a reverse proxy makes of the path before it is its own business.
    private static string? Digest(string? path)
    {
        var token = path.AsSpan(path.AsSpan().LastIndexOf('/') + 1);
        return token.Length == BridgeToken.Length ? BridgeToken.Digest(token.ToString()) : null;
    }

    private Claim? Find(string digest)
    {
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

                foreach (var late in _spool?.Expire() ?? []) Gone(late, BridgeEnding.NeverFetched);
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
        var isWhole = transfer.Decided is { IsCompletedSuccessfully: true, Result: BridgeEnding.Done or BridgeEnding.Stored };
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
