namespace Ferry.Files;

/// <summary>What stays of an earlier attempt's partial file.</summary>
/// <param name="Length">Bytes to keep; what lies behind them is cut off.</param>
/// <param name="Start">Where to go on writing, in bytes from the start.</param>
internal readonly record struct KeptPart(long Length, long Start);
