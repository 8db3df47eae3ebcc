namespace Ferry.Cli.Commands.Demo;

/// <summary>A file that the demonstration makes and sends.</summary>
/// <param name="Name">As the receiver finds it.</param>
/// <param name="Bytes">How large it is made.</param>
/// <param name="Once">It goes once by each method, not by every kind of offer too.</param>
internal sealed record DemoFile(string Name, long Bytes, bool Once = false)
{
    /// <summary>Nothing, one byte, some megabytes, many, and a name with everything that breaks shells, XML and terminals.</summary>
    public static IReadOnlyList<DemoFile> Standard { get; } =
    [
        new("empty", 0),
        new("one-byte", 1),
        new("photo.jpg", 3_000_000),
        new("film.mkv", 100_000_000, Once: true),
        new("-rf \"ça & là\" <100 %> 'é' 日本語 \u202egpj.txt", 65_537),
    ];

    /// <summary>The one that goes from a browser's end, and to one.</summary>
    public static DemoFile Browsers { get; } = new("scan.pdf", 3_000_000);

    /// <summary>The one that goes by Spark's flow.</summary>
    public static DemoFile Sparks { get; } = new("fallback.bin", 3_000_000);
}
