using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Ferry.Resuming;

/// <summary>
/// The folder of entries, one small file for each partial file, named after the hash of its path. Whoever holds the partial file's lock is the
/// only one who touches its entry. What cannot be read is no entry; what cannot be written costs the resumption, never the transfer.
/// </summary>
internal sealed class Journal(string folder)
{
    /// <summary>Entries kept; beyond it the oldest go, whose partial files were most likely deleted by hand.</summary>
    public const int Most = 1000;

    /// <summary>An entry that is longer is none: names and paths have their limits.</summary>
    public const int MostBytes = 64 * 1024;

    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The entry of a partial file, or null where there is none that makes sense.</summary>
    public JournalEntry? Read(string partial) => ReadFile(new FileInfo(PathOf(partial))) is { } entry && entry.IsSound(partial) ? entry : null;

    /// <summary>The entry that was noted last of those that make sense and that <paramref name="wanted"/> wants, or null.</summary>
    public JournalEntry? Find(Func<JournalEntry, bool> wanted)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Take(Most)
                .Select(file => ReadFile(file) is { } entry && entry.IsSound(entry.Partial) && Path.GetFileName(PathOf(entry.Partial)) == file.Name ? entry : null)
                .FirstOrDefault(entry => entry is not null && wanted(entry));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
    /// <summary>Replaces the entry in one step, readable for nobody else. False when it could not be.</summary>
    public bool TryWrite(JournalEntry entry)
    {
        var path = PathOf(entry.Partial);
        var temporary = path + ".new";
        try
        {
            MakeFolder();
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OnlyMine;
            using (var file = new FileStream(temporary, options))
            {
                JsonSerializer.Serialize(file, entry, JournalContext.Default.JournalEntry);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Forgets a partial file.</summary>
    public void Remove(string partial)
    {
        try
        {
            File.Delete(PathOf(partial));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // No folder, no entry.
        }
    }

    /// <summary>Drops the oldest entries beyond <see cref="Most"/>.</summary>
    public void Prune()
    {
        try
        {
            foreach (var old in new DirectoryInfo(folder).EnumerateFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Skip(Most)) old.Delete();
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // The next receive tries again.
        }
    }

    private static JournalEntry? ReadFile(FileInfo file)
    {
        try
        {
            return file.Exists && file.Length <= MostBytes ? JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), JournalContext.Default.JournalEntry) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(string partial) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(partial))) + ".json");

    private void MakeFolder()
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, OnlyMine | UnixFileMode.UserExecute);
    }
}
