using System.Diagnostics;
using System.Net.Sockets;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>Many small transfers in all mixtures, half of them broken: nothing is left of them. It counts the process's descriptors, so nothing else runs meanwhile.</summary>
[Collection(nameof(BridgeAlone))]
public sealed class BridgeLeakTests
{
    private const int WarmUp = 40;

    /// <summary>Less than two kibibytes for each transfer.</summary>
    private const long MemorySlack = 2 * 1024 * 1024;

    private static readonly bool Long = Environment.GetEnvironmentVariable("FERRY_TEST_LONG") is { Length: > 0 };
    private static readonly TimeSpan InCi = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_thousand_transfers_leave_nothing()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("counts descriptors in /proc");
        await using var scene = await BridgeScene.StartAsync();
        for (var i = 0; i < WarmUp; i++) await OneAsync(scene, i);
        var (descriptors, memory) = await RestAsync(scene);
        var clock = Stopwatch.StartNew();
        var done = 0;
        while (done < 1000 && (Long || clock.Elapsed < InCi)) await OneAsync(scene, done++);
        var (after, memoryAfter) = await RestAsync(scene);
        done.ShouldBeGreaterThan(6, "each mixture, whole and broken");
        // What HTTP keeps alive, and the tests before; one for each transfer, or each sixth, would be many more.
        after.ShouldBeLessThanOrEqualTo(descriptors + 8 + (done / 20));
        (memoryAfter - memory).ShouldBeLessThan(MemorySlack);
        scene.Relay.Relay.Waiting.ShouldBe(0);
    }

    private static async Task OneAsync(BridgeScene scene, int number)
    {
        var (sid, isBroken) = ("s" + number + "-" + Guid.NewGuid().ToString("N"), number % 2 == 1);
        var ended = scene.Relay.Log.Lines.Count + 1;
        switch (number / 2 % 3)
        {
            case 0:
                var (upload, download) = await scene.HttpToHttpAsync(sid);
                using (var put = await RawHttp.SendAsync(upload, Put(isBroken)))
                using (var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                {
                    await get.ReadToAsync("half");
                    if (isBroken) put.Reset();
                    await get.ReadToEndAsync();
                    if (!isBroken) await put.ReadToEndAsync();
                }

                break;
            case 1:
                var (to, receiver) = await scene.HttpToSocketAsync(sid);
                using (var put = await RawHttp.SendAsync(to, Put(isBroken)))
                {
                    // The last byte comes on its own.
                    await RawHttp.ReadExactlyAsync(receiver, 4);
                    receiver.Close(isBroken ? 0 : -1);
                    // Not to the end: Kestrel gives a refused body 5 s more.
                    await put.ReadToAsync("\r\n\r\n");
                }

                break;
            default:
                var (sender, from) = await scene.SocketToHttpAsync(sid);
                await sender.SendAsync("half"u8.ToArray());
                using (var get = await RawHttp.SendAsync(from, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                {
                    await get.ReadToAsync("half");
                    sender.Close(isBroken ? 0 : -1);
                    await get.ReadToEndAsync();
                }

                break;
        }

        await scene.Relay.EndedAsync(ended);
    }

    // Broken ones promise more than comes.
    private static string Put(bool isBroken) => $"PUT PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {(isBroken ? 400_000 : 4)}\r\n\r\nhalf";

    private static async Task<(int Descriptors, long Memory)> RestAsync(BridgeScene scene)
    {
        // URLs of ended transfers are remembered for two minutes.
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(125));
        scene.Relay.Log.Lines.Clear();
        var least = int.MaxValue;
        for (var still = 0; still < 20; still++)
        {
            await Task.Delay(20);
            var now = Directory.GetFileSystemEntries("/proc/self/fd").Length;
            if (now < least) (least, still) = (now, 0);
        }

        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return (least, GC.GetTotalMemory(forceFullCollection: true));
    }
}

/// <summary>Nothing runs beside these.</summary>
[CollectionDefinition(nameof(BridgeAlone), DisableParallelization = true)]
public sealed class BridgeAlone;
