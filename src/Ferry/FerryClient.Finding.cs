using Ferry.Net.Sessions;
using Ferry.Offers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Sharing;
using Ferry.Sharing.Publishing;

namespace Ferry;

/// <summary>What others share: searching the index, listing a person's folders.</summary>
public sealed partial class FerryClient
{
    /// <summary>Items of one folder that are read, over however many pages.</summary>
    internal const int MaxListed = 100_000;

    // Somebody who asked for too many folders within a minute is heard again behind all of them.
    private const int MostWaits = 6;

    private static readonly TimeSpan QuestionTime = TimeSpan.FromSeconds(30);

    private Jid? _knownIndex;

    /// <summary>The index of our server, where shared files are searched; null: it has none, or shows none.</summary>
    public async Task<Jid?> FindIndexAsync(CancellationToken cancellationToken = default)
    {
        _knownIndex ??= _publishing?.Index;
        return _knownIndex ??= await new IndexFinder(
            (to, type, payload, time, stop) => _session.RequestAsync(to, type, payload, _options.AtMost(time), stop), Jid.Parse(Jid.Domain)).FindAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One page of what the index knows that matches and is shared with us (XEP-0055).</summary>
    /// <param name="words">Words of names, as people type them; see <see cref="SearchWords"/>.</param>
    /// <param name="filter">What must hold besides: kind, sizes, hash, owner, online. Its words are not looked at.</param>
    /// <param name="page">Which page; null: the first.</param>
    /// <param name="index">The index; null: our server's.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="FerryException">There is no index (<c>not-supported</c>), or it said no.</exception>
    public async Task<SearchAnswer> SearchAsync(
        string words, SearchQuery filter, ResultSetQuery? page = null, Jid? index = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(filter);
        var service = index ?? await FindIndexAsync(cancellationToken).ConfigureAwait(false) ?? throw NoIndex();
        var reply = await _session.RequestAsync(service, IqType.Set, SearchRequest.Submit(filter, words, page), _options.AtMost(QuestionTime), cancellationToken).ConfigureAwait(false);
        if (reply.Error is { Condition: ErrorCondition.ItemNotFound }) return new SearchAnswer([], null); // a page behind the last one
        if (!reply.IsResult) throw Refusal(reply, $"{service} did not search");
        return SearchAnswer.TryParse(reply.Payload, out var answer) ? answer : new SearchAnswer([], null);
    }

    /// <summary>What somebody shares with us (XEP-0329): asked of the person's client where one is there, else of the index.</summary>
    /// <param name="owner">A bare address, or the full one of a client.</param>
    /// <param name="folder"><c>SHARE/folder</c>; null: the shares.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="FerryException">Nobody is there who could be asked, or there is no such folder for us (<c>absent</c>).</exception>
    public async Task<SharedListing> ListAsync(Jid owner, string? folder = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (folder is not null && !SharePath.IsValid(folder)) throw new FerryException(FailureReason.Usage, Side.Here, $"'{folder}' is no path of a shared folder", "write SHARE/folder");
        IqReply? last = null;
        foreach (var client in await SharingClientsAsync(owner, cancellationToken).ConfigureAwait(false))
        {
            var (listing, reply) = await ListAsync(client, folder, fromIndex: false, cancellationToken).ConfigureAwait(false);
            if (listing is not null) return listing;
            last = reply;
        }

        if (!owner.IsFull && await FindIndexAsync(cancellationToken).ConfigureAwait(false) is { } index)
        {
            var (listing, reply) = await ListAsync(index, folder is null ? owner.ToString() : $"{owner}/{folder}", fromIndex: true, cancellationToken).ConfigureAwait(false);
            if (listing is not null && (last is null || listing.Folders.Count + listing.Files.Count > 0)) return listing;
            last ??= reply;
        }

        if (last is { Missing: { } }) throw Refusal(last, $"{owner} was not asked");
        throw new FerryException(
            FailureReason.Absent,
            Side.Peer,
            folder is null ? $"{owner} shares nothing with you, or is not there" : $"{owner} shares no folder '{folder}' with you, or is not there",
            "is it online, with ferry share, and does --allow name you?");
    }

    private async Task<IReadOnlyList<Jid>> SharingClientsAsync(Jid owner, CancellationToken cancellationToken)
    {
        if (owner.IsFull)
        {
            await _introductions.IntroduceAsync(owner, cancellationToken).ConfigureAwait(false);
            return [owner];
        }

        // Without presence of ours the server shows us no contact's.
        if (!_options.SendPresence) await _introductions.AnnounceAsync(cancellationToken).ConfigureAwait(false);
        var found = await _finder.FindAsync(owner, Shares, cancellationToken).ConfigureAwait(false);
        return [.. found.Able.Select(peer => peer.Jid)];
    }

    private async Task<(SharedListing? Listing, IqReply? Refused)> ListAsync(Jid source, string? node, bool fromIndex, CancellationToken cancellationToken)
    {
        var (folders, files) = (new List<string>(), new List<FileMetadata>());
        string? after = null;
        for (var again = 0; ;)
        {
            var query = FolderListing.Query(node, new ResultSetQuery(null, after));
            var reply = await _session.RequestAsync(source, IqType.Get, query, _options.AtMost(QuestionTime), cancellationToken).ConfigureAwait(false);
            if (reply.Error is { Type: ErrorType.Wait, Condition: ErrorCondition.ResourceConstraint } && again < MostWaits)
            {
                await Task.Delay(RetryWaits.Before(again++), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!reply.IsResult || !FolderListing.TryParse(reply.Payload, out var part))
            {
                // The first page is there; a folder that changes while it is read is none that is not there.
                return after is null ? (null, reply) : (new SharedListing(source, fromIndex, folders, files), null);
            }

            folders.AddRange(part.Folders);
            files.AddRange(part.Files);
            // The index does not count what is in a folder.
            var more = part.Page is { Last: { } last } && last != after && part.Folders.Count + part.Files.Count > 0 && folders.Count + files.Count < Math.Min(part.Page.Count ?? MaxListed, MaxListed);
            if (!more) return (new SharedListing(source, fromIndex, folders, files), null);
            after = part.Page!.Last;
        }
    }

    private static FerryException NoIndex() =>
        new(FailureReason.NotSupported, Side.Server, "your server has no index of shared files", "name one with --index, or list a person's files with ferry ls");

    private static FerryException Refusal(IqReply reply, string what) => new(
        reply switch
        {
            { Missing: NoReply.TimedOut } => FailureReason.Timeout,
            { Missing: NoReply.SessionEnded } => FailureReason.StreamLost,
            { Error.Condition: ErrorCondition.RecipientUnavailable or ErrorCondition.ItemNotFound or ErrorCondition.RemoteServerNotFound } => FailureReason.Absent,
            { Error.Condition: ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable } => FailureReason.NotSupported,
            _ => FailureReason.Refused,
        },
        Side.Server,
        $"{what}: {reply}");
}
