using System.Collections.Concurrent;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Server.Requests;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Services;

/// <summary>
/// A service with an address of its own, wherever it is attached: as an external component (<see cref="ComponentAttachment"/>) or as a sub-domain of the embedded server
/// (<see cref="Hosting.LocalServerOptions.Services"/>). It answers disco, ping and version; handlers answer the rest.
/// <para>
/// Every request gets one answer: a handler's, <c>service-unavailable</c> for what nobody handles or for an address that we don't have, <c>bad-request</c> for what is no request,
/// <c>internal-server-error</c> for a handler that throws, <c>resource-constraint</c> while too many are being handled. Errors and results are never answered, so
/// nothing goes round in circles. A handler that answers at once is answered for on the link's own loop, so that a full link slows its reader down; one that takes time runs beside it.
/// </para>
/// </summary>
public sealed class ServiceEntity : IAsyncDisposable
{
    private static readonly StanzaError Unavailable = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    private readonly ServiceOptions _options;
    private readonly IqHandlers _handlers = new();
    private readonly ConcurrentDictionary<(string Id, Jid From), TaskCompletionSource<IqReply>> _asked = new();
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private IServiceLink? _link;
    private int _handling;

    /// <param name="address">A domain.</param>
    /// <param name="identity">What it is; its name is what lists call it.</param>
    public ServiceEntity(Jid address, DiscoIdentity identity, ServiceOptions options)
    {
        if (address.Local is not null || address.IsFull) throw new ArgumentException($"'{address}' is not a domain", nameof(address));
        (Address, Identity, _options) = (address, identity, options);
        _handlers.Add(new ServiceDisco.Info(this));
        _handlers.Add(new ServiceDisco.Items());
        _handlers.Add(new PingFeature());
        _handlers.Add(new VersionFeature());
    }

    /// <summary>Its domain.</summary>
    public Jid Address { get; }

    public DiscoIdentity Identity { get; }

    /// <summary>What disco#info lists now.</summary>
    public IEnumerable<string> Features => _handlers.Features;

    /// <summary>Adds a feature; before it is attached.</summary>
    public void Add(IIqHandler handler)
    {
        if (_link is not null) throw new InvalidOperationException($"{Address} is attached already");
        _handlers.Add(handler);
    }

    /// <summary>Adds a feature in the place of the usual one for its namespace, such as service discovery with nodes; before it is attached.</summary>
    public void Replace(IIqHandler handler)
    {
        if (_link is not null) throw new InvalidOperationException($"{Address} is attached already");
        _handlers.Replace(handler);
    }

    /// <summary>What hears presence and messages; before it is attached. Without one, presence is ignored and messages are refused.</summary>
    public IServiceListener? Listener { get; set; }

    /// <summary>Sends a stanza from an address of ours; waits while too much is queued. False: not attached now, and nothing was sent.</summary>
    public ValueTask<bool> SendAsync(Element stanza, CancellationToken cancellationToken) =>
        _link is { } link ? link.SendAsync(stanza, cancellationToken) : new(false);

    /// <summary>Asks somebody and waits for the answer, from whom was asked and nobody else.</summary>
    /// <param name="timeout">After this there is no answer.</param>
    public async Task<IqReply> AskAsync(IqType type, Jid to, Element payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_asked.Count >= _options.MaxAsked) return IqReply.None(NoReply.SessionEnded);
        var key = (RandomId.Create(16), to);
        var answer = new TaskCompletionSource<IqReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[key] = answer;
        try
        {
            if (!await SendAsync(new Iq(type, key.Item1, Address, to, payload).ToElement(), cancellationToken).ConfigureAwait(false)) return IqReply.None(NoReply.SessionEnded);
            return await answer.Task.WaitAsync(timeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return IqReply.None(NoReply.TimedOut);
        }
        finally
        {
            _asked.TryRemove(key, out _);
        }
    }

