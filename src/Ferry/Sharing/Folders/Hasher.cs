using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Ferry.Sharing.Folders;

/// <summary>Computes hashes in the background, one file after the other, and at once for who waits for one.</summary>
internal sealed class Hasher(SharedFolders shared, IReadOnlyDictionary<string, HashCache> caches, ILogger logger)
{
    private const int Batch = 256;
    private readonly SemaphoreSlim _wanted = new(1, 1);

    /// <summary>There may be files whose hashes are not known.</summary>
    public void Begin()
    {
        lock (_wanted)
        {
            if (_wanted.CurrentCount == 0) _wanted.Release();
        }
    }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(cancellationToken).ConfigureAwait(false);
                while (shared.Catalogue.WithoutHash(Batch) is { Count: > 0 } files)
                {
                    foreach (var file in files)
                    {
                        if (await HashAsync(file, cancellationToken).ConfigureAwait(false) is null) shared.Catalogue.SetUnreadable(file);
                    }
                }

                foreach (var cache in caches.Values) cache.Flush();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
        catch (Exception broken)
        {
            logger.LogError(broken, "no more hashes are computed");
        }
    }

    /// <summary>The hash of the content that the file had when it was catalogued; null where it is not there or has another one now.</summary>
    public async Task<string?> HashAsync(SharedFile file, CancellationToken cancellationToken)
    {
        if (shared.Catalogue.TryFind(file.FullPath, out var known) && known.Is(file.Size, file.Modified) && known.Sha256 is { } ready) return ready;
        var source = shared.Open(file);
        if (source is null || !file.Is(source.Size, source.Modified.UtcDateTime)) return null;
        await using var owned = source.ConfigureAwait(false);
        string hash;
        try
        {
            hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(source.Stream, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException unreadable)
        {
            logger.LogInformation(unreadable, "{Path} cannot be read", source.Path);
            return null;
        }

        if (source.Check(source.Size) is not null) return null;
        shared.Catalogue.SetHash(file, hash);
        caches[file.Share].Add(file, hash);
        return hash;
    }
}
