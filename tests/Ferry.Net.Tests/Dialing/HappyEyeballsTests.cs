using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Ferry.Net.Dialing;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Dialing;

public sealed class HappyEyeballsTests
{
    private static readonly HappyEyeballsOptions Defaults = new();
    private static readonly IPAddress[] Six = [.. Enumerable.Range(1, 12).Select(i => IPAddress.Parse($"2001:db8::{i:x}"))];
    private static readonly IPAddress[] Four = [.. Enumerable.Range(1, 12).Select(i => IPAddress.Parse($"192.0.2.{i}"))];

    private readonly ManualTime _time = new();
    private readonly Channel<string> _started = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Socket>> _connects = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<IPAddress[]> _six = new();
    private readonly TaskCompletionSource<IPAddress[]> _four = new();
    private readonly CancellationTokenSource _cancel = new();

    [Fact]
    public async Task Families_alternate_and_each_waits_its_turn()
    {
        var dial = Dial(Six[..2], Four[..2]);
        foreach (var expected in new[] { "2001:db8::1", "192.0.2.1", "2001:db8::2" })
        {
            (await StartedAsync()).ShouldBe(expected);
            await _time.WaitForTimerAsync(Defaults.Stagger);
            _time.Advance(Defaults.Stagger - TimeSpan.FromMilliseconds(1));
            _started.Reader.TryPeek(out _).ShouldBeFalse();
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        (await StartedAsync()).ShouldBe("192.0.2.2");
        using var socket = Succeed("192.0.2.1");
        (await dial).ShouldBe(new DialResult.Connected(socket, new IPEndPoint(Four[0], 5222)));
        socket.SafeHandle.IsClosed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_failure_starts_the_next_at_once()
    {
        var dial = Dial(Six[..1], Four[..1]);
        (await StartedAsync()).ShouldBe("2001:db8::1");
        Fail("2001:db8::1");
        (await StartedAsync()).ShouldBe("192.0.2.1");
        using var socket = Succeed("192.0.2.1");
        (await dial).ShouldBeOfType<DialResult.Connected>();
    }

    [Fact]
    public async Task All_failures_are_named()
    {
        var dial = Dial(Six[..1], Four[..1]);
        Fail(await StartedAsync());
        Fail(await StartedAsync());
        var failed = (await dial).ShouldBeOfType<DialResult.Failed>();
        failed.Attempts.Select(a => a.Address).ShouldBe(["[2001:db8::1]:5222", "192.0.2.1:5222"]);
        failed.Attempts.ShouldAllBe(a => a.Reason.Length > 0);
        failed.Text.ShouldContain("192.0.2.1:5222");
    }

    [Fact]
    public async Task A_loser_that_connects_too_late_is_closed()
    {
        var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var dial = Run(new HappyEyeballsOptions
        {
            Resolve = (_, family, _) => Task.FromResult(family == AddressFamily.InterNetwork ? Four[..2] : []),
            // The first hears of the end and connects all the same; the second wins.
            Connect = (endPoint, token) => endPoint.Address.Equals(Four[0])
                ? LateAsync(late, token)
                : Task.FromResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)),
        });
        await _time.WaitForTimerAsync(Defaults.Stagger);
        _time.Advance(Defaults.Stagger);
        using var socket = (await dial).ShouldBeOfType<DialResult.Connected>().Socket;
        socket.ShouldNotBe(late);
        late.SafeHandle.IsClosed.ShouldBeTrue();
    }

    [Fact]
    public async Task IPv4_waits_a_moment_for_IPv6()
    {
        var dial = Run(Options);
        _four.SetResult(Four[..1]);
        await _time.WaitForTimerAsync(Defaults.ResolutionDelay);
        _six.SetResult(Six[..1]);
        (await StartedAsync()).ShouldBe("2001:db8::1");
        using var socket = Succeed("2001:db8::1");
        await dial;
    }

    [Fact]
    public async Task IPv4_does_not_wait_for_ever()
    {
        var dial = Run(Options);
        _four.SetResult(Four[..1]);
        await _time.WaitForTimerAsync(Defaults.ResolutionDelay);
        _time.Advance(Defaults.ResolutionDelay);
        (await StartedAsync()).ShouldBe("192.0.2.1");
        using var socket = Succeed("192.0.2.1");
        (await dial).ShouldBeOfType<DialResult.Connected>();
    }

