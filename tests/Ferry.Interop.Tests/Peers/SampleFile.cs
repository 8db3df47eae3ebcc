using System.Security.Cryptography;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A file of given size in a folder of its own, its bytes the same in every run.</summary>
public sealed class SampleFile : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ferry-sample-");

    public SampleFile(long size, string name = "sample.bin")
    {
        FilePath = Path.Combine(_directory.FullName, name);
        var random = new Random(42);
        var block = new byte[64 * 1024];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using (var file = File.Create(FilePath))
        {
            for (var left = size; left > 0; left -= block.Length)
            {
                random.NextBytes(block);
                var part = block.AsSpan(0, (int)Math.Min(left, block.Length));
                file.Write(part);
                hash.AppendData(part);
            }
        }

        Size = size;
        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private SampleFile(string name, long size)
    {
        FilePath = Path.Combine(_directory.FullName, name);
        using var file = File.Create(FilePath);
        file.SetLength(size);
        Size = size;
        Sha256 = "";
    }

    // Whoever loses, doubles or swaps a block moves a mark.
    private SampleFile(string name, long size, int marksEvery)
        : this(name, size)
    {
        using (var file = File.OpenWrite(FilePath))
        {
            for (var at = 0L; at <= size - sizeof(long); at += marksEvery)
            {
                file.Position = at;
                file.Write(BitConverter.GetBytes(at + 1));
            }
        }

        Sha256 = HashOf(FilePath);
    }

    public string FilePath { get; }

    public long Size { get; }

    public string Sha256 { get; }

    /// <summary>Zeros that take no room on the disk, for a transfer that is not meant to end. Its hash is not known.</summary>
    public static SampleFile Sparse(long size) => new("sparse.bin", size);

    /// <summary>Zeros, too, but with its own place written into it every 16 KiB: large, quickly made, and known.</summary>
    public static SampleFile Marked(long size) => new("marked.bin", size, marksEvery: 16 * 1024);

    public static string HashOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
