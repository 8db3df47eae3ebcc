using Ferry.Protocol.Addressing;
using Ferry.Protocol.Hashes;

namespace Ferry.Requests;

/// <summary>What a peer asks for. By path, by hash, or by both, which then must name the same file.</summary>
/// <param name="Asker">Its full address.</param>
/// <param name="Path">
/// <c>SHARE/path/name</c>, or a bare name that only one shared file has; checked by <see cref="Protocol.Files.SharePath"/>. Null: by hash alone.
/// </param>
/// <param name="Hashes">Hashes of the whole file; empty: by path alone.</param>
internal sealed record FileRequest(Jid Asker, string? Path, IReadOnlyList<FileHash> Hashes);
