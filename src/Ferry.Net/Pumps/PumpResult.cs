namespace Ferry.Net.Pumps;

/// <summary>What a pump did.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Bytes">Bytes that were written to the sink, all of them hashed unless the options say otherwise.</param>
/// <param name="Sha256">SHA-256 of those, and of what the hashes were fed with before; empty when nothing was hashed.</param>
/// <param name="Md5">The same by MD5, when the hashes given have it.</param>
/// <param name="Error">With <see cref="PumpEnd.SourceFailed"/> and <see cref="PumpEnd.SinkFailed"/>.</param>
public sealed record PumpResult(PumpEnd End, long Bytes, byte[] Sha256, byte[]? Md5, Exception? Error);
