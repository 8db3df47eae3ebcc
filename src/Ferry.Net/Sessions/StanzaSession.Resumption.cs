using Ferry.Protocol.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Sessions;

/// <summary>Going on after a break (XEP-0198 section 5).</summary>
public sealed partial class StanzaSession
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    // Tries until the server's time for resumption is over. Null: resumed; else why the session is lost.
    private async Task<SessionFailure?> ResumeAsync(SessionFailure broken)
    {
        var time = _options.TimeProvider;
        var allowed = _current.Resumption.Max is { } max && max < _options.MaxResumption ? max : _options.MaxResumption;
        var began = time.GetTimestamp();
        var wait = FirstRetry;
        while (time.GetElapsedTime(began) < allowed)
        {
            var attempt = await _connector.ConnectAsync((_current.Resumption.Id!, Handled), _closing.Token).ConfigureAwait(false);
            if (attempt.Value is { } ready)
            {
                if (ready.ResumedAt is not { } handled)
                {
                    await ready.Stream.DisposeAsync().ConfigureAwait(false);
                    return new SessionFailure(FailureReason.StreamLost, true, $"{broken.Message}; the server no longer knew the stream");
                }

                return Continue(ready, handled);
            }

            // A server that starts again may break a handshake off; a wrong certificate stays wrong.
            if (attempt.Failure is { Reason: FailureReason.Auth } or { Reason: FailureReason.Tls, AtServer: true }) return attempt.Failure;
            _logger.LogInformation("not resumed yet: {Reason}", attempt.Failure!.Message);
            await Task.Delay(wait, time, _closing.Token).ConfigureAwait(false);
            wait = wait * 2 > LongestRetry ? LongestRetry : wait * 2;
        }

        return new SessionFailure(FailureReason.StreamLost, false, $"{broken.Message}; it could not be resumed within {allowed.TotalSeconds:0} s");
    }

    private SessionFailure? Continue(LoggedIn ready, uint handled)
    {
        lock (_ledgerLock)
        {
            if (!_ledger!.TryAcknowledge(handled))
            {
                return new SessionFailure(FailureReason.Protocol, true, "the server resumed with more stanzas than were sent");
            }

            var again = _ledger.TakeUnacknowledged();
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
