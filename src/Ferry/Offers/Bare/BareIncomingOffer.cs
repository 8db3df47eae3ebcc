using Ferry.Files;
using Ferry.Methods;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Transfers;

namespace Ferry.Offers.Bare;

/// <summary>A stream that a peer wants to open without having offered a file: named after its id, of unknown size.</summary>
internal sealed class BareIncomingOffer(OfferContext context, OpenRequest first, OpenRequests.Expectation expectation) : IncomingOffer
{
    /// <summary>How long the peer may take to open the stream by another method after one failed.</summary>
    private static readonly TimeSpan FallbackWait = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SessionBinding _binding = context.Session.Binding;
    private readonly CancellationTokenSource _withdrawn = new();
    private int _decided;
    private int _expired;

    /// <inheritdoc/>
    public override string Transfer { get; } = RandomId.Create(10);

    /// <inheritdoc/>
    public override Jid Peer => first.Peer;

    /// <inheritdoc/>
    public override string Name { get; } = FileNames.Sanitise("stream-" + first.Sid);

    /// <inheritdoc/>
    public override long? Size => null;

    /// <inheritdoc/>
    public override string? Description => null;

    /// <inheritdoc/>
    public override DateTimeOffset? Modified => null;

    /// <inheritdoc/>
    public override string Offer => BareOfferKind.KindName;

    /// <inheritdoc/>
    public override CancellationToken Withdrawn => _withdrawn.Token;

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new ReceiveOptions();
        var claim = Claim(options);
        if (!TryDecide()) return Task.FromResult(TooLate(claim.Name));
        var opened = IncomingFile.Into(directory, claim, options.Existing);
        return opened.Succeeded
            ? context.Tasks.TrackAsync(() => ReceiveAsync(opened.Value, claim, options, cancellationToken))
            : RefuseAsync(opened.Failure, claim);
    }

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ReceiveOptions();
        var claim = Claim(options);
        if (!TryDecide()) return Task.FromResult(TooLate(claim.Name));
        return context.Tasks.TrackAsync(() => ReceiveAsync(IncomingFile.Into(target, claim), claim, options, cancellationToken));
    }

    /// <inheritdoc/>
    public override async Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        if (!TryDecide()) return TooLate(Name);
        await RefuseStreamAsync().ConfigureAwait(false);
        return Report(Name, null).Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    /// <summary>Refuses it when nobody decides: the peer waits for its answer.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAny(_gone.Task, _binding.Lost).WaitAsync(context.Options.AnswerTimeout, context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
            if (!_gone.Task.IsCompleted) throw new TimeoutException("the stream that it came over is gone");
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            if (Interlocked.Exchange(ref _decided, 1) != 0) return;
            Volatile.Write(ref _expired, 1);
            await _withdrawn.CancelAsync().ConfigureAwait(false);
            await RefuseStreamAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Nobody will look at it.</summary>
    public void Drop()
    {
        if (Interlocked.Exchange(ref _decided, 1) == 0) context.Tasks.Run(_ => RefuseStreamAsync());
    }

    // False: it was withdrawn before.
    private bool TryDecide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) return Interlocked.Exchange(ref _expired, 0) != 0 ? false : throw new InvalidOperationException("the offer was answered before");
        _gone.TrySetResult();
        context.Inbox.Release(Peer);
        return true;
    }

    private Outcome TooLate(string name) => _binding.Lost.IsCompleted
        ? Report(name, null).Fail(FailureReason.StreamLost, Phase.Offering, Side.Server, "the XMPP stream was lost")
        : Report(name, null).Fail(FailureReason.Timeout, Phase.Offering, Side.Here, "nobody took the stream in time");

    private async Task RefuseStreamAsync()
    {
        if (_gone.TrySetResult()) context.Inbox.Release(Peer);
        expectation.Dispose();
        await context.Session.SendAsync(first.Iq.Refuse(first.Refusal).ToElement(), CancellationToken.None).ConfigureAwait(false);
    }

    private FileClaim Claim(ReceiveOptions options) => new(options.Name is null ? Name : FileNames.Sanitise(options.Name), null, null, null, options.MaxBytes);

    private TransferReport Report(string name, IProgress<Attempt>? attempts) => context.IncomingReport(Transfer, Peer, name, Offer, attempts);

    private async Task<Outcome> RefuseAsync(FileFailure failure, FileClaim claim)
    {
        await RefuseStreamAsync().ConfigureAwait(false);
        return Report(claim.Name, null).Fail(failure.Reason, Phase.Offering, Side.Here, failure.Message);
    }

    private async Task<Outcome> ReceiveAsync(IncomingFile file, FileClaim claim, ReceiveOptions options, CancellationToken cancellationToken)
    {
        using var scope = context.LogScope(Transfer);
        await using var owned = file.ConfigureAwait(false);
        using var expected = expectation;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, context.Tasks.Stopping);
        var report = Report(claim.Name, options.Attempts);
        var opening = new StreamOpening(first.Sid, context.PeerOf(Peer), context.Methods.Allowed(context.Options.Methods, options.Methods), null, report.Attempt);
        try
        {
            var result = await OpenAsync(opening, ends.Token).ConfigureAwait(false);
            if (result.Channel is { } channel) return await file.ReceiveAsync(channel, report, options.Progress, context.Options.TimeProvider, ends.Token).ConfigureAwait(false);
            file.Keep();
            return report.Fail(result.Failure!.Reason, Phase.Negotiating, result.Failure.Side, result.Failure.Text);
        }
        catch (OperationCanceledException)
        {
            file.Keep();
            return report.Cancelled(Phase.Negotiating);
        }
    }

    // The peer may open the same stream by another method after the first one failed.
    private async Task<MethodResult> OpenAsync(StreamOpening opening, CancellationToken cancellationToken)
    {
        var request = first;
        while (true)
        {
            var result = await AnswerAsync(request, opening, cancellationToken).ConfigureAwait(false);
            if (result.Channel is not null || _binding.Lost.IsCompleted) return result;
            using var limit = new CancellationTokenSource(context.Options.AtMost(FallbackWait), context.Options.TimeProvider);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                request = await expectation.Requests.ReadAsync(both.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return result;
            }
        }
    }

    private async Task<MethodResult> AnswerAsync(OpenRequest request, StreamOpening opening, CancellationToken cancellationToken)
    {
        if (request.Method.Names.Any(opening.Allowed.Contains)) return await request.Method.AnswerAsync(request, opening, cancellationToken).ConfigureAwait(false);
        await context.Session.SendAsync(request.Iq.Refuse(request.Refusal).ToElement(), cancellationToken).ConfigureAwait(false);
        return new MethodFailure(FailureReason.NoMethod, Side.Here, $"{request.Method.Names[0]} is not among the allowed methods");
    }
}
