using Ferry.Net.Relaying;
using Ferry.Testing;
using static Ferry.Net.Tests.Relaying.RelayScene;

namespace Ferry.Net.Tests.Relaying;

/// <summary>Counts the process's descriptors, so nothing else may run meanwhile.</summary>
[Collection(nameof(Alone))]
public class RelayDescriptorTests
{
    [Theory]
    [MemberData(nameof(RelayEngineTests.Kinds), MemberType = typeof(RelayEngineTests))]
    public async Task Descriptors_are_all_given_back(EngineKind kind)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("counts descriptors in /proc");
        }

        var endings = new HashSet<RelayEnding>();
        await using (RelayBench warm = RelayBench.Start(kind))
        {
            await warm.JoinAsync();
        }

        int before = OwnSockets();
        await using (RelayBench bench = RelayBench.Start(kind))
        {
            for (int i = 0; i < 60; i++)
            {
                RelayScene scene = await bench.JoinAsync(new RelayTerms { MaxBytes = 50_000 });
                await SendAllAsync(scene.First, Bytes(i % 3 == 0 ? 60_000 : 40_000));
                if (i % 3 == 1)
                {
                    Reset(scene.First);
                }

                scene.First.Dispose();
                scene.Second.Dispose();
                endings.Add(await scene.Flow.Ended);
            }
        }

        await Eventually.HoldsAsync(() => OwnSockets() <= before, "nothing was left open");
        endings.ShouldContain(RelayEnding.TooLarge);

        static int OwnSockets() => Directory.GetFiles("/proc/self/fd").Length;
    }
}
