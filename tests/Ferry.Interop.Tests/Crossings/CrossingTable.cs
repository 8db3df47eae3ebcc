using System.Collections.Concurrent;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>
/// What became of this run's crossings, written as Markdown at the end: into the file that <c>FERRY_INTEROP_TABLE</c> names, or, when all have run, into
/// <c>docs/interop.md</c> of the checkout that the tests were built in.
/// </summary>
public sealed class CrossingTable : IAsyncLifetime
{
    private readonly ConcurrentDictionary<Crossing, CrossingResult> _results = new();

    /// <summary><c>docs/interop.md</c> of the checkout.</summary>
    public static string Document
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Ferry.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("Not in a checkout.");
            return Path.Combine(folder.FullName, "docs", "interop.md");
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public void Add(Crossing crossing, CrossingResult result) => _results[crossing] = result;

    public async ValueTask DisposeAsync()
    {
        if (_results.IsEmpty || Target() is not { } file) return;
        var text = new CrossingReport(_results, TimeProvider.System.GetUtcNow(), await SoftwareVersions.Read());
        await File.WriteAllTextAsync(file, text.ToString());
    }

    private string? Target() =>
        Environment.GetEnvironmentVariable("FERRY_INTEROP_TABLE") is { Length: > 0 } named ? named
        : _results.Count == Crossing.All.Count ? Document
        : null;
}
