using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Ferry.Protocol.Files;

namespace Ferry.Protocol.HttpBridge;

/// <summary>What the headers of one part say (RFC 7578 section 4).</summary>
/// <param name="Field">Which of the two.</param>
/// <param name="FileName">
/// The last component, made one of ours by <see cref="FileNames.Sanitise"/>; null where there is none or an empty one. What a browser
/// wrote as <c>%22</c> stays so: it cannot be told from a name that has these three characters.
/// </param>
/// <param name="ContentType">As announced, untrusted: see <see cref="SafeMediaTypes"/>. Null where there is none.</param>
public sealed record MultipartPart(MultipartField Field, string? FileName, string? ContentType)
{
    private static readonly SearchValues<char> NotInHeaders = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (char)i).Where(c => c != '\t'), '\u007F']);

    /// <summary>Reads the header lines, each with its CR LF, without the empty one behind them.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> headers, [NotNullWhen(true)] out MultipartPart? part, [NotNullWhen(false)] out MultipartFault? fault)
    {
        part = null;
        fault = null;
        var text = Utf8.IsValid(headers) ? Encoding.UTF8.GetString(headers) : Encoding.Latin1.GetString(headers);

        // A line that begins with white space continues the one before it (RFC 5322 section 2.2.3).
        var lines = text.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", " ", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string? disposition = null, type = null, encoding = null;
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var twice = colon > 0 && line[..colon].Trim().ToLowerInvariant() switch
            {
                "content-disposition" => IsSet(ref disposition, line[(colon + 1)..]),
                "content-type" => IsSet(ref type, line[(colon + 1)..]),
                "content-transfer-encoding" => IsSet(ref encoding, line[(colon + 1)..]),
                _ => false,
            };
            if (colon < 1 || line.AsSpan().ContainsAny(NotInHeaders) || twice) fault = MultipartFault.Bad("a part's headers cannot be read");
        }

        if (fault is not null) return false;
        if (encoding?.ToLowerInvariant() is not (null or "binary" or "8bit" or "7bit")) fault = MultipartFault.Bad("a part is encoded");
        else part = Read(disposition, type, out fault);
        return part is not null;
    }

    private static MultipartPart? Read(string? disposition, string? type, out MultipartFault? fault)
    {
        fault = null;
        if (disposition is null || !HeaderParameters.TryParse(disposition, out var parameters) || !Same(parameters.Value, "form-data") || parameters["name"] is not { } name)
        {
            fault = MultipartFault.Bad("a part has no readable Content-Disposition with a name");
            return null;
        }

        var file = ExtendedValue.TryParse(parameters["filename*"], out var extended) ? extended : parameters["filename"];
        var fileName = string.IsNullOrEmpty(file) ? null : FileNames.Sanitise(file);
        if (Same(name, "SIDHASH")) return new MultipartPart(MultipartField.SidHash, fileName, type);
        if (Same(name, "FILE")) return new MultipartPart(MultipartField.File, fileName, type);
        fault = MultipartFault.Bad("a part is neither SIDHASH nor FILE");
        return null;
    }

    // Whether it was set before: which of two was meant nobody can say.
    private static bool IsSet(ref string? header, string value)
    {
        var twice = header is not null;
        header = value.Trim();
        return twice;
    }

    private static bool Same(string text, string name) => text.Equals(name, StringComparison.OrdinalIgnoreCase);
}
