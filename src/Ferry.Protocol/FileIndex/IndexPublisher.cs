using System.Buffers;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.FileIndex.IndexPublisherInput;
using Output = Ferry.Protocol.FileIndex.IndexPublisherOutput;

namespace Ferry.Protocol.FileIndex;

/// <summary>
/// The owner's side of publishing one share, without I/O.
/// <para>
/// Theory of operation. Away → Full → Level → … It knows the whole share at any time, so it can begin anew by itself. Connected starts a full series: every file in parts, the last of
/// which commits; the index then drops whatever no part named. Changes meanwhile wait for the series' end; after it they go out as deltas, the last state of a path only. Generations
/// only grow; up to <see cref="IndexPublisherOptions.Window"/> parts are under way, and the index takes them in their order. An answer that wants everything again
/// (conflict with resync), one that says wait (after <see cref="IndexPublisherOptions.RetryAfter"/>), or none at all starts a new series; its parts have higher generations, so late
/// answers of the old one mean nothing. Any other refusal ends it until the next Connected. A path that is not acceptable would be refused for ever: it is never taken in.
/// </para>
/// <para>To drive it: one loop owns it; hand in an input, carry out the outputs in order. Every part gets exactly one answer, or Disconnected.</para>
/// </summary>
public sealed class IndexPublisher
{
    private readonly IndexPublisherOptions _options;
    private readonly SortedDictionary<string, IndexedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IndexedFile?> _changes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, DateTimeOffset> _underWay = [];
    private State _state = new Away();
    private long _generation;
    private List<Output> _outputs = [];

    /// <param name="lastGeneration">The highest generation that was ever used for this share, or 0.</param>
    public IndexPublisher(IndexPublisherOptions options, long lastGeneration)
    {
        if (!IndexPaths.IsShare(options.Share)) throw new ArgumentException("the share's name is none", nameof(options));
        if (options.MaxFiles is < 1 or > IndexPublish.MaxFiles || options.Window < 1) throw new ArgumentException("parts have 1 to 200 files", nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(lastGeneration);
        (_options, _generation) = (options, lastGeneration);
    }

    private abstract record State;

    private sealed record Away : State;

    /// <param name="Left">Files that no part has had yet.</param>
    private sealed record Full(long Series, Queue<IndexedFile> Left) : State
    {
        public bool CommitSent { get; set; }
    }

    private sealed record Level : State
    {
        public bool Told { get; set; }
    }

    private sealed record Waiting(DateTimeOffset Until) : State;

    private sealed record Given : State;

    /// <summary>Files of the share.</summary>
    public int Files => _files.Count;

    /// <summary>The last generation that was used; keep it for the next time.</summary>
    public long Generation => _generation;

    /// <summary>When to hand in Tick; null: nothing is waited for.</summary>
    public DateTimeOffset? NextDeadline => _state is Waiting waiting ? waiting.Until : _underWay.Count > 0 ? _underWay.First().Value + _options.AnswerTimeout : null;

    /// <summary>Takes one input; the outputs are to be carried out in their order.</summary>
    public IReadOnlyList<Output> Handle(Input input, DateTimeOffset now)
    {
        _outputs = [];
        switch (input)
        {
            case Input.Connected:
                BeginFull();
                break;
            case Input.Disconnected:
                _underWay.Clear();
                _state = new Away();
                break;
            case Input.Changed changed:
                if (!IndexPaths.IsPath(_options.Share, changed.File.Path) || IndexPaths.NameOf(changed.File.Path) != changed.File.File.Name || changed.File.File.Size is null)
                {
                    throw new ArgumentException("not a file of a share", nameof(input));
                }

                _files[changed.File.Path] = changed.File;
                Note(changed.File.Path, changed.File);
                break;
            case Input.Gone gone:
                if (_files.Remove(gone.Path)) Note(gone.Path, null);
                break;
            case Input.Answered answered:
                Answered(answered.Generation, answered.Error, now);
                break;
            case Input.Tick:
                if (NextDeadline <= now) BeginFull();
                break;
            default:
                throw new InvalidOperationException("the family is closed");
        }

        Fill(now);
        return _outputs;
    }

    private void Note(string path, IndexedFile? file)
    {
        // While away everything will be published anyway.
        if (_state is Full or Level) _changes[path] = file;
        if (_state is Level level) level.Told = false;
    }

    private void BeginFull()
    {
        _underWay.Clear();
        _changes.Clear();
        _state = new Full(_generation + 1, new Queue<IndexedFile>(_files.Values));
    }

    private void Answered(long generation, StanzaError? error, DateTimeOffset now)
    {
        if (!_underWay.Remove(generation) || error is null) return;
        if (IndexErrors.WantsResync(error))
        {
            BeginFull();
            return;
        }

        _underWay.Clear();
        if (error.Type == ErrorType.Wait)
        {
            _state = new Waiting(now + _options.RetryAfter);
            return;
        }

        _state = new Given();
        _outputs.Add(new Output.Refused(error));
    }

    private void Fill(DateTimeOffset now)
    {
        while (_underWay.Count < _options.Window && NextPart() is { } part)
        {
            _underWay[part.Generation] = now;
            _outputs.Add(new Output.Send(part));
        }

        if (_state is Full { CommitSent: true } && _underWay.Count == 0)
        {
            _state = new Level();
            Fill(now);
        }
        else if (_state is Level { Told: false } level && _underWay.Count == 0 && _changes.Count == 0)
        {
            level.Told = true;
            _outputs.Add(new Output.Synchronised(_files.Count));
        }
    }

    private IndexPublish? NextPart() => _state switch
    {
        Full { CommitSent: false } full => FullPart(full),
        Level when _changes.Count > 0 => DeltaPart(),
        _ => null,
    };

    private IndexPublish FullPart(Full full)
    {
        var files = new List<IndexedFile>();
        var bytes = 0;
        while (full.Left.TryPeek(out var file) && Fits(file.ToElement(), files.Count, ref bytes)) files.Add(full.Left.Dequeue());
        full.CommitSent = full.Left.Count == 0;
        _generation++;
        return new IndexPublish(_options.Share, _generation, PublishMode.Full, full.Series, files, [], full.CommitSent, _generation == full.Series ? _options.Visibility : null);
    }

    private IndexPublish DeltaPart()
    {
        var added = new List<IndexedFile>();
        var removed = new List<string>();
        var bytes = 0;
        foreach (var (path, file) in _changes)
        {
            var element = file?.ToElement() ?? new Element(Namespaces.FileIndex, "remove", ("path", path));
            if (!Fits(element, added.Count + removed.Count, ref bytes)) break;
            if (file is null) removed.Add(path);
            else added.Add(file);
        }

        foreach (var file in added) _changes.Remove(file.Path);
        foreach (var path in removed) _changes.Remove(path);
        _generation++;
        return new IndexPublish(_options.Share, _generation, PublishMode.Delta, 0, added, removed);
    }

    // The first one always: nothing else would ever carry it.
    private bool Fits(Element element, int files, ref int bytes)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        ElementWriter.Write(element, buffer, Namespaces.FileIndex);
        if (files > 0 && (files >= _options.MaxFiles || bytes + buffer.WrittenCount > _options.MaxBytes)) return false;
        bytes += buffer.WrittenCount;
        return true;
    }
}
