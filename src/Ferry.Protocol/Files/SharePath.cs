using System.Text;

namespace Ferry.Protocol.Files;

/// <summary>The paths of shared files on the wire: <c>SHARE/folder/name</c>, or a bare name.</summary>
public static class SharePath
{
    /// <summary>In UTF-8 bytes, as every file name of jabberFS.</summary>
    public const int MaxBytes = 255;

    /// <summary>
    /// Whether a path may be asked for: components separated by <c>/</c>, none of them empty, <c>.</c> or <c>..</c>, so neither a leading nor a trailing slash; no
    /// <c>\</c>, no control characters; NFC; 1 to <see cref="MaxBytes"/> bytes.
    /// </summary>
    public static bool IsValid(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length is 0 or > MaxBytes || path.Any(c => c == '\\' || char.IsControl(c)) || HasLoneSurrogate(path)) return false;
        return Encoding.UTF8.GetByteCount(path) <= MaxBytes
            && path.IsNormalized(NormalizationForm.FormC)
            && path.Split('/').All(part => part is not ("" or "." or ".."));
    }

    // Normalisation throws for them.
    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }

        return false;
    }
}
