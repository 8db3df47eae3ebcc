namespace Ferry.Cli.Commands.Demo;

/// <summary>A file that the demonstration makes and sends.</summary>
internal sealed record DemoFile(string Name, long Bytes)
{
    /// <summary>Nothing, one byte, some megabytes, many, and a name with everything that breaks shells, XML and terminals.</summary>
    public static IReadOnlyList<DemoFile> Standard { get; } =
    [
        new("empty", 0),
        new("one-byte", 1),
        new("photo.jpg", 3_000_000),
        new("film.mkv", 100_000_000),
        new("-rf \"ça & là\" <100 %> 'é' 日本語 \u202egpj.txt", 65_537),
    ];

    /// <summary>The one that goes from a browser's end, and to one.</summary>
    public static DemoFile Browsers { get; } = new("scan.pdf", 3_000_000);

    /// <summary>The one that goes by Spark's flow.</summary>
    public static DemoFile Sparks { get; } = new("fallback.bin", 3_000_000);
}
