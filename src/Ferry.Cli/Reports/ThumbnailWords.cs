using Ferry.Cli.Terminal;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Reports;

/// <summary>What a person is told of an offer's thumbnails: that there are some, never more than a few words.</summary>
internal static class ThumbnailWords
{
    /// <summary>What follows the size: <c>, a thumbnail of 64×64 image/png</c>; nothing where there is none.</summary>
    public static string After(IReadOnlyList<FileThumbnail>? thumbnails) => thumbnails switch
    {
        null or [] => "",
        [var only] => ", a thumbnail" + Details(only),
        _ => $", {thumbnails.Count} thumbnails",
    };

    private static string Details(FileThumbnail thumbnail)
    {
        var size = thumbnail is { Width: { } width, Height: { } height } ? $"{width}×{height}" : null;
        var words = string.Join(' ', new[] { size, thumbnail.MediaType is { } type ? SafeText.Show(type) : null }.OfType<string>());
        return words.Length == 0 ? "" : $" of {words}";
    }
}
