using Ferry.Cli.Reports;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Commands.Receive;

/// <summary>Asks a person about offers, one after the other.</summary>
internal sealed class OfferQuestion(ITerminal terminal, ITransferReport report) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Whether the person wants the file. Anything but a yes is a no.</summary>
    public async Task<bool> AskAsync(IncomingOffer offer, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var pause = report.Pause();
            var size = offer.Size is { } bytes ? Sizes.Bytes(bytes) : "unknown size";
            terminal.Error.WriteLine($"{SafeText.Show(offer.Peer.ToString())} wants to send {SafeText.Show(offer.Name)} ({size}{ThumbnailWords.After(offer.Thumbnails)})");
            if (!string.IsNullOrWhiteSpace(offer.Description)) terminal.Error.WriteLine($"  says: {SafeText.Show(offer.Description)}");
            return (await terminal.AskAsync("take it (y/N)? ", cancellationToken))?.Trim().ToLowerInvariant() is "y" or "yes";
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
