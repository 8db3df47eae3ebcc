using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.Socks5;

/// <summary>
/// Runs a <see cref="CandidateRace"/> with real sockets: one input, all its outputs, then the next. Connections are made by tracked tasks whose
/// results come back as inputs; <see cref="RunAsync"/> ends only when all of them have.
/// </summary>
internal sealed class RaceDriver
{
    private readonly IReadOnlyList<Streamhost> _hosts;
    private readonly StreamhostPolicy _policy;
    private readonly Func<int, IReadOnlyList<DestinationAddress>> _destinations;
    private readonly ICollection<Socket>? _losers;
    private readonly IReadOnlyList<IPAddress> _bind;
    private readonly TimeProvider _time;
    private readonly CandidateRace _race;
    private readonly Channel<RaceInput> _inputs = Channel.CreateUnbounded<RaceInput>(); // at most four per streamhost
    private readonly Entry[] _entries;
    private readonly List<Task> _tasks = [];
    private (int Winner, RaceOutput.Lost? Lost)? _end;

    public RaceDriver(
        IReadOnlyList<Streamhost> hosts,
        ImmutableArray<bool> isProxy,
        StreamhostPolicy policy,
        DestinationAddress destination,
        IReadOnlyList<IPAddress> bind,
        TimeProvider time)
        : this(hosts, isProxy, policy, _ => [destination], null, bind, time)
    {
    }

    /// <param name="hosts">In the order in which they are tried.</param>
    /// <param name="isProxy">For each of them.</param>
    /// <param name="policy">Judges every address before it is dialled.</param>
    /// <param name="destinations">What to ask a streamhost for; the next one, over a connection of its own, where it refuses the first.</param>
    /// <param name="losers">Takes connections that were made and not needed, to be kept open by the caller; null closes them.</param>
    /// <param name="bind">Addresses to dial from.</param>
    /// <param name="time">The clock.</param>
    public RaceDriver(
        IReadOnlyList<Streamhost> hosts,
        ImmutableArray<bool> isProxy,
        StreamhostPolicy policy,
        Func<int, IReadOnlyList<DestinationAddress>> destinations,
        ICollection<Socket>? losers,
        IReadOnlyList<IPAddress> bind,
        TimeProvider time)
    {
        _hosts = hosts;
        _policy = policy;
        _destinations = destinations;
        _losers = losers;
        _bind = bind;
        _time = time;
        _race = new CandidateRace(isProxy);
        _entries = [.. hosts.Select(_ => new Entry())];
    }

    /// <summary>The winner's index and socket, or why there is none. Cancelling closes everything and throws.</summary>
    public async Task<(int Index, Socket? Socket, RaceOutput.Lost? Lost)> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LoopAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            for (var i = 0; i < _entries.Length; i++)
            {
                if (_end is not { Lost: null } end || end.Winner != i) CloseEntry(i);
            }

