using System.Diagnostics;
using System.Globalization;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.ResultSets;
using Ferry.Server.Index;
using Ferry.Server.Index.Storage;

namespace Ferry.IndexBench;

/// <summary>How fast the store takes files, and how long searches of the published mix take.</summary>
internal static class StoreBench
{
    private static readonly Jid Asker = Jid.Parse("asker@example.org");

    public static async Task RunAsync(string where, int files, int owners, int searches)
    {
        var options = new IndexOptions { Database = where, Visibility = Visibility.Everybody, MaxSessionsPerOwner = 2 };
        await using var database = await IndexDatabase.OpenAsync(where, CancellationToken.None);
        var store = new IndexStore(database, options, TimeProvider.System);
        var search = new IndexSearch(database, new ScopeBook(store, options, TimeProvider.System), options, TimeProvider.System);
        var engine = database.Description.Replace('"', '\'');
        var (seconds, busy) = await TakeAsync(store, files, owners);
        Print($$"""{"type":"index-store","engine":"{{engine}}","files":{{files}},"owners":{{owners}},"seconds":{{seconds:0.000}},"rate":{{files / seconds:0}},"processor":{{busy:0.000}},"peak":{{Peak()}}}""");
        for (var i = 0; i < owners; i += 3) await store.ArriveAsync(Jid.Parse($"owner{i}@example.org/home"), CancellationToken.None);
        var all = new List<double>();
        foreach (var (name, make) in Mix(owners)) all.AddRange(await SearchAsync(search, engine, name, searches, make, null));
        Report(engine, "the whole mix", all, 0);
        foreach (var (name, words, page) in Beside(files)) await SearchAsync(search, engine, name, searches, words, page);
        Print($$"""{"type":"index-memory","engine":"{{engine}}","peak":{{Peak()}}}""");
    }

    private static async Task<List<double>> SearchAsync(IndexSearch search, string engine, string name, int searches, Func<Library, string> words, ResultSetQuery? page)
    {
        var library = new Library(7);
        var times = new List<double>();
        var processor = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < searches; i++)
        {
            var query = SearchWords.Parse(words(library)).Query!;
            var clock = Stopwatch.StartNew();
            await search.SearchAsync(Asker, query, page, CancellationToken.None);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        Report(engine, name, times, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / searches);
        return times;
    }

    // What is published: docs/performance.md names these.
    private static IEnumerable<(string Name, Func<Library, string> Words)> Mix(int owners) =>
    [
        ("one word", library => library.Word()),
        ("two words", library => $"{library.Word()} {library.Word()}"),
        ("a beginning (3 letters)", library => library.Word()[..3] + "*"),
        ("a beginning (2 letters)", library => library.Word()[..2] + "*"),
        ("a part (3 letters or more)", library => "*" + library.Word()[^Math.Min(4, library.Number(3, 5))..] + "*"),
        ("a type", library => "type:" + library.Pick("audio", "video", "image", "text", "document", "archive")),
        ("a word and a type", library => $"{library.Word()} type:video"),
        ("a size", library => $"size:>{1L << library.Number(10, 29)}"),
        ("a word and a size", library => $"{library.Word()} size:>{1L << library.Number(10, 25)}"),
        ("an owner", library => $"owner:owner{library.Number(0, owners)}@example.org"),
        ("an owner and a word", library => $"owner:owner{library.Number(0, owners)}@example.org {library.Word()}"),
    ];

    // What a search may cost where it meets much: not of the mix.
    private static IEnumerable<(string Name, Func<Library, string> Words, ResultSetQuery? Page)> Beside(int files) =>
    [
        ("a word of a tenth of all names", _ => "screenshot", null),
        ("that word and another", library => "screenshot " + library.Word(), null),
        ("a beginning of a tenth of all names", _ => "scree*", null),
        ("a part of a tenth of all names", _ => "*creens*", null),
        ("a name with dots in it, of that tenth", library => $"*creens?ot *{library.Number(0, files)}*", null),
        ("an exact size", library => $"size:{library.Number(1 << 20, 1 << 24)}", null),
        ("a type, the last page of 10,000", _ => "type:video", new ResultSetQuery(50, Index: 9950)),
        ("sixteen beginnings", library => string.Join(' ', Enumerable.Range(0, 16).Select(_ => library.Word()[..2] + "*")), null),
    ];

    // Files are made some owners at a time, outside of what is measured.
    private static async Task<(double Seconds, double Processor)> TakeAsync(IndexStore store, int files, int owners)
    {
        const int AtOnce = 50;
        var library = new Library(3);
        var (seconds, busy) = (0.0, TimeSpan.Zero);
        for (var from = 0; from < owners; from += AtOnce)
        {
            var parts = Enumerable.Range(from, Math.Min(AtOnce, owners - from)).SelectMany(owner => Parts(library, owner, files / owners)).ToList();
            var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            await TakeAsync(store, parts);
            seconds += clock.Elapsed.TotalSeconds;
            busy += Environment.CpuUsage.TotalTime - processor;
        }

        return (seconds, busy.TotalSeconds);
    }

    private static IEnumerable<(Jid Owner, IndexPublish Part)> Parts(Library library, int owner, int files)
    {
        var generation = 0;
        foreach (var some in Enumerable.Range(0, files).Chunk(IndexPublish.MaxFiles))
        {
            yield return (Jid.Parse($"owner{owner}@example.org"), new IndexPublish("share", ++generation, PublishMode.Delta, 0, [.. some.Select(library.File)], []));
        }
    }

    // As many at a time as the queue takes, in order.
    private static async Task TakeAsync(IndexStore store, List<(Jid Owner, IndexPublish Part)> parts)
    {
        var running = new Queue<Task<PublishResult>>();
        foreach (var (owner, part) in parts)
        {
            running.Enqueue(store.PublishAsync(owner, part, CancellationToken.None));
            if (running.Count >= 64 && (await running.Dequeue()).Error is { } error) throw new InvalidOperationException(error.ToString());
        }

        foreach (var result in await Task.WhenAll(running)) if (result.Error is { } error) throw new InvalidOperationException(error.ToString());
    }

    private static long Peak()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    private static void Report(string engine, string name, List<double> times, double processor)
    {
        times.Sort();
        Print($$"""{"type":"index-search","engine":"{{engine}}","name":"{{name}}","searches":{{times.Count}},"p50":{{times[times.Count / 2]:0.00}},"p99":{{times[(int)(times.Count * 0.99)]:0.00}},"max":{{times[^1]:0.00}},"processor":{{processor:0.00}}}""");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
