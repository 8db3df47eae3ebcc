using Ferry.Net.Sessions;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Components;

/// <summary>
/// An external component of a server (XEP-0114): it attaches, and attaches again by itself for as long as it lives.
/// <para>
/// One owner loop runs one stream after the other; on each, a reader and a writer. The reader hands every stanza for the component's domain to the handler and waits
/// for it, so a handler that cannot get its answers out slows the server down instead of filling memory. Stanzas are those of <c>jabber:client</c>. What is queued when a
/// stream ends is lost, as it is for any component; whoever sends while there is no stream is told so.
/// </para>
/// </summary>
public sealed partial class ComponentConnection : IAsyncDisposable
{
    /// <summary>A stream that lasted so long was a good one: the next attempt comes soon.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);

    /// <summary>Each wait by up to so much more or less.</summary>
    private const double Spread = 0.2;

    private readonly ComponentOptions _options;
    private readonly Func<Element, Jid, Jid, CancellationToken, ValueTask> _handler;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private ComponentStatus _status = new(false, null, 0);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OutboundQueue? _queue;
    private Task _run = Task.CompletedTask;

    /// <param name="handler">Gets stanza, <c>from</c> and <c>to</c> of everything for our domain, one after the other.</param>
    public ComponentConnection(ComponentOptions options, Func<Element, Jid, Jid, CancellationToken, ValueTask> handler)
    {
        if (options.DeadAfter <= options.ProbeAfter) throw new ArgumentException("a silent server is asked before it is given up", nameof(options));
        (_options, _handler) = (options, handler);
    }

    /// <summary>The component's domain.</summary>
    public Jid Domain => _options.Domain;

    /// <summary>Where it stands now.</summary>
    public ComponentStatus Status
    {
        get
        {
            lock (_gate) return _status;
        }
    }

    /// <summary>Begins to attach. Once.</summary>
    public void Start() => _run = Task.Run(RunAsync);

    /// <summary>Sends a stanza, <c>from</c> an address of our domain; waits while too much is queued. False: there is no stream, and nothing was sent.</summary>
    public ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken) =>
        Volatile.Read(ref _queue) is { } queue ? queue.EnqueueAsync(stanza, bulk: false, cancellationToken) : new(false);

    /// <summary>Waits for a status that is wanted.</summary>
    public async Task<ComponentStatus> WaitAsync(Func<ComponentStatus, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (wanted(_status)) return _status;
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says farewell to the server and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_closing.IsCancellationRequested) await _closing.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var login = new ComponentLogin(_options);
        var waits = new RetryDelays(_options.FirstWait, _options.LongestWait, _options.Jitter, 1 - Spread, 1 + Spread);
        try
        {
            while (!_closing.IsCancellationRequested)
            {
                var (stream, failure) = await login.AttachAsync(_closing.Token).ConfigureAwait(false);
                if (stream is not null)
                {
                    var began = _options.TimeProvider.GetTimestamp();
                    failure = await ServeAsync(stream).ConfigureAwait(false);
                    if (_options.TimeProvider.GetElapsedTime(began) >= Lasting) waits.Reset();
                }

                if (_closing.IsCancellationRequested) return;
                var wait = waits.Next();
                Set(new ComponentStatus(false, failure, Status.Attachments));
                ComponentMetrics.Ends.Add(1, new("ferry.domain", Domain.ToString()), new("ferry.reason", failure!.Name));
                _options.Logger.LogWarning(
                    "component {Domain} is not attached to {Server}: {Failure}; trying again in {Seconds:0.0} s", Domain, $"{_options.Host}:{_options.Port}", failure, wait.TotalSeconds);
                await Task.Delay(wait, _options.TimeProvider, _closing.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Disposed of while dialling or waiting.
        }
        catch (Exception broken)
        {
            _options.Logger.LogError(broken, "component {Domain}: its owner loop failed", Domain);
        }
        finally
        {
            Set(new ComponentStatus(false, null, Status.Attachments));
        }
    }

    private async Task<ComponentFailure> ServeAsync(XmppStream stream)
    {
        var queue = new OutboundQueue();
        try
        {
            Volatile.Write(ref _queue, queue);
            Set(new ComponentStatus(true, null, Status.Attachments + 1));
            ComponentMetrics.Attached.Add(1, new KeyValuePair<string, object?>("ferry.domain", Domain.ToString()));
            _options.Logger.LogInformation("component {Domain} is attached to {Server}", Domain, $"{_options.Host}:{_options.Port}");
            return await RunStreamAsync(stream, queue).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _queue, null);
            queue.Close();
            ComponentMetrics.Attached.Add(-1, new KeyValuePair<string, object?>("ferry.domain", Domain.ToString()));
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Set(ComponentStatus status)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _status = status;
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    private static ComponentFailure Lost(string text) => new(ComponentFailureReason.Lost, text);
}
