namespace Ferry.Protocol.StreamInitiation;

/// <summary>The part of the file that the receiver wants (XEP-0096 section 3).</summary>
/// <param name="Offset">Bytes to leave out at the start.</param>
/// <param name="Length">Bytes to send from there; null means to the end.</param>
public sealed record SiRange(long Offset, long? Length = null)
{
    /// <summary>The whole file.</summary>
    public static SiRange Whole { get; } = new(0);

    /// <summary>Whether a file of that size has this part; a file of unknown size (null) may have it.</summary>
    public bool FitsIn(long? size)
    {
        if (Offset < 0 || Length < 0) return false;
        if (size is not { } total || (Offset == 0 && Length is null)) return true;
        if (Offset == 0 && total == 0) return Length is null or 0;
        return Offset < total && (Length ?? 0) <= total - Offset;
    }

    /// <summary>How many bytes will come, of a file of that size; null when neither says.</summary>
    public long? BytesOf(long? size) => Length ?? (size is { } total ? Math.Max(0, total - Offset) : null);
}
