using Ferry.Contacts;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;

namespace Ferry.Peers;

/// <summary>
/// Finds the resources of an address that can take a file: directed presence to it, which a receiving Ferry that accepts us answers with
/// its own; three seconds for that; and what roster presence shows besides. Works between two accounts that never met.
/// </summary>
internal sealed class PeerFinder(
    StanzaSession session, PresenceBook presence, PeerFeatures features, Introductions introductions, Roster roster, TimeProvider time)
{
    /// <summary>How long answers to directed presence are waited for.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    /// <summary>How many resources of one account are asked.</summary>
    public const int MostResources = 16;

    /// <summary>What was found.</summary>
    /// <param name="Able">Those that can take the file.</param>
    /// <param name="Seen">How many resources were seen at all.</param>
    public readonly record struct Result(IReadOnlyList<Peer> Able, int Seen);

    /// <summary>Looks for the resources of a bare address; <paramref name="able"/> judges what each can do.</summary>
    public async Task<Result> FindAsync(Jid bare, Func<Peer, bool> able, CancellationToken cancellationToken)
    {
        var seen = await CollectAsync(bare, cancellationToken).ConfigureAwait(false);
        var asked = seen.Where(jid => jid != session.Jid).Take(MostResources).Select(jid => features.AskAsync(jid, cancellationToken));
        var peers = await Task.WhenAll(asked).ConfigureAwait(false);
        return new Result([.. peers.Where(found => found.Peer.Info is not null && able(found.Peer)).Select(found => found.Peer)], peers.Length);
    }

    private async Task<IReadOnlyList<Jid>> CollectAsync(Jid bare, CancellationToken cancellationToken)
    {
        var errored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = presence.Watch(bare, heard =>
        {
            if (heard.Type == "error") errored.TrySetResult();
        });
        await introductions.IntroduceAsync(bare, cancellationToken).ConfigureAwait(false);
        // Of contacts whose presence we see, the server told us all there is.
        if (roster.Sees(bare) && presence.ResourcesOf(bare) is { Count: > 0 } known) return known;
        try
        {
            await errored.Task.WaitAsync(Wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The usual way: there is no sign for "these are all".
        }

        return presence.ResourcesOf(bare);
    }
}
