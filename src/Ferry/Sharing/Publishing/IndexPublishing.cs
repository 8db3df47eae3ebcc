using System.Collections.Concurrent;
using System.Threading.Channels;
using Ferry.Net.Sessions;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Microsoft.Extensions.Logging;

namespace Ferry.Sharing.Publishing;

/// <summary>
/// Keeps the index of our server equal to what is shared: presence so that it knows that we are there, then who may find what, then the files; all of it anew after every log-in. One loop
/// owns the machines of all shares; changes, answers and time wake it.
/// </summary>
internal sealed class IndexPublishing : IDisposable
{
    /// <summary>Before an index is looked for again where there is none.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(5);

    /// <summary>Before an index that said no is told everything again.</summary>
    public static readonly TimeSpan AfterRefusal = TimeSpan.FromMinutes(2);

    /// <summary>For the answer to a rule or a withdrawal.</summary>
    public static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    /// <summary>For all withdrawals at the end.</summary>
    public static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(5);

    private readonly StanzaSession _session;
    private readonly SharedFolders _shared;
    private readonly ShareAudience _audience;
    private readonly Introductions _introductions;
    private readonly FerryOptions _options;
    private readonly ILogger _logger;
    private readonly List<SharePublisher> _shares;

    // Holds one wake-up at most, and answers to parts under way: eight of each share.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentQueue<(SharePublisher Share, long Generation, IqReply Reply)> _answers = new();
    private Jid? _index;
    private int _roster; // counts its changes
    private int _toldRoster;
    private long _again = long.MaxValue; // when everything begins anew over the same connection, in UTC ticks

    public IndexPublishing(StanzaSession session, SharedFolders shared, ShareAudience audience, Introductions introductions, FerryOptions options)
    {
        (_session, _shared, _audience, _introductions, _options) = (session, shared, audience, introductions, options);
        _logger = options.LoggerFactory.CreateLogger<IndexPublishing>();
        _shares = [.. shared.Options.Folders.Select(folder => new SharePublisher(shared, folder.Name, session.ServerMaxStanzaBytes, Wake, options.TimeProvider))];
    }

    /// <summary>The index, once it was found.</summary>
    public Jid? Index => Volatile.Read(ref _index);

    /// <summary>Contacts or their groups may have changed, and with them the rules.</summary>
    public void RosterChanged()
    {
        Interlocked.Increment(ref _roster);
        Wake();
    }

    /// <summary>The index has begun anew, or lost what it knew of us: it is told everything again.</summary>
    public void BeginAnew()
    {
        Interlocked.Exchange(ref _again, 0);
        Wake();
    }

