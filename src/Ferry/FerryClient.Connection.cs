using Ferry.Net.Sessions;
using Ferry.Protocol.Stanzas;
using Microsoft.Extensions.Logging;

namespace Ferry;

/// <summary>What follows a break of the connection to the server.</summary>
public sealed partial class FerryClient
{
    /// <summary>The port that direct streams come in by, once there is one.</summary>
    internal int? ListeningPort => _socks5.ListeningPort;

    // On the session's owner loop, in order.
    private void FollowConnection()
    {
        _session.Interrupted = why => Changed(new ConnectionChange(ConnectionState.Interrupted, Jid, Cause: ExceptionOf(why)));
        _session.Resumed = () => Changed(new ConnectionChange(ConnectionState.Online, Jid, Resumed: true));
        _session.Rebound = IntroduceAgainAsync;
    }

    // As after the first log-in: nobody's presence is known, and nobody knows ours.
    private async ValueTask IntroduceAgainAsync()
    {
        _presence.Clear();
        _introductions.BeginAnew();
        var roster = _roster.LoadAsync(_disposing.Token); // asked for before presence goes out (RFC 6121 section 2.2)
        if (_options.SendPresence) await _introductions.AnnounceAsync(_disposing.Token).ConfigureAwait(false);
        _tasks.Run(_ => NoteAsync(roster));
        Changed(new ConnectionChange(ConnectionState.Online, Jid));
    }

    private async Task NoteAsync(Task<IqReply> roster)
    {
        var reply = await roster.ConfigureAwait(false);
        if (!reply.IsResult) _logger.LogInformation("no roster: {Reason}", reply);
    }

    private void Changed(ConnectionChange change)
    {
        Volatile.Write(ref _connection, (int)change.State);
        try
        {
            _options.ConnectionChanges?.Report(change);
        }
        catch (Exception theirs)
        {
            _logger.LogError(theirs, "the listener for connection changes failed");
        }
    }
}
