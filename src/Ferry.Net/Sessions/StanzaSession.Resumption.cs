using Ferry.Protocol.Dns;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Sessions;

/// <summary>
/// After a break: going on with the same stream (XEP-0198 section 5), and where that cannot be, a new one with the same resource. Attempts are as
/// frequent as a resumption needs while one is possible, then ever rarer; a server that lets us in and drops us again is not asked without pause either.
/// </summary>
public sealed partial class StanzaSession
{
    /// <summary>Connections in a row that lived for less than <see cref="LongLife"/> and are replaced at once all the same.</summary>
    private const int ShortLivesForgiven = 8;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstReconnect = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestReconnect = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongLife = TimeSpan.FromSeconds(30);

    private int _shortLived;

    private bool MayReconnect => _options.ReconnectTimeout != TimeSpan.Zero;

    // Tries until the time is over or the answer is final. Null: there is a stream again; else why the session is lost.
    private async Task<SessionFailure?> ComeBackAsync(ConnectionEnd end)
    {
        var began = _options.TimeProvider.GetTimestamp();
        var broken = end.Failure;
        var resumable = end.Then == Afterwards.Resume && _ledger is not null && _current.Resumption.Id is not null;
        if (!resumable && !MayReconnect) return broken;
        _logger.LogWarning("the XMPP stream broke ({Reason}); {What}", broken.Message, resumable ? "resuming" : "logging in again");
        Interrupted?.Invoke(broken);
        if (!resumable) LoseBinding(broken);
        var resource = end.NewResource ? $"{_options.Resource}.{RandomId.Create(4)}" : _binding.Jid.Resource!;
        var place = end.First ?? Location();
        var delays = Delays(resumable);
        await RestAsync().ConfigureAwait(false);
        while (true)
        {
            var wanted = new ConnectRequest(resource, resumable ? (_current.Resumption.Id!, Handled) : null, MayReconnect, place);
            var attempt = await _connector.ConnectAsync(wanted, _closing.Token).ConfigureAwait(false);
            if (attempt.Value is { } ready)
            {
                var (heard, spoilt, hearing) = await HearAsync(ready).ConfigureAwait(false);
                if (hearing is Hearing.Hears or Hearing.HearsAgain) return await TakeAsync(heard, spoilt, broken).ConfigureAwait(false);
                await ready.Stream.DisposeAsync().ConfigureAwait(false);
                attempt = Unheard(hearing);
                if (hearing == Hearing.Deaf)
                {
                    if (!MayReconnect) return attempt.Failure;
                    (resumable, delays) = (false, Delays(resumable: false));
                    LoseBinding(attempt.Failure!);
                }
            }

            if (!attempt.Failure!.Passes) return attempt.Failure;
            _logger.LogInformation("not back yet: {Reason}", attempt.Failure.Message);
            place = attempt.Failure.SeeOther; // asked there once; from now on as from the start
            await Task.Delay(delays.Next(), _options.TimeProvider, _closing.Token).ConfigureAwait(false);
            var passed = _options.TimeProvider.GetElapsedTime(began);
            if (IsOver(passed, resumable) is { } limit) return TooLate(broken, limit);
            if (!resumable || passed < ResumableFor) continue;
            (resumable, delays) = (false, Delays(resumable: false));
            LoseBinding(TooLate(broken, ResumableFor));
        }
    }

    private TimeSpan ResumableFor => _current.Resumption.Max is { } max && max < _options.MaxResumption ? max : _options.MaxResumption;

    private TimeSpan? IsOver(TimeSpan passed, bool resumable)
    {
        if (!MayReconnect) return resumable && passed < ResumableFor ? null : ResumableFor;
        return _options.ReconnectTimeout == Timeout.InfiniteTimeSpan || passed < _options.ReconnectTimeout ? null : _options.ReconnectTimeout;
    }

    private static SessionFailure TooLate(SessionFailure broken, TimeSpan limit) => new(
        FailureReason.StreamLost, broken.AtServer, $"{broken.Message}; there was no way back within {limit.TotalSeconds:0} s", broken.Hint);

    private RetryDelays Delays(bool resumable) => resumable
        ? new RetryDelays(FirstRetry, LongestRetry, _options.Random)
        : new RetryDelays(FirstReconnect, LongestReconnect, _options.Random);

