using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Input = Ferry.Protocol.FileIndex.IndexPublisherInput;
using Output = Ferry.Protocol.FileIndex.IndexPublisherOutput;

namespace Ferry.Protocol.Tests.FileIndex;

public sealed class IndexPublisherTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly StanzaError Wait = new(ErrorType.Wait, ErrorCondition.ResourceConstraint);
    private static readonly StanzaError No = new(ErrorType.Auth, ErrorCondition.Forbidden);

    [Fact]
    public void A_share_goes_out_in_parts_under_nine_kilobytes_and_the_last_one_commits()
    {
        var publisher = Publisher();
        for (var i = 0; i < 300; i++) publisher.Handle(new Input.Changed(FileAt($"folder/file {i:000}.txt")), Now).ShouldBeEmpty();
        var model = new Model();
        var parts = model.Run(publisher, publisher.Handle(new Input.Connected(), Now));
        parts.Count.ShouldBeGreaterThan(5);
        parts.ShouldAllBe(part => part.ToElement().ToString().Length < 9000 && part.Added.Count <= 200 && part.Series == 6);
        parts.Select(part => part.Generation).ShouldBe(Enumerable.Range(6, parts.Count).Select(i => (long)i));
        parts.Count(part => part.Commits).ShouldBe(1);
        parts[^1].Commits.ShouldBeTrue();
        model.Files.Count.ShouldBe(300);
        model.Synchronised.ShouldBe(300);
    }

    [Fact]
    public void An_empty_share_commits_at_once()
    {
        var publisher = Publisher();
        var part = Sent(publisher.Handle(new Input.Connected(), Now)).ShouldHaveSingleItem();
        (part.Commits, part.Added.Count).ShouldBe((true, 0));
        publisher.Handle(new Input.Answered(part.Generation, null), Now).ShouldHaveSingleItem().ShouldBe(new Output.Synchronised(0));
    }

    [Fact]
    public void Only_so_many_parts_are_under_way()
    {
        var publisher = new IndexPublisher(new IndexPublisherOptions("s", MaxFiles: 1, Window: 3), 0);
        for (var i = 0; i < 10; i++) publisher.Handle(new Input.Changed(FileAt($"f{i}")), Now);
        Sent(publisher.Handle(new Input.Connected(), Now)).Count.ShouldBe(3);
        Sent(publisher.Handle(new Input.Answered(1, null), Now)).Count.ShouldBe(1);
    }

    [Fact]
    public void Changes_wait_for_the_end_of_the_series_and_only_the_last_of_each_path_goes_out()
    {
        var publisher = Publisher();
        publisher.Handle(new Input.Changed(FileAt("a")), Now);
        var full = Sent(publisher.Handle(new Input.Connected(), Now)).Single();
        publisher.Handle(new Input.Changed(FileAt("b")), Now).ShouldBeEmpty();
        publisher.Handle(new Input.Gone("a"), Now).ShouldBeEmpty();
        publisher.Handle(new Input.Changed(FileAt("b", 99)), Now).ShouldBeEmpty();
        var delta = Sent(publisher.Handle(new Input.Answered(full.Generation, null), Now)).Single();
        delta.Mode.ShouldBe(PublishMode.Delta);
        delta.Added.ShouldHaveSingleItem().File.Size.ShouldBe(99);
        delta.Removed.ShouldBe(["a"]);
        publisher.Handle(new Input.Answered(delta.Generation, null), Now).ShouldHaveSingleItem().ShouldBe(new Output.Synchronised(1));
    }

    [Fact]
    public void A_gap_starts_a_new_series_and_late_answers_of_the_old_one_mean_nothing()
    {
        var publisher = new IndexPublisher(new IndexPublisherOptions("s", MaxFiles: 1, Window: 2), 0);
        publisher.Handle(new Input.Changed(FileAt("a")), Now);
        publisher.Handle(new Input.Changed(FileAt("b")), Now);
        Sent(publisher.Handle(new Input.Connected(), Now)).Count.ShouldBe(2);
        var again = Sent(publisher.Handle(new Input.Answered(1, IndexErrors.Gap), Now));
        again.ShouldAllBe(part => part.Series == 3);
        publisher.Handle(new Input.Answered(2, IndexErrors.Gap), Now).ShouldBeEmpty();
    }

    [Fact]
    public void Wait_waits_and_then_begins_anew()
    {
        var publisher = Publisher();
        var part = Sent(publisher.Handle(new Input.Connected(), Now)).Single();
        publisher.Handle(new Input.Answered(part.Generation, Wait), Now).ShouldBeEmpty();
        publisher.NextDeadline.ShouldBe(Now.AddSeconds(30));
        publisher.Handle(new Input.Tick(), Now.AddSeconds(29)).ShouldBeEmpty();
        Sent(publisher.Handle(new Input.Tick(), Now.AddSeconds(30))).ShouldHaveSingleItem().Series.ShouldBe(part.Generation + 1);
    }

    [Fact]
    public void Silence_begins_anew()
    {
        var publisher = Publisher();
        Sent(publisher.Handle(new Input.Connected(), Now)).Count.ShouldBe(1);
        publisher.NextDeadline.ShouldBe(Now.AddSeconds(60));
        Sent(publisher.Handle(new Input.Tick(), Now.AddSeconds(60))).Count.ShouldBe(1);
    }

    [Fact]
    public void A_refusal_ends_it_until_the_next_connection()
    {
        var publisher = Publisher();
        var part = Sent(publisher.Handle(new Input.Connected(), Now)).Single();
        publisher.Handle(new Input.Answered(part.Generation, No), Now).ShouldHaveSingleItem().ShouldBe(new Output.Refused(No));
        publisher.Handle(new Input.Changed(FileAt("a")), Now).ShouldBeEmpty();
        publisher.NextDeadline.ShouldBeNull();
        Sent(publisher.Handle(new Input.Connected(), Now)).ShouldHaveSingleItem().Added.Count.ShouldBe(1);
    }

    [Fact]
    public void What_is_no_path_is_misuse() =>
        Should.Throw<ArgumentException>(() => Publisher().Handle(new Input.Changed(new IndexedFile("../a", new FileMetadata("a", 1))), Now));

    // Whatever happens in whatever order: once the connection holds, the index has the folder.
    [Fact]
    public void After_any_storm_the_index_equals_the_folder()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var publisher = new IndexPublisher(new IndexPublisherOptions("s", MaxFiles: 3, Window: 4), 0);
            var folder = new Dictionary<string, long>(StringComparer.Ordinal);
            var model = new Model();
            var wire = new Queue<IndexPublish>();
            for (var step = 0; step < 300; step++)
            {
                Input input;
                switch (random.Next(12))
                {
                    case 0:
                        input = new Input.Connected();
                        wire.Clear();
                        break;
                    case 1:
                        input = new Input.Disconnected();
                        // Some of what was under way arrived, its answers did not.
                        for (var i = random.Next(3); i > 0 && wire.TryDequeue(out var lost); i--) model.Take(lost);
                        wire.Clear();
                        break;
                    case < 6 when wire.TryDequeue(out var part):
                        input = new Input.Answered(part.Generation, random.Next(10) == 0 ? Wait : model.Take(part));
                        break;
                    case < 9 when folder.Count > 0:
                        var path = folder.Keys.ElementAt(random.Next(folder.Count));
                        folder.Remove(path);
                        input = new Input.Gone(path);
                        break;
                    default:
                        var file = FileAt($"f{random.Next(40)}", random.Next(1000));
                        folder[file.Path] = file.File.Size!.Value;
                        input = new Input.Changed(file);
                        break;
                }

                foreach (var part in Sent(publisher.Handle(input, Now))) wire.Enqueue(part);
            }

            model.Run(publisher, publisher.Handle(new Input.Connected(), Now));
            model.Files.OrderBy(pair => pair.Key, StringComparer.Ordinal).ShouldBe(folder.OrderBy(pair => pair.Key, StringComparer.Ordinal), $"seed {seed}");
        }
    }

    private static IndexPublisher Publisher() => new(new IndexPublisherOptions("s"), 5);

    private static IndexedFile FileAt(string path, long size = 1) =>
        new(path, new FileMetadata(IndexPaths.NameOf(path), size, "text/plain", Now) { Hashes = [FileHash.Sha256(new string('a', 64))] });

    private static List<IndexPublish> Sent(IEnumerable<Output> outputs) => [.. outputs.OfType<Output.Send>().Select(send => send.Part)];

    /// <summary>What an index does, as its description says it.</summary>
    private sealed class Model
    {
        private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
        private long _generation;
        private long _series;

        public Dictionary<string, long> Files { get; } = new(StringComparer.Ordinal);

        public int? Synchronised { get; private set; }

        public List<IndexPublish> Run(IndexPublisher publisher, IReadOnlyList<Output> outputs)
        {
            var parts = new List<IndexPublish>();
            var wire = new Queue<Output>(outputs);
            while (wire.TryDequeue(out var output))
            {
                if (output is Output.Synchronised level) Synchronised = level.Files;
                if (output is not Output.Send { Part: var part }) continue;
                parts.Add(part);
                foreach (var next in publisher.Handle(new Input.Answered(part.Generation, Take(part)), Now)) wire.Enqueue(next);
            }

            return parts;
        }

        public StanzaError? Take(IndexPublish part)
        {
            var begins = part.Mode == PublishMode.Full && part.Generation == part.Series;
            if (!begins && (part.Generation != _generation + 1 || part.Series != _series)) return IndexErrors.Gap;
            if (begins) _seen.Clear();
            (_generation, _series) = (part.Generation, part.Series);
            foreach (var file in part.Added) _seen[file.Path] = Files[file.Path] = file.File.Size!.Value;
            foreach (var path in part.Removed) Files.Remove(path);
            if (!part.Commits) return null;
            foreach (var path in Files.Keys.Where(path => !_seen.ContainsKey(path)).ToList()) Files.Remove(path);
            _series = 0;
            return null;
        }
    }
}