            await Task.WhenAll(_tasks).ConfigureAwait(false);
            foreach (var entry in _entries) entry.Dispose();
        }

        var (winner, lost) = _end!.Value;
        return lost is null ? (winner, _entries[winner].Socket, null) : (-1, null, lost);
    }

    /// <summary>Why a race was lost, with one reason for each streamhost.</summary>
    public static string Describe(RaceOutput.Lost lost, IReadOnlyList<Streamhost> hosts)
    {
        if (hosts.Count == 0) return "there is no streamhost";
        var each = lost.Failures.Select(failure => $"{hosts[failure.Index].Host}:{hosts[failure.Index].Port} {failure.Kind} {failure.Detail}".TrimEnd());
        return $"no streamhost was reached ({string.Join("; ", each)})";
    }

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        Handle(new RaceInput.Start());
        while (_end is null)
        {
            var deadline = _race.NextDeadline;
            var wait = deadline is { } due ? due - _time.GetUtcNow() : CandidateRace.Total;
            if (wait <= TimeSpan.Zero)
            {
                Handle(new RaceInput.Tick());
                continue;
            }

            using var limit = new CancellationTokenSource(wait, _time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                Handle(await _inputs.Reader.ReadAsync(both.Token).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Handle(new RaceInput.Tick());
            }
        }
    }

    private void Handle(RaceInput input)
    {
        _race.Handle(input, _time.GetUtcNow());
        while (_race.TryTake(out var output))
        {
            switch (output)
            {
                case RaceOutput.Connect connect:
                    _tasks.Add(ConnectAsync(connect.Index));
                    break;
                case RaceOutput.Negotiate negotiate:
                    _tasks.Add(NegotiateAsync(negotiate.Index));
                    break;
                case RaceOutput.Close close:
                    CloseEntry(close.Index);
                    break;
                case RaceOutput.Won won:
                    _end = (won.Index, null);
                    break;
                case RaceOutput.Lost lost:
                    _end = (-1, lost);
                    break;
            }
        }
    }

    private async Task ConnectAsync(int index)
    {
        var entry = _entries[index];
        try
        {
            var addresses = await AddressesAsync(_hosts[index], entry.Stop.Token).ConfigureAwait(false);
            if (addresses.Refused is { } why)
            {
                Report(new RaceInput.TcpFailed(index, why));
                return;
            }

            var failures = new List<string>();
            foreach (var address in addresses.Allowed!)
            {
                if (await DialAsync(entry, address, _hosts[index].Port).ConfigureAwait(false) is not { } failed)
                {
                    Report(new RaceInput.TcpConnected(index));
                    return;
                }

                failures.Add(failed);
            }

            Report(new RaceInput.TcpFailed(index, string.Join(", ", failures)));
        }
        catch (OperationCanceledException)
        {
            // Closed by the race; it expects no report.
        }
        catch (Exception odd)
        {
            // No descriptor left, no such address family: this streamhost failed, not the race.
            Report(new RaceInput.TcpFailed(index, odd.Message));
        }
    }

    private async Task<string?> DialAsync(Entry entry, IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (_bind.FirstOrDefault(own => own.AddressFamily == address.AddressFamily) is { } from) socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(address, port, entry.Stop.Token).ConfigureAwait(false);
            if (entry.TryKeep(socket, address)) return null;
            socket.Dispose();
            return "closed";
        }
        catch (SocketException failed)
        {
            socket.Dispose();
            return failed.SocketErrorCode.ToString();
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<(IReadOnlyList<IPAddress>? Allowed, string? Refused)> AddressesAsync(Streamhost host, CancellationToken cancellationToken)
    {
        if (StreamhostPolicy.CheckPort(host.Port) is var byPort and not StreamhostVerdict.Allowed) return (null, $"refused by policy: {byPort}");
        IPAddress[] found;
        if (IPAddress.TryParse(host.Host, out var literal))
        {
            found = [literal];
        }
        else
        {
            try
            {
                // The system's resolver goes on however long it takes and hears no token: what it finds too late is nobody's.
                found = await System.Net.Dns.GetHostAddressesAsync(host.Host, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception unknown) when (unknown is SocketException or ArgumentException)
            {
                return (null, $"{host.Host} was not found: {unknown.Message}");
            }
        }

        var allowed = found.Where(address => _policy.Check(address, host.Port) == StreamhostVerdict.Allowed).Take(4).ToList();
        if (allowed.Count > 0) return (allowed, null);
        return (null, found.Length == 0 ? "no address" : $"refused by policy: {_policy.Check(found[0], host.Port)}");
    }

    private async Task NegotiateAsync(int index)
    {
        var entry = _entries[index];
        try
        {
            var destinations = _destinations(index);
            var result = await Socks5Client.ConnectAsync(entry.Socket!, destinations[0], entry.Stop.Token).ConfigureAwait(false);
            foreach (var other in destinations.Skip(1))
            {
                if (result.IsConnected || !await DialAgainAsync(entry, _hosts[index].Port).ConfigureAwait(false)) break;
                result = await Socks5Client.ConnectAsync(entry.Socket!, other, entry.Stop.Token).ConfigureAwait(false);
            }

            Report(result.IsConnected ? new RaceInput.SocksDone(index) : new RaceInput.SocksFailed(index, result.Detail));
        }
        catch (OperationCanceledException)
        {
            // Closed by the race.
        }
        catch (ObjectDisposedException)
        {
            // Closed by the race.
        }
    }

    // A streamhost that refused has closed, and will tell by its answer to the other destination which of the two it knows.
    private async Task<bool> DialAgainAsync(Entry entry, int port)
    {
        if (entry.Address is not { } address) return false;
        entry.DropSocket();
        return await DialAsync(entry, address, port).ConfigureAwait(false) is null;
    }

    private void Report(RaceInput input) => _inputs.Writer.TryWrite(input);

    private void CloseEntry(int index) => _entries[index].Close(_losers);

    private sealed class Entry : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _closed;

        public CancellationTokenSource Stop { get; } = new();

        public Socket? Socket { get; private set; }

        public IPAddress? Address { get; private set; }

        public bool TryKeep(Socket socket, IPAddress address)
        {
            lock (_lock)
            {
                if (_closed) return false;
                (Socket, Address) = (socket, address);
                return true;
            }
        }

        public void DropSocket()
        {
            lock (_lock)
            {
                Socket?.Dispose();
                Socket = null;
            }
        }

        public void Close(ICollection<Socket>? losers)
        {
            lock (_lock)
            {
                if (_closed) return;
                _closed = true;
                if (losers is not null && Socket is { } loser)
                {
                    lock (losers) losers.Add(loser);
                }
                else
                {
                    Socket?.Dispose();
                }
            }

            Stop.Cancel();
        }

        public void Dispose() => Stop.Dispose();
    }
}
