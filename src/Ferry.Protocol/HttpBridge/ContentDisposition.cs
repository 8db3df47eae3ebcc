using Ferry.Protocol.Files;

namespace Ferry.Protocol.HttpBridge;

/// <summary>The Content-Disposition of a download (RFC 6266): always an attachment, so that no browser shows a stranger's file as a page.</summary>
public static class ContentDisposition
{
    /// <summary>
    /// <c>attachment; filename="…"; filename*=UTF-8''…</c> for any name, which goes through <see cref="FileNames.Sanitise"/>. The first is for
    /// programs that do not know the second: what is not ASCII, or read differently by different browsers (RFC 6266 appendix D), is an underscore there.
    /// </summary>
    public static string Attachment(string name)
    {
        var safe = FileNames.Sanitise(name);
        var plain = string.Concat(safe.EnumerateRunes().Select(rune => rune.IsAscii && rune.Value is not ('"' or '\\' or '%') ? (char)rune.Value : '_'));
        return $"attachment; filename=\"{plain}\"; filename*={ExtendedValue.Write(safe)}";
    }
}
