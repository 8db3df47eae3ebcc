using System.Net;
using System.Net.Sockets;

namespace Ferry.Net.Dialing;

/// <summary>Dials a host at all its addresses, IPv6 and IPv4, one shortly after the other; the first to connect wins (RFC 8305).</summary>
/// <remarks>The next address is tried when the last has failed or the stagger has passed. Losers are closed before the result is given.</remarks>
public sealed class HappyEyeballs(HappyEyeballsOptions options, TimeProvider time)
{
    /// <summary>The most addresses of one family that are tried.</summary>
    public const int MaxAddresses = 8;

    private const int KeepAliveSeconds = 60;
    private const string OutOfTime = "no connection in time";

    /// <summary>Connects. A failure is a value; only the caller's cancellation throws.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="cancellationToken">Gives up; nothing stays open.</param>
    public async Task<DialResult> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var race = new Race(this, host, port, stop.Token);
        var won = await race.RunAsync().ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await race.CloseLosersAsync().ConfigureAwait(false);
        if (won is not null && cancellationToken.IsCancellationRequested)
            won.Socket.Dispose();
        cancellationToken.ThrowIfCancellationRequested();
        return won is not null ? won : race.Failure();
    }

    private async Task<Socket> ConnectSocketAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, optionValue: true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            if (SourceFor(endPoint.AddressFamily) is { } source)
                socket.Bind(new IPEndPoint(source, 0));
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One call's state; touched by one flow only.</summary>
    private sealed class Race(HappyEyeballs owner, string host, int port, CancellationToken stop)
    {
        private static readonly AddressFamily[] Families = [AddressFamily.InterNetworkV6, AddressFamily.InterNetwork];

        private readonly Dictionary<AddressFamily, Queue<IPAddress>> _waiting = Families.ToDictionary(f => f, _ => new Queue<IPAddress>());
        private readonly List<Task<Lookup>> _lookups = [];
        private readonly List<Task<Attempt>> _running = [];
        private readonly List<DialAttempt> _failed = [];
        private AddressFamily _next = AddressFamily.InterNetworkV6;

        /// <summary>Until it ends no further address is tried; null: may be tried at once.</summary>
        private Task? _pause;

        public async Task<DialResult.Connected?> RunAsync()
        {
            BeginLookups();
            while (!stop.IsCancellationRequested)
            {
                if (_pause is null && TakeAddress() is { } address)
                {
                    _running.Add(AttemptAsync(new IPEndPoint(address, port)));
                    _pause = Task.Delay(owner.Options.Stagger, owner.Time, stop);
                }

                if (_running.Count == 0 && _lookups.Count == 0 && !HasWaiting)
                    return null;

                Task[] awaited = [.. _lookups, .. _running, .. _pause is not null && HasWaiting ? [_pause] : Array.Empty<Task>()];
                var ended = await Task.WhenAny(awaited).ConfigureAwait(false);
                if (ended is Task<Lookup> lookup)
                    Take(await lookup.ConfigureAwait(false), lookup);
                else if (ended is Task<Attempt> attempt)
                {
                    if (Take(await attempt.ConfigureAwait(false), attempt) is { } connected)
                        return connected;
                }
                else
                {
                    _pause = null;
                }
            }

            return null;
        }

        /// <summary>Waits for all that was begun; the token has told it to end.</summary>
        public async Task CloseLosersAsync()
        {
            await Task.WhenAll(_lookups).ConfigureAwait(false);
            foreach (var attempt in await Task.WhenAll(_running).ConfigureAwait(false))
            {
                attempt.Socket?.Dispose();
                _failed.Add(new DialAttempt(attempt.EndPoint.ToString(), OutOfTime));
            }
        }

        public DialResult.Failed Failure()
        {
            if (_failed.Count == 0)
                _failed.Add(new DialAttempt(host, "no addresses in time"));
            var list = string.Join("; ", _failed.Select(f => $"{f.Address}: {f.Reason}"));
            return new DialResult.Failed($"could not connect to {host} ({list})", _failed);
        }

        private bool HasWaiting => _waiting.Values.Any(q => q.Count > 0);

        private void BeginLookups()
        {
            if (IPAddress.TryParse(host, out var literal))
            {
                Queue(literal.AddressFamily, [literal]);
                return;
            }

            foreach (var family in Families)
            {
                if (owner.MayDial(family))
                    _lookups.Add(LookupAsync(family));
            }
        }

        private async Task<Lookup> LookupAsync(AddressFamily family)
        {
            try
            {
                var addresses = owner.Options.Resolve is { } resolve
                    ? await resolve(host, family, stop).ConfigureAwait(false)
                    : await System.Net.Dns.GetHostAddressesAsync(host, family, stop).WaitAsync(stop).ConfigureAwait(false); // it hears no token itself
                return new Lookup(family, addresses, null);
            }
            catch (Exception error) when (error is SocketException or ArgumentException or OperationCanceledException)
            {
                return new Lookup(family, [], error.Message);
            }
        }

        private async Task<Attempt> AttemptAsync(IPEndPoint endPoint)
        {
            try
            {
                var connect = owner.Options.Connect ?? owner.ConnectSocketAsync;
                return new Attempt(endPoint, await connect(endPoint, stop).ConfigureAwait(false), null);
            }
            catch (Exception error) when (error is SocketException or IOException or OperationCanceledException)
            {
                return new Attempt(endPoint, null, error.Message);
            }
        }

        private void Take(Lookup lookup, Task<Lookup> task)
        {
            _lookups.Remove(task);
            Queue(lookup.Family, lookup.Addresses);

            // No IPv4 address is not worth a word while there are others.
            if (_lookups.Count == 0 && !HasWaiting && _running.Count == 0 && _failed.Count == 0)
                _failed.Add(new DialAttempt(host, lookup.Error ?? "has no address"));
            if (_running.Count > 0 || _failed.Count > 0)
                return;

            // Nothing was tried yet: IPv4 that is known first waits a moment for IPv6.
            _pause = lookup.Family == AddressFamily.InterNetwork && _lookups.Count > 0 && HasWaiting
                ? Task.Delay(owner.Options.ResolutionDelay, owner.Time, stop)
                : null;
        }

        private DialResult.Connected? Take(Attempt attempt, Task<Attempt> task)
        {
            _running.Remove(task);
            if (attempt.Socket is not null)
                return new DialResult.Connected(attempt.Socket, attempt.EndPoint);
            _failed.Add(new DialAttempt(attempt.EndPoint.ToString(), stop.IsCancellationRequested ? OutOfTime : attempt.Error ?? ""));
            _pause = null;
            return null;
        }

        private void Queue(AddressFamily family, IPAddress[] addresses)
        {
            foreach (var address in addresses.Take(MaxAddresses))
            {
                if (!owner.MayDial(address.AddressFamily))
                    _failed.Add(new DialAttempt(address.ToString(), $"not reachable from {string.Join(", ", owner.Options.Sources)}"));
                else if (address.AddressFamily == family)
                    _waiting[family].Enqueue(address);
            }
        }

        /// <summary>The families in turn, IPv6 first.</summary>
        private IPAddress? TakeAddress()
        {
            var other = _next == AddressFamily.InterNetwork ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
            if (_waiting[_next].TryDequeue(out var address))
                _next = other;
            else
                _waiting[other].TryDequeue(out address);
            return address;
        }
    }

    private HappyEyeballsOptions Options => options;

    private IPAddress? SourceFor(AddressFamily family) => options.Sources.FirstOrDefault(source => source.AddressFamily == family);

    private bool MayDial(AddressFamily family) => options.Sources.Count == 0 || SourceFor(family) is not null;

    private TimeProvider Time => time;

    private sealed record Lookup(AddressFamily Family, IPAddress[] Addresses, string? Error);

    private sealed record Attempt(IPEndPoint EndPoint, Socket? Socket, string? Error);
}
