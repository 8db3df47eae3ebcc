using System.Collections.Immutable;
using System.IO.Pipelines;
using Ferry.Net.Relaying;
using Ferry.Server.HttpBridge.Spool;

namespace Ferry.Server.HttpBridge;

/// <summary>
/// The bytes of one bridged stream, from its activation to its end, and what either end must know.
/// <code>
/// sender's end → WriteAsync → pipe of 256 KiB → Bytes → receiver's end
/// </code>
/// <para>
/// Each end is taken once: by a socket at once, by an HTTP request when it comes. Nothing is read before both are there, and a full pipe stops the
/// sender's end. The first failure decides; it stops both ends, and each closes its connection so that nobody takes what came for a whole file. With a
/// known size the last byte is kept back until the sender's end says that it was the last: a receiver who counts doesn't finish early.
/// </para>
/// </summary>
internal sealed class BridgeTransfer
{
    /// <summary>The sender's end waits at this many bytes on the way.</summary>
    public const int PauseBytes = 256 * 1024;

    /// <summary>It goes on at this many.</summary>
    public const int ResumeBytes = PauseBytes / 2;

    private readonly Lock _lock = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: PauseBytes, resumeWriterThreshold: ResumeBytes, useSynchronizationContext: false));
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource _receiverThere = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<BridgeEnding> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<BridgeEnding> _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BridgeOptions _options;
    private readonly ImmutableArray<RateLimit> _rates;
    private readonly DayQuota _quota;
    private readonly TimeProvider _time;
    private bool _senderTaken;
    private bool _receiverTaken;
    private int _open;
    private BridgeEnding? _ending;
    private string? _detail;
    private byte _last;
    private bool _keepsLast;
    private bool _handsOverLast;
    private long _accepted;
    private long _pushed;
    private long _delivered;
    private long _moved;

    public BridgeTransfer(BridgeStream stream, BridgeOptions options, ImmutableArray<RateLimit> rates, DayQuota quota, TimeProvider time)
    {
        (Stream, _options, _rates, _quota, _time) = (stream, options, rates, quota, time);
        (Size, Name, Type) = (stream.Size, stream.WebReceiver?.Name, stream.WebReceiver?.Type);
        (Began, _moved) = (time.GetTimestamp(), time.GetTimestamp());
    }

    public BridgeStream Stream { get; }

    /// <summary>Its place on disk, where it waits there for its receiver.</summary>
    public SpoolDraft? Draft { get; init; }

    /// <summary>When it was activated, by the clock's timestamp.</summary>
    public long Began { get; }

    /// <summary>In bytes, once somebody has said it for certain.</summary>
    public long? Size { get; private set; }

    /// <summary>In bytes, as it looks; for progress alone.</summary>
    public long? Estimate { get; set; }

    /// <summary>As announced, from anybody: to be made harmless before use.</summary>
    public string? Name { get; private set; }

    /// <summary>As announced, from anybody: to be made harmless before use.</summary>
    public string? Type { get; private set; }

    /// <summary>Bytes handed to the receiver's side.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>What the receiver's end hands on.</summary>
    public PipeReader Bytes => _pipe.Reader;

    /// <summary>Cancelled when it has failed.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>The sender's end was taken.</summary>
    public bool SenderCame
    {
        get
        {
            lock (_lock) return _senderTaken;
        }
    }

    /// <summary>The receiver's end was taken.</summary>
    public bool ReceiverCame => _receiverThere.Task.IsCompleted;

    /// <summary>How it ended, as soon as that is known.</summary>
    public Task<BridgeEnding> Decided => _decided.Task;

    /// <summary>The same, when both ends have let go.</summary>
    public Task<BridgeEnding> Gone => _gone.Task;

    /// <summary>More about a failure, for the one who uploads; nothing of what it sent.</summary>
    public string? Detail => _detail;

    /// <summary>Makes the caller the sender's end, which calls <see cref="LeaveSender"/> in the end. False: there is one, or was.</summary>
    public bool TryTakeSender()
    {
        lock (_lock)
        {
            if (_senderTaken || _ending is not null) return false;
            _senderTaken = true;
            _open++;
            Touch();
            return true;
        }
    }

    /// <summary>Makes the caller the receiver's end, which calls <see cref="LeaveReceiver"/> in the end. False: there is one, or was.</summary>
    public bool TryTakeReceiver()
    {
        lock (_lock)
        {
            if (_receiverTaken || _ending is not null) return false;
            _receiverTaken = true;
            _open++;
            Touch();
        }

        _receiverThere.TrySetResult();
        return true;
    }

    /// <summary>The sender's end lets go.</summary>
    public void LeaveSender()
    {
        Fail(BridgeEnding.SenderLost);
        _pipe.Writer.Complete(Cut());
        Leave();
    }

    /// <summary>The receiver's end lets go.</summary>
    public void LeaveReceiver()
    {
        Fail(BridgeEnding.ReceiverLost);
        _pipe.Reader.Complete();
        Leave();
    }

    /// <summary>The sender's end waits for the other one, without reading a byte. False: it has ended.</summary>
    public async Task<bool> WaitForReceiverAsync()
    {
        await _receiverThere.Task.ConfigureAwait(false);
        return !_over.IsCancellationRequested;
    }

    /// <summary>The receiver's end waits for the first byte, or for the end of an empty file. False: it has ended otherwise.</summary>
    public async Task<bool> WaitForBeginningAsync()
    {
        await _begun.Task.ConfigureAwait(false);
        return !_over.IsCancellationRequested;
    }

    /// <summary>What the sender's end knows before its first byte. What the receiver was told goes first.</summary>
    /// <returns>False: the size is another one than was announced.</returns>
    public bool Describe(long? size, string? name, string? type)
    {
        Name ??= name;
        Type ??= type;
        if (size is not null && Size is not null && size != Size) return false;
        Size ??= size;
        return true;
    }

    /// <summary>Sends bytes on, and waits while too many are on the way. False: it has failed.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return !_over.IsCancellationRequested;
        var total = _accepted + bytes.Length;
        if (total > _options.MaxBytes) Fail(BridgeEnding.TooLarge);
        else if (total > Size) Fail(BridgeEnding.SizeMismatch);
        else if (!_quota.TryTake(bytes.Length)) Fail(BridgeEnding.OverQuota);
        if (_over.IsCancellationRequested) return false;
        _accepted = total;
        if (total == Size)
        {
            (_last, _keepsLast) = (bytes.Span[^1], true);
            bytes = bytes[..^1];
        }

        Touch();
        return await PushAsync(bytes).ConfigureAwait(false);
    }

    /// <summary>That was the last byte: waits until the receiver's side has all of them.</summary>
    public async Task<BridgeEnding> EndAsync()
    {
        if (Size is { } size && size != _accepted) Fail(BridgeEnding.SizeMismatch);
        else if (!_keepsLast || await PushAsync(new[] { _last }).ConfigureAwait(false))
        {
            Touch();
            await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
            _begun.TrySetResult();
        }

        return await Decided.ConfigureAwait(false);
    }

    /// <summary>The receiver's side has these.</summary>
    public void Deliver(long bytes)
    {
        Interlocked.Add(ref _delivered, bytes);
        Touch();
    }

    /// <summary>The next write to the receiver is the last: whoever has it may hang up before that write has returned.</summary>
    public void HandOverLast() => Volatile.Write(ref _handsOverLast, true);

    /// <summary>The receiver's connection is gone: it has everything, or it is lost.</summary>
    public void ReceiverHangsUp() => Decide(Volatile.Read(ref _handsOverLast) ? BridgeEnding.Done : BridgeEnding.ReceiverLost, null);

    /// <summary>The receiver's side has everything.</summary>
    public void Finish(BridgeEnding ending = BridgeEnding.Done) => Decide(ending, null);

    /// <summary>Ends it, unless it has ended.</summary>
    public void Fail(BridgeEnding ending, string? detail = null) => Decide(ending, detail);

    /// <summary>Looks at the clock.</summary>
    public void Watch()
    {
        var still = _time.GetElapsedTime(Interlocked.Read(ref _moved));
        BridgeEnding? late;
        lock (_lock)
        {
            var bound = _begun.Task.IsCompleted ? _options.IdleTime : WaitsForFirst ? _options.ClaimTime : _options.HoldTime;
            late = still < bound ? null : Late();
        }

        if (late is { } ending) Fail(ending);
    }

    // No request of either web end has come yet.
    private bool WaitsForFirst => !(Stream.WebSender && _senderTaken) && !(Stream.WebReceiver is not null && Draft is null && _receiverTaken);

    // Whom it was that was waited for.
    private BridgeEnding Late()
    {
        if (!_receiverTaken) return BridgeEnding.NeverFetched;
        if (!_begun.Task.IsCompleted) return BridgeEnding.NeverSent;
        return Interlocked.Read(ref _pushed) > Delivered ? BridgeEnding.ReceiverStalled : BridgeEnding.SenderStalled;
    }

    private async ValueTask<bool> PushAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _rates.TakeAsync(bytes.Length, _time, Touch, _over.Token).ConfigureAwait(false);
            if (!bytes.IsEmpty) _begun.TrySetResult();
            Interlocked.Add(ref _pushed, bytes.Length);
            await _pipe.Writer.WriteAsync(bytes, _over.Token).ConfigureAwait(false);
            return !_over.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Decide(BridgeEnding ending, string? detail)
    {
        bool senderAbsent, receiverAbsent, gone;
        lock (_lock)
        {
            if (_ending is not null) return;
            (_ending, _detail) = (ending, detail);
            (senderAbsent, receiverAbsent, gone) = (!_senderTaken, !_receiverTaken, _open == 0);
        }

        if (!ending.IsWhole()) _over.Cancel();
        if (senderAbsent) _pipe.Writer.Complete(Cut());
        if (receiverAbsent) _pipe.Reader.Complete();
        _receiverThere.TrySetResult();
        _begun.TrySetResult();
        _decided.TrySetResult(ending);
        if (gone) _gone.TrySetResult(ending);
    }

    private void Leave()
    {
        BridgeEnding? ending;
        lock (_lock) ending = --_open == 0 ? _ending : null;
        if (ending is { } known) _gone.TrySetResult(known);
    }

    // A cut stream must not look like one that came to its end.
    private OperationCanceledException? Cut() => _over.IsCancellationRequested ? new OperationCanceledException(_over.Token) : null;

    private void Touch() => Interlocked.Exchange(ref _moved, _time.GetTimestamp());
}
