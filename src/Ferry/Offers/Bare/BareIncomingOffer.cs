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
    private int _decided;

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
    public override Task<Outcome> AcceptAsync(string directory, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        var opened = IncomingFile.Into(directory, claim, options.Existing);
        return opened.Succeeded ? ReceiveAsync(opened.Value, claim, options, cancellationToken) : RefuseAsync(opened.Failure, claim);
    }

    /// <inheritdoc/>
    public override Task<Outcome> AcceptAsync(Stream target, ReceiveOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ReceiveOptions();
        Decide();
        var claim = Claim(options);
        return ReceiveAsync(IncomingFile.Into(target, claim), claim, options, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<Outcome> DeclineAsync(CancellationToken cancellationToken = default)
    {
        Decide();
        await RefuseStreamAsync().ConfigureAwait(false);
        return Report(Name, null).Fail(FailureReason.Refused, Phase.Offering, Side.Here, "declined");
    }

    /// <summary>Refuses it when nobody decides: the peer waits for its answer.</summary>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _gone.Task.WaitAsync(context.Options.AnswerTimeout, context.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            if (Interlocked.Exchange(ref _decided, 1) == 0) await RefuseStreamAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Nobody will look at it.</summary>
    public void Drop()
    {
        if (Interlocked.Exchange(ref _decided, 1) == 0) context.Tasks.Run(_ => RefuseStreamAsync());
    }

    private void Decide()
    {
        if (Interlocked.Exchange(ref _decided, 1) != 0) throw new InvalidOperationException("the offer was answered before");
        _gone.TrySetResult();
        context.Inbox.Release(Peer);
    }

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
            if (result.Channel is not null || context.Session.Completion.IsCompleted) return result;
            using var limit = new CancellationTokenSource(FallbackWait, context.Options.TimeProvider);
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
