namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// How long the file of a form is, reckoned from the request's Content-Length while the file still arrives: what is left behind its first
/// byte, less the closing delimiter <c>CR LF -- boundary --</c>, which may end in CR LF (browsers, curl) or with the body. An estimate for
/// progress and for refusing early: white space behind the delimiter, an epilogue, or a SIDHASH behind the file make the file shorter
/// still. What <see cref="MultipartReader"/> has counted at the end is the truth.
/// </summary>
/// <param name="Least">Bytes, when the closing delimiter has its CR LF.</param>
/// <param name="Most">Bytes, when the body ends with the delimiter; two more, or as many where two would be below zero.</param>
public readonly record struct MultipartSize(long Least, long Most)
{
    /// <summary>False where no file fits: the body is too short for its own closing delimiter.</summary>
    /// <param name="contentLength">The length of the whole body in bytes.</param>
    /// <param name="fileOffset">Bytes of the body before the file's first: <see cref="MultipartReader.FileOffset"/>.</param>
    /// <param name="boundaryLength">The length of the boundary parameter, 1–70.</param>
    public static bool TryReckon(long contentLength, long fileOffset, int boundaryLength, out MultipartSize size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(contentLength);
        ArgumentOutOfRangeException.ThrowIfNegative(fileOffset);
        ArgumentOutOfRangeException.ThrowIfLessThan(boundaryLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(boundaryLength, MultipartBoundary.MaxLength);
        // Kept from wrapping where the offset is beyond all lengths.
        var most = Math.Max(contentLength - fileOffset, -1) - boundaryLength - 6;
        size = most < 0 ? default : new MultipartSize(Math.Max(0, most - 2), most);
        return most >= 0;
    }

    /// <summary>Whether a file of the announced size can be the one that arrives.</summary>
    public bool Allows(long announced) => announced >= Least && announced <= Most;
}
