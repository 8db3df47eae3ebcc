using System.Net.Sockets;
using Ferry.Net.Relaying;
using Ferry.Testing;
using static Ferry.Net.Tests.Relaying.RelayScene;

namespace Ferry.Net.Tests.Relaying;

/// <summary>
/// A thousand transfers, most of them killed at a random point: the other side always hears of it, and the engine, which lives through all of them, has
/// nothing more in its hands than before. It counts the process's descriptors and memory, so nothing else may run meanwhile.
/// </summary>
[Collection(nameof(Alone))]
public class RelayKillTests
{
    private const int Transfers = 1000;
    private const int WarmUp = 200;
    private const int SideBySide = 8;
    private const int Largest = 400_000;

    /// <summary>Less than a kibibyte for each transfer, which would be an object or two that somebody forgot.</summary>
    private const long MemorySlack = 768 * 1024;

    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(20);

    private enum Killed
    {
        Nobody,
        Sender,
        Receiver,
        Both,
        FromInside,
    }

    [Theory]
    [MemberData(nameof(RelayEngineTests.Kinds), MemberType = typeof(RelayEngineTests))]
    public async Task Whoever_is_killed_the_others_hear_of_it_and_nothing_is_left(EngineKind kind)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("counts descriptors in /proc");
        }

        var outside = Open();
        var seen = new Dictionary<(Killed, RelayEnding), int>();
        await using (RelayBench bench = RelayBench.Start(kind))
        {
            await RunAsync(bench, WarmUp, seed: 1, seen);
            await OnlyTheListenerAsync();
            long before = Memory();
            await RunAsync(bench, Transfers, seed: 2, seen);
            await OnlyTheListenerAsync();
            // Pipes are kept for the next stream: two descriptors for each direction that ever was full at once.
            Open().Pipes.ShouldBeLessThanOrEqualTo(outside.Pipes + (2 * 2 * SideBySide));
            (Memory() - before).ShouldBeLessThan(MemorySlack);
        }

        await Eventually.HoldsAsync(() => Open() is var now && now.Sockets <= outside.Sockets && now.Pipes <= outside.Pipes, "no descriptor is left");
        Task OnlyTheListenerAsync() => Eventually.HoldsAsync(() => Open().Sockets <= outside.Sockets + 1, "no socket but the listener's is left");

        // All of it was really there.
        Enum.GetValues<Killed>().ShouldAllBe(who => seen.Keys.Any(one => one.Item1 == who));
        seen[(Killed.Nobody, RelayEnding.Done)].ShouldBeGreaterThan(Transfers / 10);
        seen.Keys.Where(one => one.Item1 == Killed.Nobody).Select(one => one.Item2).ShouldBe([RelayEnding.Done]);
    }

    private static async Task RunAsync(RelayBench bench, int count, int seed, Dictionary<(Killed, RelayEnding), int> seen)
    {
        var random = new Random(seed);
        for (int done = 0; done < count; done += SideBySide)
        {
            var scenes = new List<(RelayScene Scene, Killed Killed, byte[] File, int Point)>();
            for (int i = 0; i < SideBySide; i++)
            {
                byte[] file = Bytes(random.Next(Largest), random.Next());
                scenes.Add((await bench.JoinAsync(), (Killed)random.Next(5), file, random.Next(file.Length + 1)));
            }

            Task<RelayEnding>[] endings = [.. scenes.Select(one => OneAsync(one.Scene, one.Killed, one.File, one.Point))];
            await Task.WhenAll(endings).WaitAsync(Seconds);
            for (int i = 0; i < SideBySide; i++)
            {
                var key = (scenes[i].Killed, await endings[i]);
                seen[key] = seen.GetValueOrDefault(key) + 1;
                bench.Forget(scenes[i].Scene);
            }
        }
    }

    private static async Task<RelayEnding> OneAsync(RelayScene scene, Killed killed, byte[] file, int point)
    {
        Task<byte[]?> reading = killed is Killed.Receiver or Killed.Both ? ReadUntilAsync(scene, point) : ReadAllAsync(scene.Second);
        bool sent = await SendAsync(scene, killed, file, point);
        if (killed == Killed.FromInside)
        {
            scene.Flow.Cancel();
        }

        byte[]? received = await reading;
        if (killed == Killed.Nobody)
        {
            scene.Second.Dispose();
        }

        RelayEnding ending = await scene.Flow.Ended;
        if (killed == Killed.Nobody)
        {
            sent.ShouldBeTrue();
            received.ShouldNotBeNull().AsSpan().SequenceEqual(file).ShouldBeTrue();
        }
        else if (killed == Killed.Sender)
        {
            // The bytes that got through are those that were sent; an end that looks like a good one never comes.
            received.ShouldBeNull();
            ending.ShouldBe(RelayEnding.FirstLost);
        }

        scene.First.Dispose();
        scene.Second.Dispose();
        return ending;
    }

    /// <summary>All of the file and the end, or as much as there is until somebody is killed. False when the relay ended it.</summary>
    private static async Task<bool> SendAsync(RelayScene scene, Killed killed, byte[] file, int point)
    {
        try
        {
            if (killed is Killed.Sender or Killed.Both)
            {
                await SendAllAsync(scene.First, file[..point]);
                Reset(scene.First);
                return true;
            }

            if (killed == Killed.FromInside)
            {
                await SendAllAsync(scene.First, file[..point]);
                return true;
            }

            await SendAllAsync(scene.First, file);
            scene.First.Shutdown(SocketShutdown.Send);
            if (killed == Killed.Receiver)
            {
                // A sender that waits for its receiver, as those do who wait for the end.
                return (await ReadAllAsync(scene.First)) is not null;
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads so much, then is gone.</summary>
    private static async Task<byte[]?> ReadUntilAsync(RelayScene scene, int point)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            for (int got = 0; got < point;)
            {
                int more = await scene.Second.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, point - got)));
                if (more == 0)
                {
                    break;
                }

                got += more;
            }
        }
        catch (SocketException)
        {
            // The other was quicker.
        }

        Reset(scene.Second);
        return null;
    }

    private static (int Sockets, int Pipes) Open()
    {
        int sockets = 0, pipes = 0;
        foreach (string descriptor in Directory.GetFiles("/proc/self/fd"))
        {
            string? what = new FileInfo(descriptor).LinkTarget;
            sockets += what?.StartsWith("socket:", StringComparison.Ordinal) == true ? 1 : 0;
            pipes += what?.StartsWith("pipe:", StringComparison.Ordinal) == true ? 1 : 0;
        }

        return (sockets, pipes);
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
