using Ferry.Files;
using Microsoft.Win32.SafeHandles;

namespace Ferry.Sharing.Folders;

/// <summary>
/// An open folder, from which one goes down a step at a time: never through a link, so never out of where one began. What is opened is what was looked at,
/// whatever is renamed meanwhile.
/// </summary>
internal interface IFolder : IDisposable
{
    /// <summary>What is in it: plain files and folders, by name; links, pipes and devices are left out, and so is what cannot be read.</summary>
    IEnumerable<FolderItem> Items();

    /// <summary>A folder in it; null where there is none of that name.</summary>
    IFolder? OpenFolder(string name);

    /// <summary>A plain file in it, for reading; null where there is none of that name.</summary>
    SafeFileHandle? OpenFile(string name);
}

/// <summary>Something in a folder.</summary>
/// <param name="Name">One component.</param>
/// <param name="IsFolder">Else it is a plain file.</param>
/// <param name="Modified">A file's last change, in UTC.</param>
/// <param name="Size">In bytes; 0 for a folder.</param>
internal readonly record struct FolderItem(string Name, bool IsFolder, long Size, DateTime Modified);