    // A server that lets us in only to drop us again is left alone for longer and longer.
    private async Task RestAsync()
    {
        if (_shortLived <= ShortLivesForgiven) return;
        var delays = Delays(resumable: false);
        var wait = delays.Next();
        for (var times = ShortLivesForgiven + 1; times < Math.Min(_shortLived, 40); times++) wait = delays.Next();
        await Task.Delay(wait, _options.TimeProvider, _closing.Token).ConfigureAwait(false);
    }

    // Where the server wants to be asked for this stream; believed only of the domain's own server, and the certificate is checked there as well.
    private ServerTarget? Location() =>
        _current.Secure && ServerTarget.TryParseRedirect(_current.Resumption.Location, _current.Target.DirectTls, out var there) ? there : null;

    // Nothing of ours is half-way when all was handled: then there is nothing to make sure of.
    private async Task<(LoggedIn Ready, bool Spoilt, Hearing Hearing)> HearAsync(LoggedIn ready)
    {
        Element? oldest = null;
        if (ready.ResumedAt is { } handled)
        {
            // More than was sent is found out, and said, by whoever goes on.
            lock (_ledgerLock) oldest = _ledger!.TryAcknowledge(handled) ? _ledger.Oldest : null;
        }

        if (oldest is null) return (ready, false, Hearing.Hears);
        var check = new ResumptionCheck(ready.Stream, oldest, _options.TimeProvider);
        var hearing = await check.RunAsync(_closing.Token).ConfigureAwait(false);
        if (hearing is not (Hearing.Hears or Hearing.HearsAgain)) return (ready, false, hearing);
        if (check.Refused) CountReceived();
        return (ready with { Early = [.. ready.Early, .. check.Early] }, hearing == Hearing.HearsAgain, hearing);
    }

    private static SessionFailure Unheard(Hearing hearing) => new(
        FailureReason.StreamLost,
        true,
        hearing == Hearing.Deaf ? "the server resumed the stream and reads nothing of it" : "the connection ended right after the resumption");

    private async Task<SessionFailure?> TakeAsync(LoggedIn ready, bool spoilt, SessionFailure broken)
    {
        if (ready.ResumedAt is { } handled)
        {
            if (Continue(ready, handled, spoilt) is { } impossible) return impossible;
            Resumed?.Invoke();
            return null;
        }

        var forgotten = new SessionFailure(FailureReason.StreamLost, true, $"{broken.Message}; the server no longer knew the stream");
        if (!MayReconnect)
        {
            await ready.Stream.DisposeAsync().ConfigureAwait(false);
            return forgotten;
        }

        LoseBinding(forgotten);
        await BeginAnewAsync(ready).ConfigureAwait(false);
        return null;
    }

    private async Task BeginAnewAsync(LoggedIn ready)
    {
        lock (_ledgerLock) _ledger = ready.Managed ? new StreamLedger(LedgerCapacity) : null;
        _current = ready;
        _binding = new SessionBinding(ready.Jid);
        _logger.LogInformation("logged in again as {Jid}", ready.Jid);
        if (Rebound is { } rebound) await rebound().ConfigureAwait(false);
        Volatile.Read(ref _rebound).TrySetResult();
    }

    // First the binding, then what waited for it: who asks meanwhile sees that it is gone.
    private void LoseBinding(SessionFailure why)
    {
        if (_binding.Lost.IsCompleted) return;
        WhyLost = why;
        var before = Interlocked.Exchange(ref _rebound, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _binding.Lose(why);
        before.TrySetResult(); // who was just about to wait looks again
        _outbound.Clear();
        FailRequests();
    }

    // Spoilt: the server has counted the oldest of what it has not handled, and refused it.
    private SessionFailure? Continue(LoggedIn ready, uint handled, bool spoilt)
    {
        lock (_ledgerLock)
        {
            if (!_ledger!.TryAcknowledge(handled))
            {
                return new SessionFailure(FailureReason.Protocol, true, "the server resumed with more stanzas than were sent");
            }

            var again = _ledger.TakeUnacknowledged();
            if (spoilt)
            {
                _ledger.Sent(again[0], 0);
                _ledger.TryAcknowledge(unchecked(handled + 1));
            }

            DivideIntoRecords(ready);
            foreach (var stanza in again)
            {
                var before = ready.Stream.PendingBytes;
                ready.Stream.Append(stanza);
                _ledger.Sent(stanza, ready.Stream.PendingBytes - before);
            }
        }

        // The new stream keeps the old one's right to be resumed again: `resumed` repeats the id, and the time was said in `enabled`.
        _current = ready with { Resumption = _current.Resumption };
        _logger.LogInformation("the XMPP stream was resumed");
        return null;
    }
}