    /// <summary>Runs until it is cancelled or the session is over.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _session.BoundAsync(cancellationToken).ConfigureAwait(false) is { } binding)
            {
                if (await FindAsync(cancellationToken).ConfigureAwait(false) is { } index) await PublishAsync(binding, index, cancellationToken).ConfigureAwait(false);
                else await Task.WhenAny(binding.Lost, Task.Delay(LookAgain, _options.TimeProvider, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
        catch (Exception broken)
        {
            _logger.LogError(broken, "nothing is published any more");
        }
    }

    /// <summary>Takes everything out of the index; after the end of <see cref="RunAsync"/>.</summary>
    public async Task WithdrawAsync()
    {
        if (Index is not { } index) return;
        using var limit = new CancellationTokenSource(FarewellTime, _options.TimeProvider);
        try
        {
            await Task.WhenAll(_shares.Select(share => _session.RequestAsync(index, IqType.Set, new IndexWithdraw(share.Share).ToElement(), FarewellTime, limit.Token))).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It sees us leave and forgets us in time.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var share in _shares) share.Dispose();
    }

    private async Task<Jid?> FindAsync(CancellationToken cancellationToken)
    {
        if (_index is not null) return _index;
        var found = await new IndexFinder((to, type, payload, time, stop) => _session.RequestAsync(to, type, payload, time, stop), Jid.Parse(_session.Jid.Domain)).FindAsync(cancellationToken).ConfigureAwait(false);
        if (found is null) _shared.Report(new ShareStatus(ShareStatusKind.NoIndex, _shared.Count));
        Volatile.Write(ref _index, found);
        return found;
    }

    private async Task PublishAsync(SessionBinding binding, Jid index, CancellationToken cancellationToken)
    {
        await _introductions.IntroduceAsync(index, cancellationToken).ConfigureAwait(false);
        _answers.Clear();
        Interlocked.Exchange(ref _again, long.MaxValue);
        foreach (var share in _shares)
        {
            foreach (var output in share.TakeChanges()) await CarryOutAsync(share, index, output, cancellationToken).ConfigureAwait(false);
            if (await TellRulesAsync(share, index, cancellationToken).ConfigureAwait(false)) await CarryOutAsync(share, index, share.Handle(new IndexPublisherInput.Connected()), cancellationToken).ConfigureAwait(false);
        }

        while (!binding.Lost.IsCompleted && _options.TimeProvider.GetUtcNow().UtcTicks < Interlocked.Read(ref _again))
        {
            while (_answers.TryDequeue(out var answer)) await AnsweredAsync(answer.Share, index, answer.Generation, answer.Reply, cancellationToken).ConfigureAwait(false);
            var roster = Volatile.Read(ref _roster);
            foreach (var share in _shares) await KeepUpAsync(share, index, roster != _toldRoster, cancellationToken).ConfigureAwait(false);
            _toldRoster = roster;
            await WaitAsync(binding, cancellationToken).ConfigureAwait(false);
        }

        foreach (var share in _shares)
        {
            share.Grants = null;
            share.Handle(new IndexPublisherInput.Disconnected());
        }
    }

    private async Task KeepUpAsync(SharePublisher share, Jid index, bool rosterChanged, CancellationToken cancellationToken)
    {
        // Groups change with the roster. What was refused is left alone until the next log-in.
        if (rosterChanged && share.Grants is { } told && !told.SequenceEqual(_audience.Grants())) await TellRulesAsync(share, index, cancellationToken).ConfigureAwait(false);
        foreach (var output in share.TakeChanges()) await CarryOutAsync(share, index, output, cancellationToken).ConfigureAwait(false);
        if (share.NextDeadline <= _options.TimeProvider.GetUtcNow()) await CarryOutAsync(share, index, share.Handle(new IndexPublisherInput.Tick()), cancellationToken).ConfigureAwait(false);
    }

    // Before the first file: nothing is shown for a moment that should not be.
    private async Task<bool> TellRulesAsync(SharePublisher share, Jid index, CancellationToken cancellationToken)
    {
        var grants = _audience.Grants();
        var reply = await _session.RequestAsync(index, IqType.Set, new IndexAccess(share.Share, null, Visibility.Granted, grants).ToElement(), AnswerTime, cancellationToken).ConfigureAwait(false);
        share.Grants = grants;
        if (reply.IsResult) return true;
        if (reply.Missing != NoReply.SessionEnded) Refused(index, share, reply.ToString());
        return false;
    }

    private async Task AnsweredAsync(SharePublisher share, Jid index, long generation, IqReply reply, CancellationToken cancellationToken)
    {
        if (reply.Missing is not null) return; // the binding is lost, which says more
        await CarryOutAsync(share, index, share.Handle(new IndexPublisherInput.Answered(generation, reply.Error)), cancellationToken).ConfigureAwait(false);
    }

    private async Task CarryOutAsync(SharePublisher share, Jid index, IReadOnlyList<IndexPublisherOutput> outputs, CancellationToken cancellationToken)
    {
        foreach (var output in outputs) await CarryOutAsync(share, index, output, cancellationToken).ConfigureAwait(false);
    }

    private async Task CarryOutAsync(SharePublisher share, Jid index, IndexPublisherOutput output, CancellationToken cancellationToken)
    {
        switch (output)
        {
            case IndexPublisherOutput.Send send:
                await _session.PostRequestAsync(
                    index,
                    IqType.Set,
                    send.Part.ToElement(),
                    bulk: true,
                    reply =>
                    {
                        _answers.Enqueue((share, send.Part.Generation, reply));
                        Wake();
                    },
                    cancellationToken).ConfigureAwait(false);
                break;
            case IndexPublisherOutput.Synchronised:
                _shared.Report(new ShareStatus(ShareStatusKind.Published, _shares.Sum(one => one.Files), index));
                break;
            case IndexPublisherOutput.Refused refused:
                Refused(index, share, refused.Error.ToString());
                break;
            default:
                throw new InvalidOperationException("the family is closed");
        }
    }

    private void Refused(Jid index, SharePublisher share, string? why)
    {
        _logger.LogWarning("{Index} does not take {Share}: {Reason}", index, share.Share, why);
        Interlocked.CompareExchange(ref _again, (_options.TimeProvider.GetUtcNow() + AfterRefusal).UtcTicks, long.MaxValue);
        _shared.Report(new ShareStatus(ShareStatusKind.Refused, _shared.Count, index, $"{index} does not take '{share.Share}': {why}"));
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private DateTimeOffset? Deadline()
    {
        var first = _shares.Min(share => share.NextDeadline);
        var again = Interlocked.Read(ref _again) is var ticks and < long.MaxValue ? new DateTimeOffset(ticks, TimeSpan.Zero) : (DateTimeOffset?)null;
        return first is null || again < first ? again : first;
    }

    private async Task WaitAsync(SessionBinding binding, CancellationToken cancellationToken)
    {
        if (!_answers.IsEmpty) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _wake.Reader.ReadAsync(limit.Token).AsTask();
        var waits = new List<Task> { woken, binding.Lost };
        if (Deadline() is { } deadline)
        {
            var left = deadline - _options.TimeProvider.GetUtcNow();
            waits.Add(Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _options.TimeProvider, limit.Token));
        }

        await Task.WhenAny(waits).ConfigureAwait(false);
        await limit.CancelAsync().ConfigureAwait(false);
        try
        {
            await woken.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
