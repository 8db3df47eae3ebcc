using Ferry.Protocol.Hashes;

namespace Ferry.Requests;

/// <summary>A file that a peer is asked for.</summary>
/// <param name="Path">Its share path, or a bare name that is the only one of its kind there.</param>
/// <param name="Hashes">Of the whole file, as far as they are known, for instance from a search.</param>
/// <param name="Directory">Where it shall lie here.</param>
/// <param name="Name">Its name there, after checking.</param>
/// <param name="Options">What the caller said besides.</param>
internal sealed record WantedFile(string Path, IReadOnlyList<FileHash> Hashes, string Directory, string Name, GetOptions Options);
