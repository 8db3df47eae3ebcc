using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Requests;
using Ferry.Sharing.Folders;

namespace Ferry.Sharing;

/// <summary>What a client that shares answers to those who ask: files for the offers, and listings (XEP-0329). Everybody else hears what a client says that shares nothing.</summary>
internal sealed class ShareDesk(SharedFolders shared, ShareAudience audience) : IFileRequests
{
    /// <summary>Items of one listing where nobody says how many.</summary>
    public const int UsualItems = 100;

    /// <summary>Items of one listing.</summary>
    public const int MaxItems = 500;

    /// <summary>Bytes of one listing, about: with its first item beyond them it ends, so that it fits where servers take little.</summary>
    public const int MaxBytes = 40 * 1024;

    private readonly RequestRate _listings = new(RequestRate.Listings, shared.Options.TimeProvider);

    public bool MayAsk(Jid asker) => audience.Has(asker);

    public async Task<RequestedFile?> OpenAsync(FileRequest request, CancellationToken cancellationToken)
    {
        if (!MayAsk(request.Asker) || Find(request) is not { } file) return null;
        if (request.Hashes.Count > 0 && !await MatchesAsync(file, request.Hashes, cancellationToken).ConfigureAwait(false)) return null;
        if (shared.Open(file) is not { } source) return null;
        var same = file.Is(source.Size, source.Modified.UtcDateTime);
        if (!same) shared.Look();
        if (!same && request.Hashes.Count > 0)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            return null;
        }

        var hash = same && shared.Catalogue.TryFind(file.FullPath, out var now) && now.Is(file.Size, file.Modified) ? now.Sha256 : null;
        return new RequestedFile(source, file.FullPath, hash) 
        {
            Began = (transfer, offer) => shared.Report(new ServedFile(transfer, request.Asker, file.FullPath, source.Size, offer)),
            Ended = outcome => shared.Report(new ServedFile(outcome.Transfer, outcome.Peer, file.FullPath, source.Size, outcome.Offer ?? "", outcome)),
        };
    }

    /// <summary>Answers a listing's request (XEP-0329 section 4).</summary>
    public Iq Answer(Iq iq)
    {
        if (iq.From is not { } asker || !MayAsk(asker)) return iq.Refuse(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
        if (iq.Type != IqType.Get) return iq.Refuse(ErrorType.Cancel, ErrorCondition.FeatureNotImplemented);
        if (!_listings.TryTake(asker)) return iq.Refuse(new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint, "asked for folders too often"));
        if (!ResultSetQuery.TryFind(iq.Payload!, out var page)) return iq.Refuse(IndexErrors.Bad("the page is none"));
        var node = iq.Payload!.Attribute("node");
        var folder = node is null or "" or "/" ? "" : node.Trim('/');
        if (folder.Length == 0) return iq.Result(new FolderListing(node, [.. shared.Options.Folders.Select(one => one.Name).Order(StringComparer.Ordinal)], []).ToElement());
        var (folders, files) = SharePath.IsValid(folder) ? shared.Catalogue.List(folder) : ([], []);

        // A share may be empty; any other folder is there because files are in it.
        if (folders.Count + files.Count == 0 && !shared.Options.Folders.Any(one => one.Name == folder)) return iq.Refuse(IndexErrors.NotFound);
        return Page(folders, files, page) is { } slice
            ? iq.Result(new FolderListing(node, slice.Folders, slice.Files, slice.Page).ToElement())
            : iq.Refuse(IndexErrors.NotFound);
    }

    /// <summary>What is said of a file.</summary>
    public static FileMetadata Describe(SharedFile file) =>
        new(file.Name, file.Size, MediaTypes.Of(file.Name), new DateTimeOffset(file.Modified, TimeSpan.Zero)) { Hashes = file.Sha256 is { } hash ? [FileHash.Sha256(hash)] : [] };

    private SharedFile? Find(FileRequest request)
    {
        if (request.Path is { } path)
        {
            if (!SharePath.IsValid(path)) return null;
            return shared.Catalogue.TryFind(path, out var file) ? file : path.Contains('/', StringComparison.Ordinal) ? null : shared.Catalogue.FindByName(path);
        }

        return request.Hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name) is { } sha256 ? shared.Catalogue.FindByHash(sha256.Hex) : null;
    }

    // Only SHA-256 is ever known; a file that is named by another hash as well cannot be told to be the one that is meant.
    private async Task<bool> MatchesAsync(SharedFile file, IReadOnlyList<FileHash> hashes, CancellationToken cancellationToken) =>
        hashes.FirstOrDefault(hash => hash.Algorithm == FileHash.Sha256Name) is { } wanted
        && await shared.HashAsync(file, cancellationToken).ConfigureAwait(false) == wanted.Hex;

    // Folders first; an item is known by its name, a folder's with a slash behind it.
    private static (IReadOnlyList<string> Folders, IReadOnlyList<FileMetadata> Files, ResultSetPage Page)? Page(
        IReadOnlyList<string> folders, IReadOnlyList<SharedFile> files, ResultSetQuery? query)
    {
        var names = folders.Select(name => name + "/").Concat(files.Select(file => file.Name)).ToList();
        var most = Math.Min(query?.Max ?? UsualItems, MaxItems);
        var first = query?.Index ?? 0;
        if (query?.After is { } after && (first = names.IndexOf(after) + 1) == 0) return null;
        if (query?.Before is { } before)
        {
            var end = before.Length == 0 ? names.Count : names.IndexOf(before);
            if (end < 0) return null;
            (first, most) = (Math.Max(0, end - most), Math.Min(most, end));
        }

        var last = (int)Math.Min(names.Count, (long)first + most);
        var (from, to) = query?.Before is null ? (first, first) : (last, last);
        for (var bytes = 0; to - from < last - first && bytes < MaxBytes;)
        {
            var next = query?.Before is null ? to++ : --from;
            bytes += 50 + (3 * names[next].Length) + (next < folders.Count ? 0 : 290); // size, type, date, hash
        }

        var page = from >= to ? new ResultSetPage(null, null, null, names.Count) : new ResultSetPage(names[from], from, names[to - 1], names.Count);
        var shown = names.Take(to).Skip(from).Take(Math.Max(0, folders.Count - from)).Select(name => name[..^1]).ToList();
        var described = files.Take(to - folders.Count).Skip(Math.Max(0, from - folders.Count)).Select(Describe).ToList();
        return (shown, described, page);
    }
}
