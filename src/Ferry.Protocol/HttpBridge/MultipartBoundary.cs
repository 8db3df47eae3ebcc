using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Ferry.Protocol.HttpBridge;

/// <summary>What separates the parts of a form, from the request's Content-Type (RFC 2046 section 5.1.1, RFC 7578 section 4.1).</summary>
public static class MultipartBoundary
{
    /// <summary>In characters, all of them ASCII.</summary>
    public const int MaxLength = 70;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_,-./:=? ");

    /// <summary>Reads the header, the boundary quoted or not; on false <paramref name="fault"/> answers the request.</summary>
    public static bool TryParse(string? contentType, [NotNullWhen(true)] out string? boundary, [NotNullWhen(false)] out MultipartFault? fault)
    {
        boundary = null;
        fault = null;
        if (contentType is null || !IsForm(contentType)) fault = new MultipartFault(415, "the body is no multipart/form-data");
        else if (!HeaderParameters.TryParse(contentType, out var parameters)) fault = MultipartFault.Bad("the Content-Type cannot be read");
        else if (!IsBoundary(parameters["boundary"])) fault = MultipartFault.Bad("the boundary is missing or not of 1 to 70 allowed characters");
        else boundary = parameters["boundary"]!;
        return boundary is not null;
    }

    internal static bool IsBoundary([NotNullWhen(true)] string? text) =>
        text is { Length: > 0 and <= MaxLength } && text[^1] != ' ' && !text.AsSpan().ContainsAnyExcept(Allowed);

    private static bool IsForm(string contentType)
    {
        var semicolon = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = semicolon < 0 ? contentType.AsSpan() : contentType.AsSpan(0, semicolon);
        return type.Trim().Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);
    }
}
