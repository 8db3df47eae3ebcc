using System.Globalization;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>Requests and their answers.</summary>
public sealed partial class StanzaSession
{
    /// <summary>Sends a request and waits for its answer. The wait begins when the request is queued; a resumption does not end it.</summary>
    /// <param name="to">Null asks the own account at the own server.</param>
    /// <param name="type">Get or set.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="bulk">Send it behind every other stanza.</param>
    public async Task<IqReply> RequestAsync(
        Jid? to, IqType type, Element payload, TimeSpan timeout, CancellationToken cancellationToken, bool bulk = false)
    {
        var (answer, forget) = await BeginRequestAsync(to, type, payload, bulk, cancellationToken).ConfigureAwait(false);
        try
        {
            return await answer.WaitAsync(timeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return IqReply.None(NoReply.TimedOut);
        }
        finally
        {
            forget();
        }
    }

    /// <summary>Sends a request and gives back its answer as a task without a timeout. Whoever stops waiting must call <c>Forget</c>.</summary>
    public async ValueTask<(Task<IqReply> Answer, Action Forget)> BeginRequestAsync(
        Jid? to, IqType type, Element payload, bool bulk, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<IqReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        var forget = await PostRequestAsync(to, type, payload, bulk, reply => answer.TrySetResult(reply), cancellationToken).ConfigureAwait(false);
        return (answer.Task, forget);
    }

    /// <summary>
    /// Sends a request whose answer is told to <paramref name="answered"/>, once and on the reader's thread, so it must return at once: for
    /// callers who keep many requests under way. What comes back forgets the request. An <paramref name="id"/> of the caller's must be unique.
    /// </summary>
    public async ValueTask<Action> PostRequestAsync(
        Jid? to, IqType type, Element payload, bool bulk, Action<IqReply> answered, CancellationToken cancellationToken, string? id = null)
    {
        var binding = Binding;
        var between = binding.Lost.IsCompleted; // then it waits for the next one
        var key = (id ?? _idPrefix + Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture), to);
        _requests[key] = answered;
        var queued = false;
        try
        {
            queued = await SendAsync(new Iq(type, key.Item1, null, to, payload).ToElement(), cancellationToken, bulk).ConfigureAwait(false);
        }
        catch
        {
            _requests.TryRemove(key, out _);
            throw;
        }

        // The session, or what it was asked over, may have ended while this was queued, after the end looked through the requests.
        var late = !queued || _completion.Task.IsCompleted || (!between && binding.Lost.IsCompleted);
        if (late && _requests.TryRemove(key, out _)) answered(IqReply.None(NoReply.SessionEnded));
        return () => _requests.TryRemove(key, out _);
    }

    /// <summary>
    /// Hears of one more answer of this id that nothing is sent for: for a protocol of 2002 that answers twice. What comes back forgets it.
    /// </summary>
    public Action ExpectAnswer(Jid from, string id, Action<IqReply> answered)
    {
        var key = (id, (Jid?)from);
        _requests.TryAdd(key, answered);
        return () => _requests.TryRemove(new KeyValuePair<(string, Jid?), Action<IqReply>>(key, answered));
    }

    private void FailRequests()
    {
        foreach (var key in _requests.Keys)
        {
            if (_requests.TryRemove(key, out var answered)) answered(IqReply.None(NoReply.SessionEnded));
        }
    }

    // RFC 6120 section 8.1.2.1 and 10.3.3: an answer counts only from the address that was asked; our own server may leave `from` out or name our
    // bare address when the account itself was asked.
    private void HandleAnswer(Iq iq)
    {
        if (!_requests.TryRemove((iq.Id, iq.From), out var answered) && !TryRemoveOwn(iq, out answered)) return;
        answered!(iq.Error is { } error ? IqReply.Refused(error) : IqReply.Result(iq.Payload));
    }

    private bool TryRemoveOwn(Iq iq, out Action<IqReply>? answered)
    {
        answered = null;
        if (iq.From is null) return _requests.TryRemove((iq.Id, Jid.Bare), out answered) || _requests.TryRemove((iq.Id, ServerJid), out answered);
        return (iq.From == Jid.Bare || iq.From == Jid || iq.From == ServerJid) && _requests.TryRemove((iq.Id, null), out answered);
    }

    private Jid ServerJid => field ??= Jid.Parse(Jid.Domain);
}
