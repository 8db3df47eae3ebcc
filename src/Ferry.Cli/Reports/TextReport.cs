using System.Collections.Concurrent;
using Ferry.Cli.Connecting;
using Ferry.Cli.Terminal;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle.Files;

namespace Ferry.Cli.Reports;

/// <summary>
/// For people: a bar for each transfer where standard error is a terminal, a line now and then where it is not, and results on standard
/// output (what was sent; the path of what was received).
/// </summary>
internal sealed class TextReport(ITerminal terminal, Direction direction, Verbosity verbosity, TimeProvider time, bool asks = false) : ITransferReport
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenFrames = TimeSpan.FromMilliseconds(100);

    private readonly LiveRegion? _region = verbosity is Verbosity.Normal ? terminal.Live : null;
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _chosen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TransferProgress> _moving = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _lastLine = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _lastFrame;

    public void Ready(Jid jid)
    {
        if (direction is Direction.Receiving || verbosity is Verbosity.Verbose) Note($"{Shown(jid)} is ready");
    }

    public void Sharing(Jid jid, IReadOnlyList<string> shares, int files) =>
        Note($"{Shown(jid)} shares {string.Join(", ", shares.Select(name => SafeText.Show(name)))}: {files} {(files == 1 ? "file" : "files")}");

    public void Published(Jid index, int files) => Note($"{files} {(files == 1 ? "file is" : "files are")} in the index {Shown(index)}");

    public void Changed(ConnectionChange change)
    {
        if (ConnectionWords.Of(change) is { } words) Note(words);
    }

    public void Offered(string transfer, Jid peer, string name, long? bytes, string offer, IReadOnlyList<FileThumbnail>? thumbnails = null)
    {
        _names[transfer] = name;
        var size = bytes is { } known ? Sizes.Bytes(known) : "unknown size";
        // A question will say it, when its turn comes.
        if (asks) return;
        if (direction is Direction.Receiving) Note($"{Shown(peer)} offers {SafeText.Show(name)} ({size}{ThumbnailWords.After(thumbnails)})");
        else Note($"offering {SafeText.Show(name)} ({size}) to {Shown(peer)}");
    }

    public void Attempted(Attempt attempt)
    {
        // From here on bytes move: what came before was waiting for a person, and no matter of speed.
        if (attempt.Result is AttemptResult.Chosen) _chosen[attempt.Transfer] = time.GetTimestamp();
        if (verbosity is not Verbosity.Verbose) return;
        var why = attempt.Reason is { } reason ? $": {reason}" : "";
        var what = attempt.Result switch { AttemptResult.Started => "trying", AttemptResult.Failed => "did not work", _ => "carries the bytes" };
        Note($"{NameOf(attempt.Transfer)}: {attempt.Offer} with {attempt.Method} {what}{why}");
    }

    public void Progressed(TransferProgress progress)
    {
        if (verbosity is Verbosity.Quiet) return;
        if (_region is null) ProgressedOnLines(progress);
        else ProgressedOnBars(progress);
    }

    public void Ended(Outcome outcome)
    {
        _names[outcome.Transfer] = outcome.Name;
        lock (_gate)
        {
            _moving.Remove(outcome.Transfer);
            _lastLine.Remove(outcome.Transfer);
            _region?.Show(Bars());
        }

        if (outcome.Failure is { } failure) terminal.SayError($"{SafeText.Show(outcome.Name)}: {failure.Message}", failure.Hint);
        else SayDone(outcome);
    }

    public void Failed(Failure failure, Jid? peer = null, string? name = null) =>
        terminal.SayError(name is null ? failure.Message : $"{SafeText.Show(name)}: {failure.Message}", failure.Hint);

    public IDisposable? Pause() => _region?.Pause();

    public void Dispose() => _region?.Show([]);

    private void SayDone(Outcome outcome)
    {
        var moving = _chosen.TryRemove(outcome.Transfer, out var since) ? time.GetElapsedTime(since) : outcome.Duration;
        var rate = moving > TimeSpan.Zero && outcome.Bytes > 0 ? $" ({Sizes.Rate(outcome.Bytes / moving.TotalSeconds)})" : "";
        var how = $"{Sizes.Bytes(outcome.Bytes)} by {outcome.Method ?? "nothing"} in {Sizes.Duration(moving)}{rate}";
        if (outcome.ResumedFrom > 0) how += $", resumed at {Sizes.Bytes(outcome.ResumedFrom)}";
        var sure = outcome.Verified ? $", verified by {outcome.VerifiedBy}" : "";
        if (direction is Direction.Sending)
        {
            if (verbosity is not Verbosity.Quiet) terminal.SayResult($"{SafeText.Show(outcome.Name)} sent to {Shown(outcome.Peer)}: {how}{sure}");
            return;
        }

        Note($"{SafeText.Show(outcome.Name)} received from {Shown(outcome.Peer)}: {how}{sure}");
        // The path stands alone on standard output, as it is, for the script that waits for it.
        if (outcome.Path is { } path) terminal.SayResult(path);
    }

    private void ProgressedOnLines(TransferProgress progress)
    {
        lock (_gate)
        {
            // The first line comes after a while: what is over quickly needs none.
            if (!_lastLine.TryGetValue(progress.Transfer, out var last)) _lastLine[progress.Transfer] = time.GetTimestamp();
            if (last == 0 || time.GetElapsedTime(last) < BetweenLines) return;
            _lastLine[progress.Transfer] = time.GetTimestamp();
        }

        Note(ProgressLine.Plain(NameOf(progress.Transfer), progress));
    }

    private void ProgressedOnBars(TransferProgress progress)
    {
        lock (_gate)
        {
            var isNew = !_moving.ContainsKey(progress.Transfer);
            _moving[progress.Transfer] = progress;
            if (!isNew && time.GetElapsedTime(_lastFrame) < BetweenFrames) return;
            _lastFrame = time.GetTimestamp();
            _region!.Show(Bars());
        }
    }

    private List<string> Bars() => [.. _moving.Values.Select(progress => ProgressLine.Bar(NameOf(progress.Transfer), progress, terminal.Width, terminal.Colours))];

    private string NameOf(string transfer) => _names.GetValueOrDefault(transfer, transfer);

    private static string Shown(Jid jid) => SafeText.Show(jid.ToString());

    private void Note(string text)
    {
        if (verbosity is not Verbosity.Quiet) terminal.SayNote(text);
    }
}
