using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;

namespace Ferry.Sharing;

/// <summary>What is in a folder that somebody shares with us. Everything in it is that person's claim.</summary>
/// <param name="Source">Who has told it: the person's client, or the index.</param>
/// <param name="FromIndex">The index has told it: the person is not there now, so nothing of it can be had at the moment.</param>
/// <param name="Folders">Names of folders; at the top the shares.</param>
/// <param name="Files">Files.</param>
public sealed record SharedListing(Jid Source, bool FromIndex, IReadOnlyList<string> Folders, IReadOnlyList<FileMetadata> Files);
