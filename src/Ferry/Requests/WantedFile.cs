using Ferry.Protocol.Hashes;

namespace Ferry.Requests;

/// <summary>A file that a peer is asked for: by its path, or by the hash of what is in it.</summary>
/// <param name="Path">Its share path, or a bare name that is the only one of its kind there; null: by hash alone.</param>
/// <param name="Hash">Of the whole file: what arrives has this hash, or is thrown away. Null: by path alone.</param>
/// <param name="Directory">Where it shall lie here.</param>
/// <param name="Name">Its name there, after checking; null: as the peer calls it, after checking.</param>
/// <param name="Options">What the caller said besides.</param>
internal sealed record WantedFile(string? Path, FileHash? Hash, string Directory, string? Name, GetOptions Options)
{
    /// <summary>What people are told that was asked for.</summary>
    public string Label => Name ?? $"{Hash!.Algorithm}:{Hash.Hex}";
}
