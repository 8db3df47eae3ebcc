namespace Ferry.Tests.Transfers;

/// <summary>The ways that were tried, in words.</summary>
internal sealed class Attempts : IProgress<Attempt>
{
    public List<string> Heard { get; } = [];

    public bool Has(string line)
    {
        lock (Heard) return Heard.Contains(line);
    }

    public void Report(Attempt value)
    {
        lock (Heard) Heard.Add($"{value.Method} {value.Result}");
    }
}
