using Ferry.Cli.Events;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Reports;

/// <summary>Events on standard output; on standard error only what went wrong.</summary>
internal sealed class JsonReport(ITerminal terminal) : ITransferReport
{
    private readonly EventWriter _events = new(terminal.Out);

    public void Ready(Jid jid) => _events.Write(new ReadyEvent(jid.ToString()));

    public void Sharing(Jid jid, IReadOnlyList<string> shares, int files) => _events.Write(new ReadyEvent(jid.ToString()) { Shares = shares, Files = files });

    public void Published(Jid index, int files) => _events.Write(new PublishedEvent(index.ToString(), files));

    public void Changed(ConnectionChange change)
    {
        if (change.State is ConnectionState.Online && !change.Resumed) Ready(change.Jid);
        if (ConnectionWords.Of(change) is { } words) terminal.SayNote(words);
    }

    public void Offered(string transfer, Jid peer, string name, long? bytes, string offer, IReadOnlyList<FileThumbnail>? thumbnails = null) =>
        _events.Write(new OfferedEvent(transfer, peer.ToString(), name, bytes, offer)
        {
            Thumbnails = thumbnails is { Count: > 0 } ? [.. thumbnails.Select(one => new ThumbnailFields(one.MediaType, one.Width, one.Height))] : null,
        });

    public void Attempted(Attempt attempt) => _events.Write(attempt.ToEvent());

    public void Progressed(TransferProgress progress) => _events.Write(progress.ToEvent());

    public void Ended(Outcome outcome)
    {
        _events.Write(outcome.ToEvent());
        if (outcome.Failure is { } failure) terminal.SayError($"{SafeText.Show(outcome.Name)}: {failure.Message}", failure.Hint);
    }

    public void Failed(Failure failure, Jid? peer = null, string? name = null)
    {
        _events.Write(failure.ToEvent(peer: peer, name: name));
        terminal.SayError(name is null ? failure.Message : $"{SafeText.Show(name)}: {failure.Message}", failure.Hint);
    }

    public IDisposable? Pause() => null;

    public void Dispose()
    {
    }
}
