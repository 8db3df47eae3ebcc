using System.Net;
using System.Net.Sockets;
using Ferry.Methods.Socks5;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Tests.Methods.Socks5;

public sealed class ProxyConnectorTests
{
    private static readonly DestinationAddress Destination = DestinationAddress.Compute("sid", "a@localhost/x", "b@localhost/y");
    private static readonly BytestreamsActivation Activation = new("sid", Jid.Parse("b@localhost/y"));
    private static readonly StreamhostPolicy Local = new() { AllowLocal = true };

    private readonly ManualTime _time = new();

    [Fact]
    public async Task It_connects_asks_for_the_destination_and_has_it_activated()
    {
        await using var proxy = new FakeProxy(Destination);

        var (socket, failure) = await Open(proxy);

        failure.ShouldBeNull();
        using (socket) socket!.Connected.ShouldBeTrue();
        proxy.Services.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_written_before_the_activation_is_answered()
    {
        await using var proxy = new FakeProxy(Destination);
        var answer = new TaskCompletionSource<IqReply>();
        proxy.Services.On(FakeProxy.Jid.ToString(), Namespaces.Bytestreams, _ => answer.Task);

        var opening = Open(proxy);
        await Eventually.HoldsAsync(() => proxy.Services.Asked == 1, "the activation was asked for");
        opening.IsCompleted.ShouldBeFalse();
        answer.SetResult(IqReply.Result(null));

        using var socket = (await opening).Socket;
        var accepted = await proxy.Connections.TakeAsync([], empty: false, CancellationToken.None);
        using (accepted.Socket) accepted.Socket.Available.ShouldBe(0);
    }

    [Fact]
    public async Task Not_allowed_is_tried_once_more_after_a_second()
    {
        await using var proxy = new FakeProxy(Destination, ErrorCondition.NotAllowed);

        var opening = Open(proxy);
        await _time.WaitForTimerAsync(ProxyConnector.RetryAfter);
        proxy.Services.Asked.ShouldBe(1);
        _time.Advance(ProxyConnector.RetryAfter);

        using var socket = (await opening).Socket.ShouldNotBeNull();
        proxy.Services.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Not_allowed_twice_is_a_failure_of_the_service()
    {
        await using var proxy = new FakeProxy(Destination, ErrorCondition.NotAllowed, ErrorCondition.NotAllowed);

        var opening = Open(proxy);
        await _time.WaitForTimerAsync(ProxyConnector.RetryAfter);
        _time.Advance(ProxyConnector.RetryAfter);

        var (socket, failure) = await opening;
        socket.ShouldBeNull();
        failure!.Reason.ShouldBe(FailureReason.NoMethod);
        failure.Side.ShouldBe(Side.Server);
        proxy.Services.Asked.ShouldBe(2);
    }

    [Theory]
    [InlineData(ErrorCondition.ItemNotFound)]
    [InlineData(ErrorCondition.Forbidden)]
    [InlineData(ErrorCondition.NotAuthorized)]
    [InlineData(ErrorCondition.Conflict)]
    [InlineData(ErrorCondition.ResourceConstraint)]
    public async Task Every_other_refusal_is_final_and_closes_the_connection(ErrorCondition condition)
    {
        await using var proxy = new FakeProxy(Destination, condition);

        var (socket, failure) = await Open(proxy);

        socket.ShouldBeNull();
        failure!.Reason.ShouldBe(FailureReason.NoMethod);
        proxy.Services.Asked.ShouldBe(1);
        var accepted = await proxy.Connections.TakeAsync([], empty: true, CancellationToken.None);
        using (accepted.Socket) (await accepted.Socket.ReceiveAsync(new byte[1])).ShouldBe(0);
    }

    [Theory]
    [InlineData(ErrorCondition.ItemNotFound, true)]
    [InlineData(ErrorCondition.Forbidden, false)]
    public async Task An_empty_file_is_across_when_its_receiver_has_left_the_proxy(ErrorCondition condition, bool across)
    {
        await using var proxy = new FakeProxy(Destination, condition);

        var (socket, _) = await Open(proxy, empty: true);

        using (socket) (socket is not null).ShouldBe(across);
    }

    [Fact]
    public async Task A_lost_stream_is_named_so()
    {
        await using var proxy = new FakeProxy(Destination);
        proxy.Services.On(FakeProxy.Jid.ToString(), Namespaces.Bytestreams, _ => Task.FromResult(IqReply.None(NoReply.SessionEnded)));

        (await Open(proxy)).Failure!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    [Fact]
    public async Task A_dead_address_of_the_proxy_does_not_hold_back_its_other_one()
    {
        await using var proxy = new FakeProxy(Destination);
        var dead = proxy.Host with { Port = RefusingPort() };

        var (socket, _) = await Open(proxy, addresses: [dead, proxy.Host]);

        using (socket) socket.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_proxy_that_stays_silent_is_given_up_in_time()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        await using var proxy = new FakeProxy(Destination);

        var opening = Open(proxy, addresses: [proxy.Host with { Port = ((IPEndPoint)silent.LocalEndPoint!).Port }]);
        using var accepted = await silent.AcceptAsync();
        await _time.WaitForTimerAsync(ProxyConnector.ConnectTime);
        _time.Advance(ProxyConnector.ConnectTime);

        var (socket, failure) = await opening;
        socket.ShouldBeNull();
        failure!.Side.ShouldBe(Side.Network);
        proxy.Services.Asked.ShouldBe(0);
    }

    [Fact]
    public async Task A_proxy_s_address_falls_under_the_policy()
    {
        await using var proxy = new FakeProxy(Destination);

        var (socket, failure) = await Open(proxy, policy: new StreamhostPolicy());

        socket.ShouldBeNull();
        failure!.Text.ShouldContain("refused by policy");
        proxy.Connections.Count.ShouldBe(0);
    }

    private static int RefusingPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private Task<(Socket? Socket, Ferry.Methods.MethodFailure? Failure)> Open(
        FakeProxy proxy, bool empty = false, IReadOnlyList<Streamhost>? addresses = null, StreamhostPolicy? policy = null) =>
        new ProxyConnector(proxy.Services.Ask, [], _time).OpenAsync(addresses ?? [proxy.Host], policy ?? Local, Destination, Activation, empty, CancellationToken.None);
}
