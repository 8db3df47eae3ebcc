using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>
/// The spool on disk. A file has the digest of its URL's token for a name, so that whoever can list the folder can neither guess a URL nor read one there:
/// <code>
/// RANDOM.part     what comes in, or a record that is being written
/// DIGEST.data     a whole file
/// DIGEST.json     its record: last to come, first to go; data without one is nothing
/// .lock           held while a process uses the folder
/// </code>
/// </summary>
internal sealed class SpoolFolder : IDisposable
{
    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const string Part = ".part";
    private const string Data = ".data";
    private const string Record = ".json";

    /// <summary>Of a token's SHA-256, in characters.</summary>
    private const int DigestLength = 64;

    /// <summary>More than any record of ours has.</summary>
    private const int MaxRecordBytes = 32 * 1024;

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly Func<string, FileStream> _create;

    private SpoolFolder(string path, FileStream held, Func<string, FileStream> create) => (_path, _lock, _create) = (path, held, create);

    /// <summary>Takes the folder for this process.</summary>
    /// <param name="create">Makes a new file, where it is not to be an ordinary one.</param>
    /// <exception cref="IOException">It can't be used, or another process uses it.</exception>
    /// <exception cref="UnauthorizedAccessException">It is somebody else's.</exception>
    public static SpoolFolder Open(string path, Func<string, FileStream>? create = null)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else
        {
            Directory.CreateDirectory(path, OnlyMine | UnixFileMode.UserExecute);
            File.SetUnixFileMode(path, OnlyMine | UnixFileMode.UserExecute);
        }

        return new SpoolFolder(path, OpenFile(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileShare.None), create ?? Create);
    }

    /// <summary>Where what comes in is written; nobody else has it.</summary>
    public FileStream Begin() => _create(Path.Combine(_path, BridgeToken.Create() + Part));

    /// <summary>Makes what came in a file of the spool, which survives the death of this process from here on; a loss of power may take its name. Closes <paramref name="part"/>.</summary>
    public async Task CommitAsync(FileStream part, string digest, SpoolRecord record)
    {
        await CloseAsync(part).ConfigureAwait(false);
        File.Move(part.Name, FileOf(digest));
        var note = Begin();
        try
        {
            await JsonSerializer.SerializeAsync(note, record, SpoolJson.Default.SpoolRecord).ConfigureAwait(false);
            await CloseAsync(note).ConfigureAwait(false);
            File.Move(note.Name, RecordOf(digest));
        }
        catch
        {
            await DiscardAsync(note).ConfigureAwait(false);
            Remove(digest);
            throw;
        }
    }

    /// <summary>It was not to be.</summary>
    public static async Task DiscardAsync(FileStream part)
    {
        try
        {
            await part.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // What was still to be written has no room; it is not wanted.
        }

        File.Delete(part.Name);
    }

    /// <summary>To read it; whoever has it open reads on after <see cref="Remove"/>.</summary>
    public FileStream Read(string digest) => new(FileOf(digest), new FileStreamOptions { Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous });

    /// <summary>Removes a file and its record, as far as they are there.</summary>
    public void Remove(string digest)
    {
        File.Delete(RecordOf(digest));
        File.Delete(FileOf(digest));
    }

    /// <summary>The files that are whole. What a crash left of others is removed; what has no name of ours stays.</summary>
    public List<(string Digest, SpoolRecord Record)> Load(ILogger log)
    {
        var whole = new List<(string, SpoolRecord)>();
        foreach (var digest in Names(Record))
        {
            if (TryRead(digest, log) is { } record) whole.Add((digest, record));
            else Remove(digest);
        }

        foreach (var file in Directory.EnumerateFiles(_path, "*" + Part).Where(file => Path.GetFileNameWithoutExtension(file).Length == BridgeToken.Length)) File.Delete(file);
        foreach (var digest in Names(Data).Where(digest => !File.Exists(RecordOf(digest)))) File.Delete(FileOf(digest));
        return whole;
    }

    public void Dispose() => _lock.Dispose();

    private List<string> Names(string ending) =>
        [.. Directory.EnumerateFiles(_path, "*" + ending).Select(file => Path.GetFileNameWithoutExtension(file)).Where(name => name.Length == DigestLength && name.All(char.IsAsciiHexDigitUpper))];

    private SpoolRecord? TryRead(string digest, ILogger log)
    {
        try
        {
            var (data, note) = (new FileInfo(FileOf(digest)), new FileInfo(RecordOf(digest)));
            if (!data.Exists || note.Length > MaxRecordBytes) return null;
            var record = JsonSerializer.Deserialize(File.ReadAllBytes(note.FullName), SpoolJson.Default.SpoolRecord);
            return record is { Version: SpoolRecord.Current } && record.Size == data.Length ? record : null;
        }
        catch (JsonException wrong)
        {
            log.LogWarning("a record of the spool cannot be read and goes with its file: {Reason}", wrong.Message);
            return null;
        }
    }

    private string FileOf(string digest) => Path.Combine(_path, digest + Data);

    private string RecordOf(string digest) => Path.Combine(_path, digest + Record);

    private static FileStream Create(string path) => OpenFile(path, FileMode.CreateNew, FileShare.None);

    private static FileStream OpenFile(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OnlyMine;
        return new FileStream(path, options);
    }

    private static async Task CloseAsync(FileStream file)
    {
        file.Flush(flushToDisk: true);
        await file.DisposeAsync().ConfigureAwait(false);
    }
}
