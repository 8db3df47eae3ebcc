namespace Ferry.Cli.Configuration;

/// <summary>A text that was understood, or what is wrong with it and what would be right.</summary>
internal readonly record struct Reading<T>(T Value, string? Problem)
{
    /// <summary>It was understood.</summary>
    public static implicit operator Reading<T>(T value) => new(value, null);

    /// <summary>It was not; the problem reads on from the text: <c>is not a port range (…)</c>.</summary>
    public static Reading<T> Bad(string problem) => new(default!, problem);
}
