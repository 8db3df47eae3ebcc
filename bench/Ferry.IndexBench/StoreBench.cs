using System.Diagnostics;
using System.Globalization;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
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
        var parts = Parts(files, owners).ToList();
        var clock = Stopwatch.StartNew();
        var processor = Environment.CpuUsage.TotalTime;
        await TakeAsync(store, parts);
        var seconds = clock.Elapsed.TotalSeconds;
        var busy = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        Print($$"""{"type":"index-store","engine":"{{engine}}","files":{{files}},"owners":{{owners}},"seconds":{{seconds:0.000}},"rate":{{files / seconds:0}},"processor":{{busy:0.000}}}""");
        parts.Clear();
        for (var i = 0; i < owners; i += 3) await store.ArriveAsync(Jid.Parse($"owner{i}@example.org/home"), CancellationToken.None);
        var all = new List<double>();
        foreach (var (name, make) in Mix(owners))
        {
            var library = new Library(7);
            var times = new List<double>();
            processor = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < searches; i++)
            {
                var query = SearchWords.Parse(make(library)).Query!;
                clock.Restart();
                await search.SearchAsync(Asker, query, null, CancellationToken.None);
                times.Add(clock.Elapsed.TotalMilliseconds);
            }

            all.AddRange(times);
            Report(engine, name, times, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / searches);
        }

        Report(engine, "the whole mix", all, 0);
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

    private static IEnumerable<(Jid Owner, IndexPublish Part)> Parts(int files, int owners)
    {
        var library = new Library(3);
        var each = files / owners;
        for (var owner = 0; owner < owners; owner++)
        {
            var generation = 0;
            foreach (var some in Enumerable.Range(0, each).Chunk(IndexPublish.MaxFiles))
            {
                yield return (Jid.Parse($"owner{owner}@example.org"), new IndexPublish("share", ++generation, PublishMode.Delta, 0, [.. some.Select(library.File)], []));
            }
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

    private static void Report(string engine, string name, List<double> times, double processor)
    {
        times.Sort();
        Print($$"""{"type":"index-search","engine":"{{engine}}","name":"{{name}}","searches":{{times.Count}},"p50":{{times[times.Count / 2]:0.00}},"p99":{{times[(int)(times.Count * 0.99)]:0.00}},"max":{{times[^1]:0.00}},"processor":{{processor:0.00}}}""");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
