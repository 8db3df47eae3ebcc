using Microsoft.Win32.SafeHandles;

namespace Ferry.Files;

/// <summary>A file while it is sent: what the offer said of it, and whether that still holds.</summary>
internal sealed class SourceFile : IAsyncDisposable
{
    private readonly FileStream _stream;

    private SourceFile(FileStream stream, string path)
    {
        (_stream, Path) = (stream, path);
        Size = stream.Length;
        Modified = new DateTimeOffset(File.GetLastWriteTimeUtc(stream.SafeFileHandle), TimeSpan.Zero);
    }

    /// <summary>The whole path.</summary>
    public string Path { get; }

    /// <summary>The last component, to offer.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Bytes when it was opened.</summary>
    public long Size { get; }

    /// <summary>Its date when it was opened.</summary>
    public DateTimeOffset Modified { get; }

    /// <summary>For reads beside the stream, which leave its position alone.</summary>
    public SafeFileHandle Handle => _stream.SafeFileHandle;

    /// <summary>Read from here; may be set to any offset first.</summary>
    public Stream Stream => _stream;

    /// <summary>Opens a plain file for reading; others may go on writing to it, which <see cref="Check"/> sees. Fails with Permission or Io.</summary>
    public static FileResult<SourceFile> Open(string path)
    {
        FileStream? stream = null;
        try
        {
            if (Directory.Exists(path))
            {
                return new FileFailure(FailureReason.Io, $"{path} is a folder");
            }

            // Opening a pipe that nobody writes to would wait for ever.
            if (PlainFile.IsKnownNotToBe(path)) return NotPlain(path);
            stream = new FileStream(path, new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });
            if (!stream.CanSeek)
            {
                // A pipe has neither a size to offer nor a second reading.
                stream.Dispose();
                return NotPlain(path);
            }

            return new SourceFile(stream, stream.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            return FileFailure.Of(error, path);
        }
    }

    /// <summary>A plain file that is open already, called <paramref name="path"/> in messages; the handle belongs to what comes back.</summary>
    public static SourceFile Of(SafeFileHandle handle, string path)
    {
        try
        {
            return new SourceFile(new FileStream(handle, FileAccess.Read, bufferSize: 0), path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>
    /// After sending: SourceChanged when size or date are no longer what they were, or fewer bytes than claimed could be read; else null.
    /// </summary>
    /// <param name="sent">Bytes read to the end of the claimed size, counted from the file's start.</param>
    public FileFailure? Check(long sent)
    {
        try
        {
            bool same = sent == Size
                && _stream.Length == Size
                && File.GetLastWriteTimeUtc(_stream.SafeFileHandle) == Modified.UtcDateTime;
            return same ? null : new FileFailure(FailureReason.SourceChanged, $"{Path} changed while it was sent");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return FileFailure.Of(error, Path);
        }
    }

    private static FileFailure NotPlain(string path) =>
        new(FailureReason.Io, $"{path} is a pipe or a device: what it gives can be sent as a stream, with a name");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