    [Fact]
    public async Task Ten_seconds_end_it_and_name_who_was_silent()
    {
        var dial = Dial([], Four[..1]);
        await StartedAsync();
        _time.Advance(Defaults.Timeout);
        (await dial).ShouldBeOfType<DialResult.Failed>().Attempts.ShouldBe([new DialAttempt("192.0.2.1:5222", "no connection in time")]);
    }

    [Fact]
    public async Task A_silent_lookup_ends_too()
    {
        var dial = Run(Options);
        await _time.WaitForTimerAsync(Defaults.Timeout);
        _time.Advance(Defaults.Timeout);
        (await dial).ShouldBeOfType<DialResult.Failed>().Attempts.ShouldBe([new DialAttempt("example.org", "no addresses in time")]);
    }

    [Fact]
    public async Task A_host_without_addresses_is_named()
    {
        (await Dial([], [])).ShouldBeOfType<DialResult.Failed>().Text.ShouldContain("example.org");
        var failing = await Run(new HappyEyeballsOptions { Resolve = (_, _, _) => throw new SocketException((int)SocketError.HostNotFound) });
        failing.ShouldBeOfType<DialResult.Failed>().Attempts.Single().Address.ShouldBe("example.org");
    }

    [Fact]
    public async Task No_more_than_eight_addresses_of_a_family_are_tried()
    {
        var dial = Dial(Six, Four);
        for (var i = 0; i < 2 * HappyEyeballs.MaxAddresses; i++)
            Fail(await StartedAsync());
        (await dial).ShouldBeOfType<DialResult.Failed>().Attempts.Count.ShouldBe(2 * HappyEyeballs.MaxAddresses);
    }

    [Fact]
    public async Task The_callers_cancellation_comes_out_as_itself()
    {
        var dial = Dial(Six[..1], []);
        await StartedAsync();
        await _cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(dial);
    }

    [Fact]
    public async Task A_real_connection_has_no_delay_keeps_alive_and_comes_from_where_it_should()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var source = IPAddress.Parse("127.0.0.2");
        var dialer = new HappyEyeballs(new HappyEyeballsOptions { Sources = OperatingSystem.IsLinux() ? [source] : [] }, TimeProvider.System);
        var result = await dialer.ConnectAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, TestContext.Current.CancellationToken);
        using var socket = result.ShouldBeOfType<DialResult.Connected>().Socket;
        socket.NoDelay.ShouldBeTrue();
        ((int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!).ShouldNotBe(0);
        if (OperatingSystem.IsLinux())
            ((IPEndPoint)socket.LocalEndPoint!).Address.ShouldBe(source);
    }

    [Fact]
    public async Task A_refused_connection_and_another_family_than_the_sources_are_failures()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var dialer = new HappyEyeballs(new HappyEyeballsOptions { Sources = [IPAddress.Loopback] }, TimeProvider.System);
        (await dialer.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken)).ShouldBeOfType<DialResult.Failed>()
            .Attempts.Single().Address.ShouldBe($"127.0.0.1:{port}");
        (await dialer.ConnectAsync("::1", port, TestContext.Current.CancellationToken)).ShouldBeOfType<DialResult.Failed>()
            .Attempts.Single().Reason.ShouldContain("127.0.0.1");
    }

    private HappyEyeballsOptions Options => new()
    {
        Resolve = (_, family, token) => (family == AddressFamily.InterNetwork ? _four : _six).Task.WaitAsync(token),
        Connect = (endPoint, token) =>
        {
            var address = endPoint.Address.ToString();
            var connect = Connect(address);
            _started.Writer.TryWrite(address);
            return connect.Task.WaitAsync(token);
        },
    };

    private Task<DialResult> Dial(IPAddress[] six, IPAddress[] four)
    {
        _six.SetResult(six);
        _four.SetResult(four);
        return Run(Options);
    }

    private Task<DialResult> Run(HappyEyeballsOptions options) =>
        new HappyEyeballs(options, _time).ConnectAsync("example.org", 5222, _cancel.Token);

    private async Task<string> StartedAsync() => await _started.Reader.ReadAsync(TestContext.Current.CancellationToken);

    private TaskCompletionSource<Socket> Connect(string address) =>
        _connects.GetOrAdd(address, _ => new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously));

    private Socket Succeed(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Connect(address).SetResult(socket);
        return socket;
    }

    private void Fail(string address) => Connect(address).SetException(new SocketException((int)SocketError.ConnectionRefused));

    private static async Task<Socket> LateAsync(Socket socket, CancellationToken token)
    {
        var ended = new TaskCompletionSource();
        await using (token.Register(ended.SetResult))
            await ended.Task;
        return socket;
    }
}
