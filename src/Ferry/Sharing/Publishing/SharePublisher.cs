using Ferry.Protocol.FileIndex;
using Ferry.Sharing.Folders;

namespace Ferry.Sharing.Publishing;

/// <summary>One share on its way into the index: the machine, and what feeds it.</summary>
internal sealed class SharePublisher : IDisposable
{
    private readonly IndexPublisher _machine;
    private readonly CatalogueReader _reader;
    private readonly TimeProvider _time;

    public SharePublisher(SharedFolders shared, string share, int? maxStanzaBytes, Action changed, TimeProvider time)
    {
        (Share, _time) = (share, time);
        // Larger parts where the server is known to take them; a kibibyte is for what stands around the payload.
        var bytes = maxStanzaBytes is { } most ? Math.Clamp(most - 1024, 8 * 1024, 60 * 1024) : 8 * 1024;
        // Generations only grow, also from one run to the next: so does the clock, and no run uses one a millisecond for long.
        _machine = new IndexPublisher(new IndexPublisherOptions(share, bytes) { Visibility = Visibility.Granted }, time.GetUtcNow().ToUnixTimeMilliseconds());
        _reader = shared.Catalogue.Follow(share);
        _reader.Changed = changed;
    }

    public string Share { get; }

    /// <summary>What the index was told of who may find it; null: nothing over this connection.</summary>
    public IReadOnlyList<IndexGrant>? Grants { get; set; }

    public DateTimeOffset? NextDeadline => _machine.NextDeadline;

    public int Files => _machine.Files;

    /// <summary>Takes one input.</summary>
    public IReadOnlyList<IndexPublisherOutput> Handle(IndexPublisherInput input) => _machine.Handle(input, _time.GetUtcNow());

    /// <summary>Takes what changed in the folder.</summary>
    public IEnumerable<IndexPublisherOutput> TakeChanges()
    {
        foreach (var (path, file) in _reader.Take())
        {
            IndexPublisherInput input = file is null
                ? new IndexPublisherInput.Gone(path[(Share.Length + 1)..])
                : new IndexPublisherInput.Changed(new IndexedFile(file.Path, ShareDesk.Describe(file)));
            foreach (var output in Handle(input)) yield return output;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}