    /// <summary>Waits for handlers that are still at it, which are told to stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        foreach (var answer in _asked.Values) answer.TrySetResult(IqReply.None(NoReply.SessionEnded));
    }

    /// <summary>Gives it the one way that its stanzas take.</summary>
    internal void Connect(IServiceLink link)
    {
        if (Interlocked.CompareExchange(ref _link, link, null) is not null) throw new InvalidOperationException($"{Address} is attached already");
    }

    /// <summary>Takes a stanza for our domain. It waits for nothing but the link's room.</summary>
    internal async ValueTask HandleAsync(Element stanza, Jid from, Jid to, CancellationToken cancellationToken)
    {
        var type = stanza.Attribute("type");
        if (stanza.Name == "iq" && type is "result" or "error") TakeAnswer(stanza, from);
        else if (stanza.Name == "iq") await HandleRequestAsync(stanza, from, to, cancellationToken).ConfigureAwait(false);
        else if (Listener is not null && to == Address) await ListenAsync(() => stanza.Name == "presence" ? Listener.PresenceAsync(stanza, from, _stop.Token) : Listener.MessageAsync(stanza, from, _stop.Token)).ConfigureAwait(false);
        else if (stanza.Name == "message" && type is not ("error" or "headline")) await RefuseAsync(stanza, Unavailable, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the listener that stanzas reach us from now on; after each attachment, since nobody knows what was missed before it.</summary>
    internal void NoteAttached()
    {
        if (Listener is { } listener) Track(GuardAsync(() => listener.AttachedAsync(_stop.Token)));
    }

    /// <summary>Takes a result or an error.</summary>
    internal void TakeAnswer(Element stanza, Jid from)
    {
        if (!Iq.TryParse(stanza, out var iq) || iq.IsRequest || !_asked.TryRemove((iq.Id, from), out var answer)) return;
        answer.TrySetResult(iq.Error is { } error ? IqReply.Refused(error) : IqReply.Result(iq.Payload));
    }

    // Beside the link's loop as long as there is room; what comes then waits on it.
    private async ValueTask ListenAsync(Func<Task> work)
    {
        var listening = GuardAsync(work);
        if (listening.IsCompleted) return;
        if (_running.Count > _options.MaxRunning) await listening.ConfigureAwait(false);
        else Track(listening);
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The service ends.
        }
        catch (Exception wrong)
        {
            _options.Logger.LogError(wrong, "{Service} could not take a stanza", Address);
        }
    }

    private async ValueTask HandleRequestAsync(Element stanza, Jid from, Jid to, CancellationToken cancellationToken)
    {
        if (!Iq.TryParse(stanza, out var iq))
        {
            await RefuseAsync(stanza, new StanzaError(ErrorType.Modify, ErrorCondition.BadRequest), cancellationToken).ConfigureAwait(false);
            return;
        }

        if (to != Address)
        {
            await RefuseAsync(stanza, Unavailable, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (Interlocked.Increment(ref _handling) > _options.MaxRunning)
        {
            Interlocked.Decrement(ref _handling);
            await RefuseAsync(stanza, new StanzaError(ErrorType.Wait, ErrorCondition.ResourceConstraint), cancellationToken).ConfigureAwait(false);
            return;
        }

        var answering = AnswerAsync(new IqRequest(iq, from, to)).AsTask();
        if (answering.IsCompleted) await SendAsync(await answering.ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        else Track(AnswerLaterAsync(answering));
    }

    private async ValueTask<Element> AnswerAsync(IqRequest request)
    {
        var answer = request.Iq.Refuse(ErrorType.Wait, ErrorCondition.InternalServerError);
        try
        {
            answer = await _handlers.AnswerAsync(request, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The service ends; whoever asked may ask again.
        }
        catch (TimeoutException)
        {
            // It gave up by itself; whoever asked may ask again.
            answer = request.Iq.Refuse(ErrorType.Wait, ErrorCondition.ResourceConstraint);
        }
        catch (Exception wrong)
        {
            _options.Logger.LogError(wrong, "{Service} could not answer {Namespace}", Address, request.Payload.Namespace);
        }
        finally
        {
            Interlocked.Decrement(ref _handling);
        }

        ServerMetrics.Requests.Add(1, new("ferry.service", Address.ToString()), new("ferry.answer", answer.Error?.ConditionName ?? "result"));
        return (answer with { From = Address, To = request.From }).ToElement();
    }

    private async Task AnswerLaterAsync(Task<Element> answering)
    {
        try
        {
            await SendAsync(await answering.ConfigureAwait(false), _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // No room before the end.
        }
    }

    private void Track(Task task)
    {
        _running[task] = true;
        _ = task.ContinueWith(done => _running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async ValueTask RefuseAsync(Element stanza, StanzaError error, CancellationToken cancellationToken)
    {
        // Without an id there is nothing that a request's answer could be known by.
        if (stanza.Name == "iq" && stanza.Attribute("id") is not { Length: > 0 }) return;
        if (StanzaAnswer.Error(stanza, error) is { } answer) await SendAsync(answer, cancellationToken).ConfigureAwait(false);
    }
}
