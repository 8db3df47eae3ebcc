using Ferry.Protocol.Hashes;

namespace Ferry.Transfers;

/// <summary>Judges a file that has arrived before it gets its name; an offer whose protocol knows hashes gives it.</summary>
internal interface IFileCheck
{
    /// <summary>Called once all bytes are here. <paramref name="digest"/> computes the whole file's, and gives null where it cannot.</summary>
    Task<FileVerdict> JudgeAsync(Func<HashFunction, CancellationToken, Task<FileHash?>> digest, CancellationToken cancellationToken);
}
