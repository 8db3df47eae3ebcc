using System.Data.Common;
using System.Globalization;
using Dapper;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.ResultSets;
using Ferry.Server.Index.Storage;

namespace Ferry.Server.Index;

/// <summary>
/// Searching and browsing, always as somebody: what that account may not see is not there.
/// <para>
/// A search takes at most <see cref="MaxCandidates"/> candidates from the full text, puts those of owners who are there first, and then looks at rows until a page is full. An item of
/// a result set is its place in that order (<c>0-17</c>: owner there, entry 17), so a page goes on behind it whatever came or went meanwhile. Counts above <see cref="MaxCounted"/> are estimates.
/// </para>
/// </summary>
internal sealed class IndexSearch(IndexDatabase database, ScopeBook scopes, IndexOptions options, TimeProvider time)
{
    public const int MaxCandidates = 10_000;

    /// <summary>Searches of one account under way: one account alone keeps nobody else from searching. Listings are not counted: whoever browses asks for many at one time.</summary>
    public const int MaxUnderWay = 8;

    /// <summary>Candidates up to which all rows are compared, so that the count is exact.</summary>
    public const int MaxCounted = 500;

    /// <summary>Rows looked at for one listing of a folder.</summary>
    private const int MaxListed = 20_000;

    private const int RowsAtOnce = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<Jid, int> _underWay = [];

