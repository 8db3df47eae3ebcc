namespace Ferry.Files;

/// <summary>A file operation that did not succeed.</summary>
/// <param name="Reason">Exists, DiskFull, Permission, Io, Mismatch or SourceChanged.</param>
/// <param name="Message">One sentence with the path.</param>
/// <param name="Cause">The exception behind it, if there is one.</param>
internal sealed record FileFailure(FailureReason Reason, string Message, Exception? Cause = null)
{
    private const int Erofs = 30;
    private const int Enospc = 28;
    private const int Edquot = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Names what reading or writing a file threw.</summary>
    public static FileFailure Of(Exception error, string path) => new(ReasonOf(error), $"{path}: {error.Message}", error);

    /// <summary>The same without a path, for what a pump's sink threw.</summary>
    public static FailureReason ReasonOf(Exception error) => error switch
    {
        UnauthorizedAccessException => FailureReason.Permission,
        // On Unix .NET gives the system's error number as HResult.
        IOException { HResult: Enospc or Edquot or WindowsDiskFull or WindowsHandleDiskFull } => FailureReason.DiskFull,
        IOException { HResult: Erofs } => FailureReason.Permission,
        _ => FailureReason.Io,
    };
}
