using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Microsoft.Extensions.Logging;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The proxies that we may offer. The search runs in the background from log-in on; whoever opens a stream takes what is known by then and waits only
/// briefly for more. What was found holds for an hour and goes on being used while the next search runs.
/// </summary>
internal sealed class ProxyDirectory(ServiceRequest ask, Jid server, IReadOnlyList<Jid> named, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long what was found holds.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>How long finding nothing holds: the service may just have been away.</summary>
    public static readonly TimeSpan NothingKeptFor = TimeSpan.FromMinutes(10);

    /// <summary>The longest wait for a first proxy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait for the others once one is known.</summary>
    public static readonly TimeSpan PatienceForMore = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private IReadOnlyList<IReadOnlyList<Streamhost>> _known = [];
    private ProxySearch? _search;
    private Task _running = Task.CompletedTask;
    private long? _searchedAt;

    /// <summary>Begins a search, unless one is under way or what is known still holds.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested || _search is not null || IsFresh()) return;
            _search = new ProxySearch(ask, server, named, logger);
            _running = Task.Run(() => SearchAsync(_search));
        }
    }

    /// <summary>What is known: for each proxy its streamhosts, in order of preference. Waits a second at the very most.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<Streamhost>>> FindAsync(CancellationToken cancellationToken)
    {
        Begin();
        if (Waiting() is { } search)
        {
            await WaitAsync(Task.WhenAny(search.First, Running()), Patience, cancellationToken).ConfigureAwait(false);
            if (search.Found.Count > 0) await WaitAsync(Running(), PatienceForMore, cancellationToken).ConfigureAwait(false);
        }

        lock (_lock) return _known.Count > 0 ? _known : _search?.Found ?? [];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Running().ConfigureAwait(false);
        _stop.Dispose();
    }

    private bool IsFresh() => _searchedAt is { } at && time.GetElapsedTime(at) < (_known.Count > 0 ? KeptFor : NothingKeptFor);

    // Nobody waits for a search that only renews what is known.
    private ProxySearch? Waiting()
    {
        lock (_lock) return _known.Count == 0 ? _search : null;
    }

    private Task Running()
    {
        lock (_lock) return _running;
    }

    private async Task SearchAsync(ProxySearch search)
    {
        try
        {
            await search.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client ends.
        }
        catch (Exception broken)
        {
            logger.LogWarning(broken, "the search for proxies broke");
        }
        finally
        {
            lock (_lock)
            {
                _known = search.Found;
                _searchedAt = time.GetTimestamp();
                _search = null;
            }
        }
    }

    private async Task WaitAsync(Task until, TimeSpan longest, CancellationToken cancellationToken)
    {
        try
        {
            await until.WaitAsync(longest, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // What is known will have to do.
        }
    }
}