    /// <summary>One page of what is found.</summary>
    /// <exception cref="TimeoutException">It took longer than <see cref="IndexOptions.SearchTime"/>, or <see cref="MaxUnderWay"/> of the asker's are under way; listings throw it, too, when they take too long.</exception>
    public async Task<SearchAnswer> SearchAsync(Jid asker, SearchQuery query, ResultSetQuery? page, CancellationToken cancellationToken)
    {
        Begin(asker.Bare);
        try
        {
            return await InScopeAsync(asker, (connection, scope, limit) => Search(connection, scope, query, page, limit), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            End(asker.Bare);
        }
    }

    /// <summary>What is inside of a folder; null: no such folder, or not for the asker.</summary>
    /// <param name="page">Items are <c>d:NAME</c> and <c>f:NAME</c>.</param>
    public async Task<FolderPage?> ListAsync(Jid asker, FileNode node, ResultSetQuery? page, CancellationToken cancellationToken) =>
        await InScopeAsync(asker, (connection, scope, _) => List(connection, scope, node, page), cancellationToken).ConfigureAwait(false);

    /// <summary>One file by its place; null: none such, or not for the asker.</summary>
    public async Task<SearchHit?> FindAsync(Jid asker, FileNode node, CancellationToken cancellationToken) =>
        await InScopeAsync(asker, (connection, scope, _) => Find(connection, scope, node), cancellationToken).ConfigureAwait(false);

    /// <summary>One file by its number; null: none such, or not for the asker.</summary>
    public async Task<SearchHit?> FindAsync(Jid asker, long entry, CancellationToken cancellationToken) =>
        await InScopeAsync(
            asker,
            (connection, scope, _) => database.FindById(connection, [entry]) is [var row] && scope.Of(entry) is { } share && Scope.Shows(share, entry, row.Visibility) ? Hit(share, row) : null,
            cancellationToken).ConfigureAwait(false);

    private async Task<T> InScopeAsync<T>(Jid asker, Func<DbConnection, Scope, ReadTime, T> work, CancellationToken cancellationToken)
    {
        var known = scopes.Recall(asker);
        var groups = known is null ? await scopes.GroupsAsync(asker, cancellationToken).ConfigureAwait(false) : [];
        var limit = new ReadTime(time, options.SearchTime);
        return await database.ReadAsync(connection => work(connection, known ?? scopes.Of(connection, asker, groups), limit), limit, cancellationToken).ConfigureAwait(false);
    }

    private void Begin(Jid asker)
    {
        lock (_gate)
        {
            if (_underWay.GetValueOrDefault(asker) is var many && many >= MaxUnderWay) throw new TimeoutException($"{many} searches of one account are under way");
            _underWay[asker] = many + 1;
        }
    }

    private void End(Jid asker)
    {
        lock (_gate)
        {
            if (_underWay[asker] == 1) _underWay.Remove(asker);
            else _underWay[asker]--;
        }
    }

    private SearchAnswer Search(DbConnection connection, Scope scope, SearchQuery query, ResultSetQuery? page, ReadTime limit)
    {
        var shares = scope.Ids;
        if (query.Owner is not null || query.Online)
        {
            shares = [.. shares.Where(id => scope.Of(id << 32) is { } share && (query.Owner is null || share.Owner == query.Owner) && (!query.Online || share.Session is not null))];
        }

        var candidates = Visible(connection, scope, database.FindCandidates(connection, query, shares, MaxCandidates), limit);
        // Stable: inside each half by number.
        var there = candidates.ToLookup(IsThere);
        List<long> ordered = [.. there[true], .. there[false]];
        var max = Math.Min(page?.Max ?? SearchRequest.UsualHits, SearchRequest.MaxHits);
        if (ordered.Count <= MaxCounted && query.NeedsRows) return Exact(connection, scope, query, ordered, page, max);
        var (start, backwards) = Start(ordered, page, IsThere);
        var hits = backwards ? Backwards(connection, scope, query, ordered, start, max, limit) : Forwards(connection, scope, query, ordered, start, max, limit);
        return Answer(hits, page, ordered.Count, hits.Count == 0 ? null : ordered.IndexOf(hits[0].Id), IsThere);

        bool IsThere(long id) => scope.Of(id)?.Session is not null;
    }

    // Files with rules of their own are looked at here: not even a count tells of those that are not for the asker.
    private List<long> Visible(DbConnection connection, Scope scope, List<long> candidates, ReadTime limit)
    {
        var hidden = new HashSet<long>();
        foreach (var some in candidates.Where(id => scope.Of(id) is { HasRules: true }).Chunk(RowsAtOnce))
        {
            limit.Check();
            hidden.UnionWith(some);
            hidden.ExceptWith(database.FindById(connection, some).Where(row => Scope.Shows(scope.Of(row.Id)!, row.Id, row.Visibility)).Select(row => row.Id));
        }

        limit.Check();
        return hidden.Count == 0 ? candidates : [.. candidates.Where(id => !hidden.Contains(id))];
    }

    private SearchAnswer Exact(DbConnection connection, Scope scope, SearchQuery query, List<long> ordered, ResultSetQuery? page, int max)
    {
        var all = Rows(connection, scope, query, ordered);
        List<long> ids = [.. all.Select(hit => hit.Id)];
        var (start, backwards) = Start(ids, page, IsThere);
        var from = backwards ? Math.Max(0, start - max) : Math.Min(start, all.Count);
        List<SearchHit> hits = [.. all.Skip(from).Take(backwards ? start - from : max)];
        return Answer(hits, page, all.Count, hits.Count == 0 ? null : from, IsThere);

        bool IsThere(long id) => scope.Of(id)?.Session is not null;
    }

    // Where a page begins, or before which place it ends.
    private static (int Start, bool Backwards) Start(List<long> ordered, ResultSetQuery? page, Func<long, bool> isThere)
    {
        if (page?.Before is { } before) return (before.Length == 0 ? ordered.Count : Place(before, behind: false), true);
        if (page?.After is { } after) return (Place(after, behind: true), false);
        return (Math.Min(page?.Index ?? 0, ordered.Count), false);

        int Place(string item, bool behind)
        {
            var parts = item.Split('-');
            if (parts.Length != 2 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return behind ? ordered.Count : 0;
            var key = (parts[0] == "0" ? 0 : 1, id);
            var place = ordered.FindIndex(other => (isThere(other) ? 0 : 1, other).CompareTo(key) is var order && (behind ? order > 0 : order >= 0));
            return place < 0 ? ordered.Count : place;
        }
    }

    private static SearchAnswer Answer(List<SearchHit> hits, ResultSetQuery? page, int count, int? index, Func<long, bool> isThere)
    {
        if (page is null) return new SearchAnswer(hits, null);
        var set = hits.Count == 0 ? new ResultSetPage(null, null, null, count) : new ResultSetPage(Item(hits[0]), index, Item(hits[^1]), count);
        return new SearchAnswer(hits, set);

        string Item(SearchHit hit) => $"{(isThere(hit.Id) ? 0 : 1)}-{hit.Id.ToString(CultureInfo.InvariantCulture)}";
    }

    private List<SearchHit> Forwards(DbConnection connection, Scope scope, SearchQuery query, List<long> ordered, int start, int max, ReadTime limit)
    {
        var hits = new List<SearchHit>();
        for (var at = start; at < ordered.Count && hits.Count < max;)
        {
            limit.Check();
            var some = ordered.GetRange(at, Math.Min(Some(max - hits.Count), ordered.Count - at));
            hits.AddRange(Rows(connection, scope, query, some));
            at += some.Count;
        }

        return hits.Count > max ? hits[..max] : hits;
    }

    private List<SearchHit> Backwards(DbConnection connection, Scope scope, SearchQuery query, List<long> ordered, int end, int max, ReadTime limit)
    {
        var hits = new List<SearchHit>();
        for (var at = end; at > 0 && hits.Count < max;)
        {
            limit.Check();
            var from = Math.Max(0, at - Some(max - hits.Count));
            hits.InsertRange(0, Rows(connection, scope, query, ordered.GetRange(from, at - from)));
            at = from;
        }

        return hits.Count > max ? hits[^max..] : hits;
    }

    // As a rule all fit.
    private static int Some(int wanted) => Math.Clamp(wanted, RowsAtOnce / 5, RowsAtOnce);

    private List<SearchHit> Rows(DbConnection connection, Scope scope, SearchQuery query, List<long> ids)
    {
        var rows = database.FindById(connection, ids).ToDictionary(row => row.Id);
        var hits = new List<SearchHit>();
        foreach (var id in ids)
        {
            if (rows.TryGetValue(id, out var row) && scope.Of(id) is { } share && Scope.Shows(share, id, row.Visibility) && row.Fits(query)) hits.Add(Hit(share, row));
        }

        return hits;
    }

    private SearchHit? Find(DbConnection connection, Scope scope, FileNode node)
    {
        if (node.Owner is null || node.Inside.Length == 0) return null;
        var share = scope.Shares.FirstOrDefault(share => share.Owner == node.Owner && share.Name == node.Share);
        if (share is null || !database.FindByPath(connection, null, share.Id, [node.Inside]).TryGetValue(node.Inside, out var row)) return null;
        return Scope.Shows(share, row.Id, row.Visibility) ? Hit(share, row) : null;
    }

    private FolderPage? List(DbConnection connection, Scope scope, FileNode node, ResultSetQuery? page)
    {
        var max = Math.Min(page?.Max ?? SearchRequest.MaxHits, SearchRequest.MaxHits);
        if (node.Path is null)
        {
            var names = node.Owner is null
                ? scope.Shares.Where(share => HasAny(connection, share)).Select(share => share.Owner.ToString()).Distinct(StringComparer.Ordinal)
                : scope.Shares.Where(share => share.Owner == node.Owner && HasAny(connection, share)).Select(share => share.Name);
            var all = names.Order(StringComparer.Ordinal).ToList();
            return all.Count == 0 && node.Owner is not null ? null : Folders(all, page, max);
        }

        var found = scope.Shares.FirstOrDefault(share => share.Owner == node.Owner && share.Name == node.Share);
        return found is null ? null : Inside(connection, found, node.Inside, page, max);
    }

    // Shares of which only some files may be seen, if any.
    private bool HasAny(DbConnection connection, ScopeShare share) => share.IsShown || Inside(connection, share, "", null, 1) is not null;

    private static FolderPage Folders(List<string> all, ResultSetQuery? page, int max)
    {
        var end = page?.Before is { Length: > 0 } before ? Place(before, 0) : all.Count;
        var start = page switch
        {
            { After: { } after } => Place(after, 1),
            { Before: not null } => Math.Max(0, end - max),
            _ => Math.Min(page?.Index ?? 0, all.Count),
        };
        List<FolderItem> items = [.. all.Take(end).Skip(start).Take(max).Select(name => new FolderItem(name, null))];
        return new FolderPage(items, items.Count == 0 ? new ResultSetPage(null, null, null, all.Count) : new ResultSetPage(items[0].Item, start, items[^1].Item, all.Count));

        int Place(string item, int least) => all.FindIndex(name => string.CompareOrdinal("d:" + name, item) >= least) is var at and >= 0 ? at : all.Count;
    }

    // Paths are in order, so a folder is one jump: behind "a/…" comes "a0", which is '/' plus one, and before it everything up to "a/".
    private FolderPage? Inside(DbConnection connection, ScopeShare share, string folder, ResultSetQuery? page, int max)
    {
        var prefix = folder.Length == 0 ? "" : folder + "/";
        var backwards = page?.Before is not null;
        var from = page?.After is { Length: > 2 } after ? prefix + after[2..] + (after[0] == 'd' ? "0" : "\u0001") : prefix;
        var end = page?.Before is { Length: > 2 } before ? prefix + before[2..] + (before[0] == 'd' ? "/" : "") : folder.Length == 0 ? null : folder + "0";
        var items = new List<FolderItem>();
        var looked = 0;
        var any = page?.After is not null || page?.Before is { Length: > 0 };
        while (items.Count < max && looked < MaxListed)
        {
            var rows = connection.Query<EntryRow>(
                $"SELECT {database.EntryColumns} FROM entry WHERE share = @share AND path >= @from AND (CAST(@end AS text) IS NULL OR path < @end) ORDER BY path {(backwards ? "DESC " : "")}LIMIT {RowsAtOnce}",
                new { share = share.Id, from, end }).AsList();
            string? jump = null;
            foreach (var row in rows)
            {
                looked++;
                if (!Scope.Shows(share, row.Id, row.Visibility)) continue;
                any = true;
                var slash = row.Path.IndexOf('/', prefix.Length);
                if (items.Count == max) break;
                if (slash < 0)
                {
                    items.Add(new FolderItem(row.Path[prefix.Length..], Hit(share, row)));
                    continue;
                }

                items.Add(new FolderItem(row.Path[prefix.Length..slash], null));
                jump = row.Path[..slash] + (backwards ? "/" : "0");
                break;
            }

            if (jump is null && rows.Count < RowsAtOnce) break;
            if (backwards) end = jump ?? rows[^1].Path;
            else from = jump ?? rows[^1].Path + "\u0001";
        }

        if (backwards) items.Reverse();
        if (!any && (folder.Length > 0 || !share.IsShown)) return null;
        return new FolderPage(items, items.Count == 0 ? new ResultSetPage(null, null, null, null) : new ResultSetPage(items[0].Item, null, items[^1].Item, null));
    }

    private static SearchHit Hit(ScopeShare share, EntryRow row) => new(row.Id, share.Address, new FileNode(share.Owner, share.Name + "/" + row.Path), row.ToMetadata());
}
