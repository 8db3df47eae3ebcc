using System.Net.Sockets;
using Ferry.Net.Dialing;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Components;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Components;

/// <summary>Dials the server and shakes hands (XEP-0114 section 3): a conversation in lock step.</summary>
internal sealed class ComponentLogin(ComponentOptions options)
{
    private readonly HappyEyeballs _dialer = new(new HappyEyeballsOptions(), options.TimeProvider);

    /// <summary>An attached stream, or why not. Only the caller's cancellation throws.</summary>
    public async Task<(XmppStream? Stream, ComponentFailure? Failure)> AttachAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await AttachWithinAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new ComponentFailure(
                ComponentFailureReason.Timeout, $"{Server} did not finish the handshake within {options.ConnectTimeout.TotalSeconds:0} s", "is that its component port?"));
        }
    }

    private string Server => $"{options.Host}:{options.Port}";

    private async Task<(XmppStream? Stream, ComponentFailure? Failure)> AttachWithinAsync(CancellationToken cancellationToken)
    {
        string secret;
        try
        {
            secret = await options.Secret(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            return (null, new ComponentFailure(ComponentFailureReason.Secret, wrong.Message));
        }

        var dialled = await _dialer.ConnectAsync(options.Host, options.Port, cancellationToken).ConfigureAwait(false);
        if (dialled is not DialResult.Connected connected)
        {
            return (null, new ComponentFailure(
                ComponentFailureReason.Connect, ((DialResult.Failed)dialled).Text, "does the server run, and does it listen for components there?"));
        }

        var stream = new XmppStream(new NetworkStream(connected.Socket, ownsSocket: true), options.Limits, Namespaces.Client);
        ComponentFailure? failure = null;
        try
        {
            failure = await ShakeHandsAsync(stream, secret, cancellationToken).ConfigureAwait(false);
            return failure is null ? (stream, null) : (null, failure);
        }
        catch (IOException broken)
        {
            failure = Lost(broken.Message);
            return (null, failure);
        }
        catch
        {
            failure = Lost("given up");
            throw;
        }
        finally
        {
            if (failure is not null) await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<ComponentFailure?> ShakeHandsAsync(XmppStream stream, string secret, CancellationToken cancellationToken)
    {
        stream.Append(ComponentHandshake.Header(options.Domain));
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        var first = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (first.Kind != StreamReadKind.Header) return Unexpected(first);
        var (header, violation) = StreamHeader.Parse(first.Element!, Namespaces.Component);
        if (header is null) return Alien(violation!.Text);
        // A server that does not know the domain may say so at once, and then needs no id.
        if (header.Id is { Length: > 0 } id)
        {
            await stream.WriteAsync(ComponentHandshake.Request(id, secret), cancellationToken).ConfigureAwait(false);
        }

        var answer = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (answer.Kind == StreamReadKind.Element && header.Id is not null && ComponentHandshake.IsAccepted(ComponentStanza.ToClient(answer.Element!))) return null;
        return Unexpected(answer);
    }

    private ComponentFailure Unexpected(StreamRead read) => read.Kind switch
    {
        StreamReadKind.Element when read.Element!.Is(Namespaces.Streams, "error") => OfStreamError(StreamError.Parse(read.Element), options),
        StreamReadKind.Element => Alien($"<{read.Element!.Name}> instead of a handshake"),
        StreamReadKind.Violation => Alien(read.Violation!.Text),
        StreamReadKind.Header => Alien("a second stream header"),
        _ => Lost(read.Cause?.Message ?? "the server ended the connection during the handshake"),
    };

    /// <summary>What a stream error means for the component, before and after the handshake.</summary>
    public static ComponentFailure OfStreamError(StreamError error, ComponentOptions options) => error.Condition switch
    {
        StreamCondition.NotAuthorized => new ComponentFailure(
            ComponentFailureReason.NotAuthorized, $"the server has another secret for {options.Domain}, or has no such component (ejabberd says this for both)",
            "compare domain and secret file with the server's configuration"),
        StreamCondition.HostUnknown => new ComponentFailure(
            ComponentFailureReason.HostUnknown, $"the server knows no component {options.Domain}", "add it to the server's configuration"),
        StreamCondition.Conflict => new ComponentFailure(
            ComponentFailureReason.Conflict, $"somebody else is attached as {options.Domain}", "stop the other one, or give this one another domain"),
        _ => new ComponentFailure(ComponentFailureReason.StreamError, $"the server ended the stream: {error}"),
    };

    private static ComponentFailure Lost(string text) => new(ComponentFailureReason.Lost, text);

    private ComponentFailure Alien(string text) => new(
        ComponentFailureReason.Protocol, $"{Server} does not speak the component protocol (XEP-0114): {text}", "is that its component port?");
}
