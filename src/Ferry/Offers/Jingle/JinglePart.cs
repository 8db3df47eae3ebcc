using Ferry.Methods;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Xml;
using Ferry.Transfers;

namespace Ferry.Offers.Jingle;

/// <summary>
/// One content of a session: a file, its transports one after the other, and its end. What is private to the loop stands in <see cref="JingleSessionLoop"/>;
/// an owner waits for <see cref="Opened"/>, moves the bytes with this as the receipt or the check, and says <see cref="FinishAsync"/>.
/// </summary>
internal sealed class JinglePart : IFileReceipt, IFileCheck
{
    /// <summary>For the word of a receiver of nothing, which Libervia never gives.</summary>
    private static readonly TimeSpan EmptyEndTime = TimeSpan.FromSeconds(5);

    private readonly JingleSessionLoop _loop;
    private readonly TaskCompletionSource<MethodResult> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MethodFailure> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<SentFileOutput> _sentEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _withdrawn = new();
    private TaskCompletionSource<ReceivedFileOutput> _checked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JinglePart(JingleSessionLoop loop, ContentKey key, bool sending, FileDescription file, JingleSenders senders)
    {
        (_loop, Key, IsSending, File, Senders) = (loop, key, sending, file, senders);
        var options = loop.Context.Options;
        // Several clients never notice the end of an empty stream; nothing can be missing there, so they are not waited for.
        var endsBySize = file.Size == 0 && !loop.Peer.Traits.ConfirmsHashes;
        SentFile = new SentFile { EndTimeout = options.AtMost(endsBySize ? EmptyEndTime : TimeSpan.FromSeconds(60)) };
        ReceivedFile = new ReceivedFile(file) { AnnouncedTimeout = options.AtMost(TimeSpan.FromSeconds(30)) };
    }

    /// <summary>The other side.</summary>
    public Protocol.Addressing.Jid Peer => _loop.Peer.Jid;

    /// <summary>What it is called in the session.</summary>
    public ContentKey Key { get; }

    /// <summary>We send it.</summary>
    public bool IsSending { get; }

    /// <summary>Who sends it, in the words of the session.</summary>
    public JingleSenders Senders { get; }

    /// <summary>The file as it was offered, or, where we asked for it, as it was promised.</summary>
    public FileDescription File { get; set; }

    /// <summary>The part of it that crosses; null: the whole.</summary>
    public FileRange? Range { get; set; }

    /// <summary>What its owner said.</summary>
    public JingleTerms? Terms { get; set; }

    /// <summary>Completes when there is a stream, or none will come. After it the channel is the owner's.</summary>
    public Task<MethodResult> Opened => _opened.Task;

    /// <summary>Both sides wanted it.</summary>
    public bool Agreed { get; set; }

    /// <summary>The error that answered the offer, where one did.</summary>
    public Protocol.Stanzas.StanzaError? OfferError { get; set; }

    /// <summary>The peer has no room for it now, and may have later.</summary>
    public bool IsBusy => OfferError is { Type: Protocol.Stanzas.ErrorType.Wait, Condition: Protocol.Stanzas.ErrorCondition.ResourceConstraint };

    /// <summary>Cancelled when it ended without a stream.</summary>
    public CancellationToken Withdrawn => _withdrawn.Token;

    /// <summary>Why there was no stream; null while there is none yet, and where there is one.</summary>
    public MethodFailure? OpeningFailure { get; private set; }

    // What follows belongs to the loop.
    internal JingleChannel? Channel { get; private set; }

    internal TransportFallback? Fallback { get; set; }

    internal Element? Offered { get; set; }

    internal JingleTransportAttempt? Attempt { get; set; }

    internal string? AttemptNamespace { get; set; }

    internal CancellationTokenSource StopAttempt { get; set; } = new();

    internal (string Namespace, JingleTransportAttempt Attempt)? Proposed { get; set; }

    internal (JingleTransportAttempt? Attempt, Element Theirs) TheirProposal { get; set; }

    internal List<JingleTransportAttempt> Attempts { get; } = [];

    internal SentFile SentFile { get; }

    internal ReceivedFile ReceivedFile { get; private set; }

    // The peer ended it in order while the stream was being opened: until when that is waited for, and the end if it does not come.
    internal (DateTimeOffset Until, MethodFailure Failure)? EarlyEnd { get; set; }

    internal MethodFailure? LastFailure { get; set; }

    internal JingleReason? Declined { get; set; }

    internal bool IsDecided => Terms is not null || Declined is not null || Gone;

