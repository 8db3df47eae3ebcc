using System.Net;
using System.Net.Sockets;

namespace Ferry.Testing.Faults;

/// <summary>
/// A TCP relay on a free loopback port whose network breaks where a test says so: at byte N of a direction, counted over all of its connections,
/// it cuts, resets, stalls or slows down; and it may refuse new connections. Each fault happens once. Disposing it ends everything.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(1);

    private readonly Func<IPEndPoint> _target;
    private readonly IPEndPoint _own;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Planned> _plan = [];
    private readonly List<Link> _links = [];
    private readonly List<Task> _running = [];
    private readonly long[] _passed = new long[2];
    private readonly int[] _rate = new int[2];
    private Socket? _listener;
    private int _accepted;

    private FaultProxy(Func<IPEndPoint> target, IPAddress address)
    {
        _target = target;
        _listener = Listen(new IPEndPoint(address, 0));
        _own = (IPEndPoint)_listener.LocalEndPoint!;
        Track(AcceptAsync(_listener));
    }

    /// <summary>Where to connect.</summary>
    public IPEndPoint EndPoint => _own;

    /// <summary>Connections taken so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>A proxy in front of an endpoint that is there already.</summary>
    public static FaultProxy Before(IPEndPoint target) => new(() => target, IPAddress.Loopback);

    /// <summary>A proxy in front of an endpoint that is known, or changes, later: it is asked for at each connection.</summary>
    public static FaultProxy Before(Func<IPEndPoint> target) => new(target, IPAddress.Loopback);

    /// <summary>Bytes that went through so far.</summary>
    public long Passed(Way way)
    {
        lock (_lock) return _passed[(int)way];
    }

    /// <summary>Plans a fault: so many bytes of this direction still pass, counted from the proxy's start; the byte behind them, or the end, meets the fault.</summary>
    /// <returns>Completes when it has happened.</returns>
    public Task At(Way way, long at, FaultKind kind, int bytesPerSecond = 0)
    {
        if (kind == FaultKind.Slow) ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        var planned = new Planned(way, at, kind, bytesPerSecond);
        lock (_lock) _plan.Add(planned);
        return planned.Happened.Task;
    }

    /// <summary>The same, counted from now.</summary>
    public Task After(Way way, long bytes, FaultKind kind, int bytesPerSecond = 0) => At(way, Passed(way) + bytes, kind, bytesPerSecond);

    /// <summary>Breaks every connection that there is, now.</summary>
    public void BreakAll(FaultKind kind)
    {
        Link[] links;
        lock (_lock) links = [.. _links];
        foreach (var link in links) link.Break(kind);
    }

    /// <summary>Refuses new connections; those that there are stay.</summary>
    public void Refuse()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    /// <summary>Takes new connections again, on the same port.</summary>
    public void AcceptAgain()
    {
        lock (_lock)
        {
            if (_listener is not null) return;
            _listener = Listen(_own);
            Track(AcceptAsync(_listener));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Refuse();
        BreakAll(FaultKind.Reset);
        Task[] running;
        lock (_lock) running = [.. _running];
        await Task.WhenAll(running);
        _stop.Dispose();
    }

    private static Socket Listen(IPEndPoint at)
    {
        var listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(at);
        listener.Listen(64);
        return listener;
    }

    private void Track(Task task)
    {
        lock (_lock)
        {
            _running.RemoveAll(done => done.IsCompletedSuccessfully);
            _running.Add(task);
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_stop.Token);
                client.NoDelay = true;
                Interlocked.Increment(ref _accepted);
                Track(RelayAsync(client));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Refused from now on.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        var server = new Socket(_target().AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var link = new Link(client, server);
        lock (_lock) _links.Add(link);
        try
        {
            await server.ConnectAsync(_target(), link.Broken);
            await Task.WhenAll(PumpAsync(link, client, server, Way.Up), PumpAsync(link, server, client, Way.Down));
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            link.Break(FaultKind.Reset);
        }

        await link.EndAsync(_stop.Token);
        lock (_lock) _links.Remove(link);
    }

    private async Task PumpAsync(Link link, Socket from, Socket to, Way way)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var rate = Rate(way);
                var room = rate > 0 ? Math.Clamp(rate / 20, 1, buffer.Length) : buffer.Length;
                var read = await from.ReceiveAsync(buffer.AsMemory(0, room), link.Broken);
                var (allowed, fault) = Take(way, read);
                for (var sent = 0; sent < allowed;) sent += await to.SendAsync(buffer.AsMemory(sent, allowed - sent), link.Broken);
                Happen(link, fault);
                if (fault is not null and not { Kind: FaultKind.Slow }) return;
                for (var sent = allowed; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), link.Broken);
                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                if (rate > 0) await Task.Delay(TimeSpan.FromSeconds((double)read / rate), link.Broken);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            link.Break(FaultKind.Reset); // as the one end's reset reaches the other
        }
        catch (OperationCanceledException)
        {
            // Broken.
        }
    }

    private int Rate(Way way)
    {
        lock (_lock) return _rate[(int)way];
    }

    // How many of these bytes pass, and what happens behind them.
    private (int Allowed, Planned? Fault) Take(Way way, int read)
    {
        lock (_lock)
        {
            var passed = _passed[(int)way];
            var fault = _plan.Where(planned => planned.Way == way && planned.At < passed + Math.Max(read, 1)).MinBy(planned => planned.At);
            if (fault is not null) _plan.Remove(fault);
            var allowed = fault is null ? read : (int)Math.Clamp(fault.At - passed, 0, read);
            if (fault is { Kind: FaultKind.Slow }) _rate[(int)way] = fault.Rate;
            _passed[(int)way] = passed + (fault is { Kind: FaultKind.Slow } ? read : allowed);
            return (allowed, fault);
        }
    }

    private static void Happen(Link link, Planned? fault)
    {
        if (fault is null) return;
        if (fault.Kind is not (FaultKind.Slow or FaultKind.Mute)) link.Break(fault.Kind);
        fault.Happened.TrySetResult();
    }

    private sealed record Planned(Way Way, long At, FaultKind Kind, int Rate)
    {
        public TaskCompletionSource Happened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One connection and the proxy's own to the target.</summary>
    private sealed class Link(Socket client, Socket server)
    {
        private readonly CancellationTokenSource _broken = new();
        private FaultKind? _how;

        public CancellationToken Broken => _broken.Token;

        public void Break(FaultKind how)
        {
            // A stalled connection may be reset later; everything else is the end.
            lock (_broken)
            {
                if (_how is not null and not FaultKind.Stall and not FaultKind.Vanish) return;
                _how = how;
            }

            if (how is FaultKind.Reset or FaultKind.Vanish) Reset(client);
            if (how == FaultKind.Reset) Reset(server);

            _broken.Cancel();
        }

        /// <summary>After the pumps: what is left to do for the way it broke.</summary>
        public async Task EndAsync(CancellationToken stop)
        {
            if (_how is FaultKind.Stall or FaultKind.Vanish) await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            if (_how == FaultKind.Cut) await Task.WhenAll(CutAsync(client, stop), CutAsync(server, stop));
            client.Dispose();
            server.Dispose();
        }

        // Closing with unread bytes would be a reset, so these are read, for a moment, and dropped.
        private static async Task CutAsync(Socket socket, CancellationToken stop)
        {
            using var limit = new CancellationTokenSource(CutFor);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            var dropped = new byte[16 * 1024];
            try
            {
                socket.Shutdown(SocketShutdown.Send);
                while (await socket.ReceiveAsync(dropped, both.Token) > 0)
                {
                    // Lost.
                }
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Long enough.
            }
        }

        private static void Reset(Socket socket)
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // Closed already.
            }

            socket.Dispose();
        }
    }
}
