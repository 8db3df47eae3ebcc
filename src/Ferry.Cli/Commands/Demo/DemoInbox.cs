using System.Collections.Concurrent;
using Ferry.Cli.Connecting;

namespace Ferry.Cli.Commands.Demo;

/// <summary>Bob: takes whatever comes and keeps how it ended, by the words that came with it.</summary>
internal sealed class DemoInbox : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Outcome>> _ends = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _methods = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly IFerryClient _client;
    private readonly string _folder;
    private readonly Task _running;

    public DemoInbox(IFerryClient client, string folder)
    {
        _client = client;
        _folder = folder;
        _running = RunAsync();
    }

    /// <summary>How the file that came with these words ended here.</summary>
    public Task<Outcome> EndOf(string description) => End(description).Task;

    /// <summary>Takes the file that will come with these words by these methods alone.</summary>
    public void Narrow(string description, IReadOnlyList<string> methods) => _methods[description] = methods;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            // One after the other, as they are sent.
            await foreach (var offer in _client.IncomingOffersAsync(_stop.Token))
            {
                var how = new ReceiveOptions { Existing = ExistingFile.Rename, Methods = _methods.GetValueOrDefault(offer.Description ?? "", []) };
                var outcome = await offer.AcceptAsync(_folder, how, _stop.Token);
                End(offer.Description ?? "").TrySetResult(outcome);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private TaskCompletionSource<Outcome> End(string description) =>
        _ends.GetOrAdd(description, _ => new TaskCompletionSource<Outcome>(TaskCreationOptions.RunContinuationsAsynchronously));
}
