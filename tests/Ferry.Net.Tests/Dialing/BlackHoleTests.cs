using System.Net;
using System.Net.Sockets;
using Ferry.Net.Dialing;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Transfers;
using Ferry.Testing.Dns;
using Ferry.Testing.Faults;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Dialing;

/// <summary>
/// Addresses and name servers that swallow everything. A network namespace of its own has an IPv6 network where nobody answers; where the machine allows
/// none, and besides it in any case, a listener whose backlog is full does the same.
/// </summary>
public sealed class BlackHoleTests
{
    private const string Setup = """
        set -e
        ip link set lo up
        ip link add ferry0 type veth peer name ferry1
        ip addr add 2001:db8::1/64 dev ferry0 nodad
        ip link set ferry0 up
        ip link set ferry1 up
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_backlog_at_the_first_address_costs_one_stagger()
    {
        using var four = Listen(IPAddress.Loopback, 0);
        var (full, fillers) = await FullAsync(((IPEndPoint)four.LocalEndPoint!).Port);
        using (full)
        {
            await ShouldCostOneStaggerAsync(((IPEndPoint)full.LocalEndPoint!).Address, four);
        }

        foreach (var filler in fillers) filler.Dispose();
    }

    [Fact]
    public async Task IPv6_that_is_black_holed_costs_one_stagger()
    {
        if (NetworkNamespace.IsHere)
        {
            using var four = Listen(IPAddress.Loopback, 0);
            await ShouldCostOneStaggerAsync(IPAddress.Parse("2001:db8::2"), four);
            return;
        }

        if (!await NetworkNamespace.MayBeAsync(Setup, Cancel))
        {
            TestContext.Current.SendDiagnosticMessage("no network namespace here: only the full backlog stands in for black-holed IPv6");
            await A_full_backlog_at_the_first_address_costs_one_stagger();
            return;
        }

        await NetworkNamespace.RunAsync(Setup, nameof(IPv6_that_is_black_holed_costs_one_stagger), Cancel);
    }

    [Fact]
    public async Task Name_servers_that_swallow_every_question_end_by_name_within_eight_seconds()
    {
        var time = new ManualTime();
        await using var dns = new FakeDnsServer((_, _) => []);
        await using var other = new FakeDnsServer((_, _) => []);
        var options = new SessionOptions
        {
            Account = Jid.Parse("alice@slow.example"),
            Password = _ => new ValueTask<string>("secret"),
            Resource = "r",
            NameServers = [dns.EndPoint, other.EndPoint],
            TimeProvider = time,
        };
        var began = time.GetUtcNow();
        var connecting = StanzaSession.ConnectAsync(options, Cancel);
        while (!connecting.IsCompleted)
        {
            await Task.WhenAny(connecting, time.WaitForTimerAsync(TimeSpan.FromSeconds(2)), Task.Delay(20, Cancel));
            if (time.GetUtcNow() - began < TimeSpan.FromSeconds(60)) time.Advance(TimeSpan.FromSeconds(0.5));
        }

        var (session, failure) = await connecting;
        session.ShouldBeNull();
        failure!.Reason.ShouldBeOneOf(FailureReason.Connect, FailureReason.Timeout);
        failure.Message.ShouldContain("slow.example");
        (time.GetUtcNow() - began).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task Name_servers_that_fail_are_named()
    {
        await using var dns = new FakeDnsServer((query, _) => [new DnsAnswer { Code = 2 }.To(query)]);
        var options = new SessionOptions { Account = Jid.Parse("alice@slow.example"), Password = _ => new ValueTask<string>("secret"), Resource = "r", NameServers = [dns.EndPoint] };
        var (_, failure) = await StanzaSession.ConnectAsync(options, Cancel);
        failure!.Reason.ShouldBe(FailureReason.Connect);
        failure.Message.ShouldContain("could not be looked up");
    }

    // The clock stands still but for the stagger: with that alone the second address is connected to.
    private static async Task ShouldCostOneStaggerAsync(IPAddress hole, Socket listener)
    {
        var time = new ManualTime();
        var where = (IPEndPoint)listener.LocalEndPoint!;
        var options = new HappyEyeballsOptions
        {
            Resolve = (_, family, _) => Task.FromResult<IPAddress[]>(
                [.. new[] { hole, where.Address }.Where(address => address.AddressFamily == family)]),
        };
        var dialling = new HappyEyeballs(options, time).ConnectAsync("example.org", where.Port, Cancel);
        await time.WaitForTimerAsync(options.Stagger).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        dialling.IsCompleted.ShouldBeFalse();
        time.Advance(options.Stagger);
        var connected = (await dialling.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBeOfType<DialResult.Connected>();
        connected.EndPoint.ShouldBe(where);
        connected.Socket.Dispose();
    }

    // On the same port as the good one, at an address that is tried before it.
    private static async Task<(Socket Full, List<Socket> Fillers)> FullAsync(int port)
    {
        Socket full;
        try
        {
            full = Listen(IPAddress.IPv6Loopback, port);
        }
        catch (SocketException)
        {
            full = Listen(IPAddress.Parse("127.0.0.2"), port);
        }

        var fillers = new List<Socket>();
        while (fillers.Count < 64)
        {
            var filler = new Socket(full.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            fillers.Add(filler);
            var connecting = filler.ConnectAsync(full.LocalEndPoint!);
            if (await Task.WhenAny(connecting, Task.Delay(500, Cancel)) == connecting) continue; // there was room
            _ = connecting.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
            return (full, fillers);
        }

        throw new ShouldAssertException("the backlog is never full");
    }

    private static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(port == 0 ? 16 : 0);
        return socket;
    }
}
