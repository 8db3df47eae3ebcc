using Ferry.Protocol.Addressing;

namespace Ferry.Resuming;

/// <summary>What makes two offers the same file: everything must be equal, what was not offered included.</summary>
/// <param name="Sender">Bare: the same account from another resource sends the same files.</param>
/// <param name="Name">As it is called here, after checking.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">In lower-case hexadecimal, or another hash with its name before it; or null.</param>
/// <param name="Modified">The last change, or null.</param>
internal sealed record FileIdentity(Jid Sender, string Name, long Size, string? Md5, DateTimeOffset? Modified)
{
    /// <summary>Name and size alone tell no version of a file from another.</summary>
    public bool IsSure => Md5 is not null || Modified is not null;
}