    internal bool Gone { get; set; }

    internal bool Finished { get; set; }

    internal bool Succeeded { get; set; }

    internal bool Released { get; set; }

    /// <summary>Says yes to an offer or a request of the peer's.</summary>
    public void Accept(JingleTerms terms) => _loop.Post(() => _loop.DecideAsync(this, terms, null));

    /// <summary>Says no.</summary>
    public void Decline(JingleReason reason) => _loop.Post(() => _loop.DecideAsync(this, null, reason));

    /// <summary>Gives up before there is a stream.</summary>
    public void Cancel() => _loop.Post(() => _loop.GiveUpAsync(this, new MethodFailure(FailureReason.Cancelled, Side.Here, "cancelled"), new JingleReason(JingleReasonCondition.Cancel)));

    /// <summary>The owner has done with it; the peer is told how it ended.</summary>
    public async Task FinishAsync(Outcome outcome)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _loop.Post(async () =>
        {
            try
            {
                await _loop.FinishAsync(this, outcome).ConfigureAwait(false);
            }
            finally
            {
                told.TrySetResult();
            }
        });
        if (posted) await told.Task.WaitAsync(_loop.Over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public void Sent(byte[] sha256) => _loop.Post(() => _loop.TellChecksumAsync(this, FileHash.Of(HashFunction.Sha256, sha256)));

    /// <inheritdoc/>
    public async Task<FileVerdict> ConfirmAsync(CancellationToken cancellationToken)
    {
        _loop.Post(() => _loop.BeAcrossAsync(this));
        var end = await _sentEnd.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (end is SentFileOutput.Failed(var reason, var text)) return new FileVerdict(null, new MethodFailure(reason, Side.Peer, text));
        // Only a peer that is known to compare says something by its word: Conversations and Gajim do not.
        return new FileVerdict(end is SentFileOutput.Done { Confirmed: true } && _loop.Peer.Traits.ConfirmsHashes ? HashFunction.Sha256.Name : null);
    }

    /// <inheritdoc/>
    public async Task<FileVerdict> JudgeAsync(Func<HashFunction, CancellationToken, Task<FileHash?>> digest, CancellationToken cancellationToken)
    {
        _loop.Post(() => _loop.BeAcrossAsync(this));
        _loop.Post(() => _loop.HandleReceivedAsync(this, new ReceivedFileInput.Whole()));
        var output = await _checked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (output is ReceivedFileOutput.Compute(var function))
        {
            _checked = new TaskCompletionSource<ReceivedFileOutput>(TaskCreationOptions.RunContinuationsAsynchronously);
            var hash = await digest(function, cancellationToken).ConfigureAwait(false);
            _loop.Post(() => _loop.HandleReceivedAsync(this, new ReceivedFileInput.Computed(hash)));
            output = await _checked.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return output switch
        {
            ReceivedFileOutput.Verified(var name) => new FileVerdict(name),
            ReceivedFileOutput.Failed(var reason, var text) => new FileVerdict(null, new MethodFailure(reason, Side.Peer, text)),
            _ => new FileVerdict(null),
        };
    }

    /// <summary>Our own request was accepted with this.</summary>
    internal void Promise(FileDescription promised)
    {
        var asked = File.Hashes.FirstOrDefault();
        File = promised;
        ReceivedFile = new ReceivedFile(promised, asked) { AnnouncedTimeout = ReceivedFile.AnnouncedTimeout };
    }

    internal void Take(ByteChannel channel)
    {
        Channel = new JingleChannel(channel, !IsSending, _failed.Task);
        _opened.TrySetResult(Channel);
    }

    /// <summary>The end before the stream; false where there was one.</summary>
    internal bool FailOpening(MethodFailure failure)
    {
        if (_opened.Task.IsCompleted) return false;
        OpeningFailure = failure;
        _opened.TrySetResult(failure);
        _ = _withdrawn.CancelAsync();
        return true;
    }

    /// <summary>The peer ends the stream under way.</summary>
    internal void FailStream(MethodFailure failure)
    {
        // A read that waits is woken by the end of its stream.
        if (_failed.TrySetResult(failure) && !IsSending && Channel is { } channel) _ = channel.AbortAsync(AbortCause.Failed);
    }

    internal void Answer(SentFileOutput? output)
    {
        if (output is not null) _sentEnd.TrySetResult(output);
    }

    internal void Answer(ReceivedFileOutput? output)
    {
        if (output is not null) _checked.TrySetResult(output);
    }
}
