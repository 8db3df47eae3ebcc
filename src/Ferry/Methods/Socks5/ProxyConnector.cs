using System.Net;
using System.Net.Sockets;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The requester's way into a stream by proxy (XEP-0065 section 6.3): connect to the proxy that the target is connected to, ask for the same
/// destination, have the two joined. Not a byte is written before the proxy said that it joined them.
/// </summary>
internal sealed class ProxyConnector(ServiceRequest ask, IReadOnlyList<IPAddress> bind, TimeProvider time)
{
    /// <summary>For connection and SOCKS5 exchange, whatever number of addresses the proxy has.</summary>
    public static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(10);

    /// <summary>For the answer to an activation.</summary>
    public static readonly TimeSpan ActivationTime = TimeSpan.FromSeconds(15);

    /// <summary>Before the one other try: the target's connection may be registered only in half.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The socket, ready to be written to, or why there is none. With <paramref name="empty"/> no byte will cross: a target that knows it may have left
    /// already, and then there is nothing to join.
    /// </summary>
    public async Task<(Socket? Socket, MethodFailure? Failure)> OpenAsync(
        IReadOnlyList<Streamhost> addresses,
        StreamhostPolicy policy,
        DestinationAddress destination,
        BytestreamsActivation activation,
        bool empty,
        CancellationToken cancellationToken)
    {
        var proxy = addresses[0].Jid;
        var (socket, failed) = await ConnectAsync(addresses, policy, destination, cancellationToken).ConfigureAwait(false);
        if (socket is null) return (null, new MethodFailure(FailureReason.NoMethod, Side.Network, $"the peer is connected to the proxy {proxy}, we are not: {failed}"));
        var joined = false;
        try
        {
            var reply = await ActivateAsync(proxy, activation, cancellationToken).ConfigureAwait(false);
            joined = reply.IsResult || (empty && reply.Error?.Condition is ErrorCondition.NotAllowed or ErrorCondition.ItemNotFound);
            return joined ? (socket, null) : (null, Refusal(proxy, reply));
        }
        finally
        {
            if (!joined) socket.Dispose();
        }
    }

    private async Task<(Socket? Socket, string? Failed)> ConnectAsync(
        IReadOnlyList<Streamhost> addresses, StreamhostPolicy policy, DestinationAddress destination, CancellationToken cancellationToken)
    {
        var tried = addresses.Take(StreamhostPolicy.MaxStreamhosts).ToList();
        // They are addresses of one proxy: an IPv6 one that leads nowhere must not hold back its IPv4 one.
        var race = new RaceDriver(tried, [.. tried.Select(_ => false)], policy, destination, bind, time);
        using var limit = new CancellationTokenSource(ConnectTime, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var (_, socket, lost) = await race.RunAsync(both.Token).ConfigureAwait(false);
            return (socket, lost is null ? null : RaceDriver.Describe(lost, tried));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, "no connection in time");
        }
    }

    private async Task<IqReply> ActivateAsync(Jid proxy, BytestreamsActivation activation, CancellationToken cancellationToken)
    {
        var reply = await ask(proxy, IqType.Set, activation.ToElement(), ActivationTime, cancellationToken).ConfigureAwait(false);
        if (reply.Error?.Condition != ErrorCondition.NotAllowed) return reply;
        await Task.Delay(RetryAfter, time, cancellationToken).ConfigureAwait(false);
        return await ask(proxy, IqType.Set, activation.ToElement(), ActivationTime, cancellationToken).ConfigureAwait(false);
    }

    private static MethodFailure Refusal(Jid proxy, IqReply reply) => reply.Missing == NoReply.SessionEnded
        ? new MethodFailure(FailureReason.StreamLost, Side.Server, "the XMPP stream was lost")
        : new MethodFailure(FailureReason.NoMethod, Side.Server, $"the proxy {proxy} did not join the connections: {reply}");
}
