using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Methods.Socks5;
using Ferry.Net.Dialing;
using Ferry.Net.JabberFs;
using Ferry.Net.Sessions;
using Ferry.Net.Socks5;
using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Socks5;

namespace Ferry.Methods.Tcp;

/// <summary>
/// Plain TCP between the two ends: one side opens a port for this one transfer, the other one connects and says the token that it was told. What may be offered
/// and what may be connected to follows the rules of SOCKS5's streamhosts.
/// </summary>
internal sealed class RawTcp(FerryOptions options)
{
    /// <summary>The name in options and events.</summary>
    public const string Name = MethodNames.Tcp;

    /// <summary>Ports that are open at a time; whoever needs one more asks the peer to open one.</summary>
    public const int MostPorts = 8;

    /// <summary>For all of a peer's addresses together.</summary>
    public static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(20);

    private StanzaSession? _session;
    private int _open;

    private StanzaSession Session => _session ?? throw new InvalidOperationException("not attached");

    public void Attach(StanzaSession session) => _session = session;

    /// <summary>Whether we may use it.</summary>
    public bool IsAllowed => options.Methods.Count == 0 || options.Methods.Contains(Name);

    /// <summary>
    /// Opens a port. Without a token, for the old dialect, whoever comes first gets in, unless the peer named a global address of its own and comes from another
    /// one.
    /// </summary>
    public (RawTcpPort? Port, string? Problem) Open(bool withToken, string? peersHost)
    {
        if (Interlocked.Increment(ref _open) > MostPorts)
        {
            Interlocked.Decrement(ref _open);
            return (null, $"{MostPorts} ports are open already");
        }

        var token = withToken ? JabberFsPreamble.TokenOf(RandomNumberGenerator.GetBytes(JabberFsPreamble.TokenBytes)) : null;
        var listening = new TokenPortOptions
        {
            Addresses = options.BindAddresses.Count > 0 ? [.. options.BindAddresses] : Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any],
            Ports = [.. options.ListenPorts.Select(range => new PortRange(range.First, range.Last))],
            Token = token,
            Admits = withToken ? _ => true : AdmitsOnly(peersHost),
            TimeProvider = options.TimeProvider,
        };
        if (!TokenPort.TryOpen(listening, out var port, out var error))
        {
            Interlocked.Decrement(ref _open);
            return (null, $"no port to listen on: {error}");
        }

        var (hosts, number) = Announced(port.Port);
        var opened = new RawTcpPort(port, hosts, number, token, () => Interlocked.Decrement(ref _open));
        return hosts.Count > 0 ? (opened, null) : (opened, "this machine has no address that the peer could reach");
    }

    /// <summary>Where connections of ours come from, as far as we know: what the user advertises first, since that is how a router shows us.</summary>
    public IReadOnlyList<string> OwnHosts()
    {
        var hosts = StreamhostOffer.Direct(
            Session.Jid, StreamhostOffer.Policy(Session, options.AllowLocal), options.Advertise, options.BindAddresses.ToHashSet(), options.OfferOnlyAdvertised, port: 1);
        return [.. hosts.OrderBy(entry => entry.Local is not null).Select(entry => entry.Host.Host).Distinct().Take(JabberFsStanza.MostHosts)];
    }

    /// <summary>Connects to the first of the peer's addresses that takes a connection and may be connected to, and says the token. Only cancellation throws.</summary>
    public async Task<(Socket? Socket, string Problem)> ConnectAsync(IReadOnlyList<string> hosts, int port, string? token, CancellationToken cancellationToken)
    {
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var longest = options.AtMost(ConnectTime);
        using var limit = new CancellationTokenSource(longest, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var (addresses, problem) = await AddressesAsync(hosts, port, policy, both.Token).ConfigureAwait(false);
            if (addresses.Count == 0) return (null, problem);
            var dialling = new HappyEyeballs(
                new HappyEyeballsOptions
                {
                    Timeout = longest,
                    Sources = options.BindAddresses,
                    Resolve = (_, family, _) => Task.FromResult<IPAddress[]>([.. addresses.Where(address => address.AddressFamily == family)]),
                },
                options.TimeProvider);
            var result = await dialling.ConnectAsync("the peer", port, both.Token).ConfigureAwait(false);
            if (result is not DialResult.Connected connected) return (null, ((DialResult.Failed)result).Text);
            return await SayAsync(connected.Socket, token, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"no connection to the peer within {longest.TotalSeconds:0.#} s");
        }
    }

    private static async Task<(Socket? Socket, string Problem)> SayAsync(Socket socket, string? token, CancellationToken cancellationToken)
    {
        var said = false;
        try
        {
            if (token is not null) await socket.SendAsync(JabberFsPreamble.Write(token), cancellationToken).ConfigureAwait(false);
            said = true;
            return (socket, "");
        }
        catch (SocketException gone)
        {
            return (null, $"the peer closed the connection at once: {gone.Message}");
        }
        finally
        {
            if (!said) socket.Dispose();
        }
    }

    private static Func<IPAddress, bool> AdmitsOnly(string? host)
    {
        if (!IPAddress.TryParse(host, out var named) || !StreamhostPolicy.IsGlobal(named)) return _ => true;
        return from => Plain(from).Equals(Plain(named));

        static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private static async Task<(IReadOnlyList<IPAddress> Allowed, string Problem)> AddressesAsync(
        IReadOnlyList<string> hosts, int port, StreamhostPolicy policy, CancellationToken cancellationToken)
    {
        if (StreamhostPolicy.CheckPort(port) is var byPort and not StreamhostVerdict.Allowed) return ([], $"port {port} is refused by policy: {byPort}");
        var (allowed, problems) = (new List<IPAddress>(), new List<string>());
        foreach (var host in hosts)
        {
            var found = await LookUpAsync(host, cancellationToken).ConfigureAwait(false);
            if (found.Length == 0) problems.Add($"{host} was not found");
            foreach (var address in found)
            {
                var verdict = policy.Check(address, port);
                if (verdict != StreamhostVerdict.Allowed) problems.Add($"{address} is refused by policy: {verdict}");
                else if (!allowed.Contains(address)) allowed.Add(address);
            }
        }

        return (allowed, string.Join("; ", problems));
    }

    private static async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        try
        {
            // The system's resolver hears no token: what it finds too late is nobody's.
            return await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unknown) when (unknown is SocketException or ArgumentException)
        {
            return [];
        }
    }

    // One port stands for all addresses: where the user's forwarded port is another one than ours, only what is behind it is told.
    private (IReadOnlyList<string> Hosts, int Port) Announced(int port)
    {
        var policy = StreamhostOffer.Policy(Session, options.AllowLocal);
        var hosts = StreamhostOffer.Direct(Session.Jid, policy, options.Advertise, options.BindAddresses.ToHashSet(), options.OfferOnlyAdvertised, port);
        var byPort = hosts.Select(entry => entry.Host).GroupBy(host => host.Port).OrderBy(group => group.Key == port).FirstOrDefault();
        return byPort is null ? ([], port) : ([.. byPort.Select(host => host.Host).Take(JabberFsStanza.MostHosts)], byPort.Key);
    }
}
