using Ferry.Contacts;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;

namespace Ferry.Peers;

/// <summary>
/// Finds the resources of an address that can take a file: directed presence to it, which a receiving Ferry that accepts us answers with
/// its own; three seconds for that; and what roster presence shows besides. Works between two accounts that never met.
/// </summary>
internal sealed class PeerFinder(
    StanzaSession session, PresenceBook presence, PeerFeatures features, Introductions introductions, Roster roster, FerryOptions options)
{
    /// <summary>How long answers to directed presence are waited for.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    /// <summary>How long a resource may take to say what it can do, and how long the others may once one can take the file.</summary>
    public static readonly TimeSpan WaitForAnswers = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan WaitForOthers = TimeSpan.FromSeconds(2);

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
        var jids = seen.Where(jid => jid != session.Jid).Take(MostResources).ToList();
        return new Result(await AskAsync(jids, able, cancellationToken).ConfigureAwait(false), jids.Count);
    }

    // A phone that sleeps does not answer: once one resource can take the file, the others are waited for a little only.
    private async Task<IReadOnlyList<Peer>> AskAsync(List<Jid> jids, Func<Peer, bool> able, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pending = jids.Select(jid => features.AskAsync(jid, stop.Token)).ToList();
        var found = new List<Peer>();
        try
        {
            while (pending.Count > 0)
            {
                var first = await Task.WhenAny(pending).WaitAsync(options.AtMost(found.Count > 0 ? WaitForOthers : WaitForAnswers), options.TimeProvider, cancellationToken).ConfigureAwait(false);
                pending.Remove(first);
                var peer = (await first.ConfigureAwait(false)).Peer;
                if (peer.Info is not null && able(peer)) found.Add(peer);
            }
        }
        catch (TimeoutException)
        {
            // Who did not answer by now is not asked to take a file.
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(pending).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        return found;
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
            await errored.Task.WaitAsync(options.AtMost(Wait), options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The usual way: there is no sign for "these are all".
        }

        return presence.ResourcesOf(bare);
    }
}
