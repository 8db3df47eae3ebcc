namespace Ferry.Cli.Reports;

/// <summary>Passes each report on at once; <see cref="Progress{T}"/> would let them overtake each other.</summary>
internal sealed class Relay<T>(Action<T> handler) : IProgress<T>
{
    public void Report(T value) => handler(value);
}
