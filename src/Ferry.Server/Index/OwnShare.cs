using Ferry.Protocol.FileIndex;

namespace Ferry.Server.Index;

/// <summary>A share as its owner sees it.</summary>
internal sealed record OwnShare(string Name, long Generation, long Files, Visibility? Visibility);
