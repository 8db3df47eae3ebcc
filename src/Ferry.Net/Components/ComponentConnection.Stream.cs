using Ferry.Net.Sessions;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Components;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Components;

/// <summary>One stream's reader and writer.</summary>
public sealed partial class ComponentConnection
{
    private const int BatchBytes = 64 * 1024;

    private async Task<ComponentFailure> RunStreamAsync(XmppStream stream, OutboundQueue queue)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var reader = ReadLoopAsync(stream, stop.Token);
        var writer = WriteLoopAsync(stream, queue, stop.Token);
        var first = await Task.WhenAny(reader, writer).ConfigureAwait(false);
        if (_closing.IsCancellationRequested)
        {
            await Quietly(reader).ConfigureAwait(false);
            await Quietly(writer).ConfigureAwait(false);
            await CloseAsync(stream, queue).ConfigureAwait(false);
            return Lost("closed");
        }

        try
        {
            return await first.ConfigureAwait(false);
        }
        finally
        {
            // The queue first: a handler of ours may be waiting for room in it.
            queue.Close();
            await stop.CancelAsync().ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
            await Quietly(reader).ConfigureAwait(false);
            await Quietly(writer).ConfigureAwait(false);
        }
    }

    private async Task<ComponentFailure> ReadLoopAsync(XmppStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            switch (read.Kind)
            {
                case StreamReadKind.Element when read.Element!.Is(Namespaces.Streams, "error"):
                    return ComponentLogin.OfStreamError(StreamError.Parse(read.Element), _options);
                case StreamReadKind.Element:
                    await HandleAsync(ComponentStanza.ToClient(read.Element!), cancellationToken).ConfigureAwait(false);
                    break;
                case StreamReadKind.Closed:
                    return Lost("the server closed the stream");
                case StreamReadKind.Ended:
                    return Lost(read.Cause is { } cause ? $"the connection broke: {cause.Message}" : "the server ended the connection");
                case StreamReadKind.Violation:
                    return new ComponentFailure(ComponentFailureReason.Protocol, $"the server sent what XMPP forbids: {read.Violation!.Text}");
                default:
                    return new ComponentFailure(ComponentFailureReason.Protocol, "the server sent a second stream header");
            }
        }
    }

    // A server that routes somebody else's stanzas here is wrong, and an answer in another's name would end the stream: such a stanza is left alone.
    private async ValueTask HandleAsync(Element stanza, CancellationToken cancellationToken)
    {
        if (stanza is not { Namespace: Namespaces.Client, Name: "iq" or "message" or "presence" }) return;
        if (!Jid.TryParse(stanza.Attribute("to"), out var to) || to.Domain != Domain.Domain || !Jid.TryParse(stanza.Attribute("from"), out var from))
        {
            _options.Logger.LogDebug("component {Domain}: a stanza to {To} is not for us", Domain, to?.Domain);
            return;
        }

        try
        {
            await _handler(stanza, from, to, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception wrong) when (wrong is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // One stanza that our own code cannot handle is no reason to leave everybody else's unanswered.
            _options.Logger.LogError(wrong, "component {Domain}: a stanza could not be handled", Domain);
        }
    }

    private async Task<ComponentFailure> WriteLoopAsync(XmppStream stream, OutboundQueue queue, CancellationToken cancellationToken)
    {
        var life = new LifeSign(_options.TimeProvider, stream);
        using var attendance = queue.Attend(_options.ProbeAfter / 12, _options.TimeProvider, cancellationToken);
        while (true)
        {
            if (await queue.WaitAsync(cancellationToken).ConfigureAwait(false))
            {
                do stream.Append(queue.Take());
                while (stream.PendingBytes < BatchBytes && queue.TryClaim());
            }

            if (life.Silence() is { } silence)
            {
                if (silence >= _options.DeadAfter) return Lost($"the server has been silent for {_options.DeadAfter.TotalSeconds:0.#} s");
                if (silence >= _options.ProbeAfter && life.ProbeDue()) stream.Append(PingOfOneself());
            }

            if (await FlushAsync(stream, cancellationToken).ConfigureAwait(false) is { } end) return end;
        }
    }

    // Nobody else's answer is sure to come: a server need not have ping, nor be called what our domain's parent is. A stanza to ourselves has to come back.
    private Element PingOfOneself() =>
        new Iq(IqType.Get, RandomId.Create(8), Domain, Domain, new Element(Namespaces.Ping, "ping")).ToElement();

    private async ValueTask<ComponentFailure?> FlushAsync(XmppStream stream, CancellationToken cancellationToken)
    {
        // Never cancelled: half a stanza must not be the last thing that is said.
        var writing = stream.FlushAsync(CancellationToken.None).AsTask();
        try
        {
            await writing.WaitAsync(_options.WriteTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (TimeoutException)
        {
            return Lost($"the server has read nothing for {_options.WriteTimeout.TotalSeconds:0.#} s");
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            return Lost($"the connection broke: {broken.Message}");
        }
        catch (OperationCanceledException)
        {
            if (_closing.IsCancellationRequested) await Task.WhenAny(writing, Task.Delay(_options.CloseTimeout, _options.TimeProvider, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _ = writing.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task CloseAsync(XmppStream stream, OutboundQueue queue)
    {
        queue.Close(); // or whoever sends without pause would never be done
        if (stream.PendingBytes > 0) return; // the server takes nothing, not even a farewell
        using var limit = new CancellationTokenSource(_options.CloseTimeout, _options.TimeProvider);
        try
        {
            while (queue.TryClaim()) stream.Append(queue.Take());
            stream.AppendClose();
            await stream.FlushAsync(limit.Token).ConfigureAwait(false);
            StreamRead read;
            do read = await stream.ReadAsync(limit.Token).ConfigureAwait(false);
            while (read.Kind == StreamReadKind.Element);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or OperationCanceledException)
        {
            _options.Logger.LogDebug("the component's stream was not closed cleanly: {Reason}", broken.Message);
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // We asked for it.
        }
    }
}
