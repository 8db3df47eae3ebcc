using System.Buffers;
using System.Security.Cryptography;

namespace Ferry.Net.Pumps;

/// <summary>
/// Hashes of a file while it moves: SHA-256 always, MD5 where an SI offer named one. One thread appends; others may look at the state meanwhile.
/// </summary>
public sealed class RunningHashes : IDisposable
{
    private const int SeedBuffer = 128 * 1024;

    private readonly Lock _lock = new(); // one appends, and a journal looks now and then: hardly ever contended
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash? _md5;

    public RunningHashes(bool withMd5 = false) => _md5 = withMd5 ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;

    /// <summary>Bytes hashed so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _sha256.AppendData(bytes);
            _md5?.AppendData(bytes);
            Bytes += bytes.Length;
        }
    }

    /// <summary>How far it has come and the SHA-256 of that; from any thread.</summary>
    public HashMark Mark()
    {
        lock (_lock) return new HashMark(Bytes, _sha256.GetCurrentHash());
    }

    /// <summary>Adds the next <paramref name="count"/> bytes of a stream, less when it ends before; returns how many.</summary>
    public async Task<long> AppendAsync(Stream source, long count, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SeedBuffer);
        try
        {
            long left = count;
            while (left > 0)
            {
                int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken)
                    .ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                Append(buffer.AsSpan(0, read));
                left -= read;
            }

            return count - left;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>SHA-256 of the bytes so far, 32 bytes; hashing may go on.</summary>
    public byte[] CurrentSha256()
    {
        lock (_lock) return _sha256.GetCurrentHash(); // a journal may be looking at this moment
    }

    /// <summary>MD5 of the bytes so far, 16 bytes, or null without MD5.</summary>
    public byte[]? CurrentMd5() => _md5?.GetCurrentHash();

    /// <inheritdoc/>
    public void Dispose()
    {
        _sha256.Dispose();
        _md5?.Dispose();
    }
}
