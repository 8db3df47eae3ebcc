using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ferry.Protocol.Addressing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Transfers;

/// <summary>
/// Everybody at once: strangers and contacts who offer by the ten thousand, a thousand connections that say nothing or nonsense, streams without
/// end, while an honest transfer goes on. Counts are asserted; memory is printed (docs/hostile.md has the figures of a run by itself).
/// </summary>
public sealed class CrowdTests(ITestOutputHelper output)
{
    private const int Offers = 10_000;
    private const int Connections = 1000;

    [Fact]
    public async Task An_honest_transfer_goes_on_in_a_crowd()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob", "mallory", "eve");
        var patient = TimeSpan.FromMinutes(10); // the honest transfer stands still while the crowd is busy
        var alice = await harbour.ConnectAsync("alice", options => options with { IdleTimeout = patient });
        var bob = await harbour.ConnectAsync("bob", options => options with { IdleTimeout = patient, AcceptFrom = PeerPolicy.Only(Harbour.Address("alice"), Harbour.Address("mallory")) });
        var mallory = await harbour.JoinAsync("mallory");
        var eve = await harbour.JoinAsync("eve");

        var source = new GatedStream(4_000_000, 4_000_000);
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "honest", Length = 8_000_000, Methods = ["s5b-direct"] });
        var receiving = harbour.ReceiveAsync(bob);
        await LoopbackTests.SomeArrivedAsync(harbour, "honest");
        var before = Measure("before");

        (await FloodAsync(eve, bob.Jid, "service-unavailable")).ShouldBe(Offers);
        Measure($"{Offers} offers of a stranger");
        // Five lie there for somebody to look at.
        (await FloodAsync(mallory, bob.Jid, "resource-constraint")).ShouldBe(Offers - 5);
        Measure($"{Offers} offers of a contact");

        var silent = await HoldOpenAsync(alice, mallory);
        Measure($"{Connections} connections that say nothing, a byte or nonsense");
        for (var i = 0; i < 5; i++) await (await Harbour.NextOfferAsync(bob)).DeclineAsync();
        (await EndlessAsync(mallory, harbour, bob)).ShouldBe(FailureReason.TooLarge);

        var after = Measure("a stream without end, taken up to 16 MiB");
        (after - before).ShouldBeLessThan(64 * 1024 * 1024, "managed memory");
        // Another one begins while they all hang there.
        var second = alice.SendAsync(harbour.File("second", 1_000_000), bob.Jid, new SendOptions { Methods = ["s5b-direct"] });
        (await harbour.ReceiveAsync(bob)).Failure.ShouldBeNull();
        (await second.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        source.Open();
        (await receiving).Failure.ShouldBeNull();
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        foreach (var socket in silent) socket.Dispose();
        Measure("the end");
    }

    // How many of the offers were refused so.
    private static async Task<int> FloodAsync(ScriptedClient who, Jid to, string condition)
    {
        var refused = 0;
        for (var first = 0; first < Offers; first += 250)
        {
            await who.SendRawAsync(string.Concat(Enumerable.Range(first, 250).Select(i => Scripts.Offer(to, $"s{i}", "f", 10, [Scripts.InBand]))));
            // What is kept has no answer yet: the answer to a ping comes behind the others.
            await who.SendAsync($"<iq type='get' id='p{first}'><ping xmlns='urn:xmpp:ping'/></iq>");
            var expected = first == 0 && condition == "resource-constraint" ? 245 : 250;
            for (var seen = 0; seen < expected;)
            {
                var stanza = await who.NextElementAsync();
                if (stanza.Attribute("type") != "error") continue;
                stanza.Children.Last().FirstChild!.Name.ShouldBe(condition);
                seen++;
                refused++;
            }
        }

        return refused;
    }

    // alice offers the stranger's friend a file, so that he knows where she listens.
    private static async Task<List<Socket>> HoldOpenAsync(FerryClient alice, ScriptedClient mallory)
    {
        using var stop = new CancellationTokenSource();
        var sending = alice.SendAsync(new MemoryStream(new byte[10]), mallory.Jid, new SendOptions { Name = "bait", Methods = ["s5b-direct"] }, stop.Token);
        await mallory.AcceptOfferAsync(alice.Jid, Scripts.Bytestreams);
        var query = await mallory.SkipToAsync($"<iq type='set'>...<query xmlns='{Scripts.Bytestreams}'>...</query></iq>");
        var host = query.FirstChild!.Children.First();
        var place = new IPEndPoint(IPAddress.Parse(host.Attribute("host")!), int.Parse(host.Attribute("port")!));
        var sockets = new List<Socket>();
        for (var i = 0; i < Connections; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(place);
            byte[] says = (i % 4) switch { 0 => [], 1 => [5], 2 => [5, 1, 0], _ => [0x47, 0x45, 0x54, 0x20, 0xFF] };
            try
            {
                await socket.SendAsync(says);
            }
            catch (SocketException)
            {
                // The oldest handshakes are ended to make room: 64 at a time are waited for.
            }

            sockets.Add(socket);
        }

        await mallory.SendAsync(Scripts.Error(alice.Jid, query.Attribute("id")!, "not-acceptable"));
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldNotBeNull();
        return sockets;
    }

    // Blocks without end to a stream whose size nobody said.
    private static async Task<FailureReason?> EndlessAsync(ScriptedClient mallory, Harbour harbour, FerryClient bob)
    {
        await mallory.SendAsync(Scripts.Offer(bob.Jid, "endless", "e", 0, [Scripts.InBand]).Replace(" size='0'", "", StringComparison.Ordinal));
        var receiving = harbour.ReceiveAsync(bob, new ReceiveOptions { MaxBytes = 16 * 1024 * 1024 });
        await mallory.SkipToAsync("<iq type='result' id='endless'>...</iq>");
        await mallory.SendAsync(Scripts.Open(bob.Jid, "endless", 60_000));
        await mallory.SkipToAsync("<iq type='result' id='open'>...</iq>");
        for (var seq = 0; !receiving.IsCompleted; seq++)
        {
            await mallory.SendAsync(Scripts.Data(bob.Jid, "endless", seq, 60_000));
            if ((await mallory.SkipToAsync("<iq>...</iq>")).FirstChild?.Name == "close") break;
        }

        return (await receiving).Failure?.Reason;
    }

    private long Measure(string when)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var heap = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        output.WriteLine($"{when}: managed {heap / 1048576.0:0.0} MiB, working set {process.WorkingSet64 / 1048576} MiB, peak {process.PeakWorkingSet64 / 1048576} MiB");
        return heap;
    }
}
