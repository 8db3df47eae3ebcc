namespace Ferry.Protocol.FileIndex;

/// <summary>What people mean by the type of a file.</summary>
public enum FileKind
{
    Other,
    Audio,
    Video,
    Image,
    Text,
    Document,
    Archive,
}
