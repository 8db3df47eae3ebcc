namespace Ferry;

/// <summary>A report while bytes move: at most four a second, and one at the end.</summary>
/// <param name="Transfer">The transfer's id.</param>
/// <param name="Bytes">Bytes so far, counted from the file's start also when an earlier attempt is gone on with.</param>
/// <param name="Total">Bytes in all, or null when the sender did not say.</param>
/// <param name="Rate">Bytes per second over the last seconds.</param>
/// <param name="Method">The method that carries them.</param>
/// <param name="Stalled">Time without a byte, from 10 s on; null while bytes move.</param>
public sealed record TransferProgress(string Transfer, long Bytes, long? Total, double Rate, string Method, TimeSpan? Stalled = null);
