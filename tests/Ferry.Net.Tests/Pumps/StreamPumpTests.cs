using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Net.Pumps;
using Ferry.Testing;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Pumps;

public class StreamPumpTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(256 * 1024)]
    [InlineData(256 * 1024 + 1)]
    [InlineData(3_000_000)]
    public async Task Moves_and_hashes_every_byte(int size)
    {
        byte[] data = Data(size);
        foreach (var (length, inPlace) in new (long?, bool)[] { (null, false), (size, false), (size, true) })
        {
            var sink = new MemoryStream();
            PumpResult result = await StreamPump.CopyAsync(
                new MemoryStream(data), sink, new PumpOptions { Length = length, HashedInPlace = inPlace }, CancellationToken.None);
            result.End.ShouldBe(PumpEnd.Completed);
            result.Bytes.ShouldBe(size);
            result.Sha256.ShouldBe(SHA256.HashData(data));
            result.Md5.ShouldBeNull();
            sink.ToArray().ShouldBe(data);
        }
    }

    [Fact]
    public async Task Moves_between_files_and_sockets()
    {
        byte[] data = Data(10_000_000);
        string folder = Directory.CreateTempSubdirectory("ferry-pump-").FullName;
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, "a"), data);
            using SocketPair pair = await SocketPair.OpenAsync();
            await using var source = new FileStream(Path.Combine(folder, "a"), FileMode.Open);
            await using var sink = new FileStream(Path.Combine(folder, "b"), FileMode.CreateNew);
            Task<PumpResult> sending = StreamPump.CopyAsync(
                source, new NetworkStream(pair.One), new PumpOptions { Length = data.Length }, CancellationToken.None);
            Task<PumpResult> receiving = StreamPump.CopyAsync(
                new NetworkStream(pair.Other), sink, new PumpOptions { Length = data.Length }, CancellationToken.None);
            PumpResult[] results = await Task.WhenAll(sending, receiving);
            results.ShouldAllBe(result => result.End == PumpEnd.Completed && result.Sha256.SequenceEqual(SHA256.HashData(data)));
            await sink.DisposeAsync();
            (await File.ReadAllBytesAsync(Path.Combine(folder, "b"))).ShouldBe(data);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Hashes_go_on_from_what_they_were_fed_with()
    {
        byte[] data = Data(300_000);
        using var hashes = new RunningHashes(withMd5: true);
        (await hashes.AppendAsync(new MemoryStream(data), 100_000, CancellationToken.None)).ShouldBe(100_000);
        PumpResult result = await StreamPump.CopyAsync(
            new MemoryStream(data[100_000..]), Stream.Null, new PumpOptions { Hashes = hashes }, CancellationToken.None);
        result.Bytes.ShouldBe(200_000);
        result.Sha256.ShouldBe(SHA256.HashData(data));
        result.Md5.ShouldBe(MD5.HashData(data));
        hashes.Bytes.ShouldBe(300_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public async Task Reads_nothing_behind_the_expected_length(int length)
    {
        var source = new MemoryStream(Data(length + 10));
        PumpResult result = await StreamPump.CopyAsync(source, Stream.Null, new PumpOptions { Length = length }, CancellationToken.None);
        (result.End, result.Bytes, source.Position).ShouldBe((PumpEnd.Completed, length, length));
    }

    [Fact]
    public async Task A_source_that_ends_early_is_told_from_a_whole_one()
    {
        PumpResult result = await StreamPump.CopyAsync(
            new MemoryStream(Data(99)), Stream.Null, new PumpOptions { Length = 100 }, CancellationToken.None);
        (result.End, result.Bytes).ShouldBe((PumpEnd.SourceEnded, 99));
    }

    [Theory]
    [InlineData(100, PumpEnd.Completed, 100)]
    [InlineData(101, PumpEnd.Excess, 100)]
    [InlineData(1_000_000, PumpEnd.Excess, 100)]
    public async Task Without_a_length_a_bound_holds(int size, PumpEnd end, long bytes)
    {
        var sink = new MemoryStream();
        PumpResult result = await StreamPump.CopyAsync(
            new MemoryStream(Data(size)), sink, new PumpOptions { MaxLength = 100 }, CancellationToken.None);
        (result.End, result.Bytes, sink.Length).ShouldBe((end, bytes, bytes));
        result.Sha256.ShouldBe(SHA256.HashData(sink.ToArray()));
    }

    [Fact]
    public async Task A_broken_source_and_a_broken_sink_are_told_apart()
    {
        var broken = new IOException("broken");
        PumpResult source = await StreamPump.CopyAsync(
            new ScriptedStream { OnRead = _ => throw broken }, Stream.Null, new PumpOptions(), CancellationToken.None);
        (source.End, source.Error).ShouldBe((PumpEnd.SourceFailed, broken));

        PumpResult sink = await StreamPump.CopyAsync(
            new MemoryStream(Data(1000)), new ScriptedStream { OnWrite = _ => throw broken }, new PumpOptions(), CancellationToken.None);
        (sink.End, sink.Error, sink.Bytes).ShouldBe((PumpEnd.SinkFailed, broken, 0));
    }

    [Fact]
    public async Task Bytes_and_hash_are_of_what_was_written_when_the_sink_breaks_midway()
    {
        byte[] data = Data(500_000);
        var written = new MemoryStream();
        var sink = new ScriptedStream
        {
            OnWrite = bytes =>
            {
                if (written.Length > 200_000)
                {
                    throw new IOException("no space left on device");
                }

                written.Write(bytes.Span);
                return ValueTask.CompletedTask;
            },
        };
        PumpResult result = await StreamPump.CopyAsync(new MemoryStream(data), sink, new PumpOptions(), CancellationToken.None);
        result.End.ShouldBe(PumpEnd.SinkFailed);
        result.Bytes.ShouldBe(written.Length);
        result.Sha256.ShouldBe(SHA256.HashData(written.ToArray()));
    }

    [Fact]
    public async Task Silence_of_the_source_ends_in_stalled()
    {
        var time = new ManualTime();
        var reading = new TaskCompletionSource();
        var source = new ScriptedStream
        {
            OnRead = async token =>
            {
                reading.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
        };
        Task<PumpResult> pumping = StreamPump.CopyAsync(
            source, Stream.Null, new PumpOptions { TimeProvider = time, IdleTimeout = TimeSpan.FromSeconds(30) }, CancellationToken.None);
        await reading.Task;
        time.Advance(TimeSpan.FromSeconds(29));
        pumping.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        (await pumping).End.ShouldBe(PumpEnd.Stalled);
    }

    [Fact]
    public async Task Every_byte_that_moves_starts_the_idle_time_anew()
    {
        var time = new ManualTime();
        var source = new ScriptedStream();
        int reads = 0;
        source.OnRead = _ =>
        {
            time.Advance(TimeSpan.FromSeconds(29));
            return ValueTask.FromResult(++reads < 10 ? 1 : 0);
        };
        PumpResult result = await StreamPump.CopyAsync(source, Stream.Null, new PumpOptions { TimeProvider = time }, CancellationToken.None);
        (result.End, result.Bytes).ShouldBe((PumpEnd.Completed, 9));
    }

    [Fact]
    public async Task A_slow_sink_gets_smaller_writes_so_that_it_is_seen_to_move()
    {
        // 3000 bytes a second, as old servers' shapers let through: a whole buffer would take 44 s.
        var time = new ManualTime();
        var sink = new ScriptedStream
        {
            OnWrite = bytes =>
            {
                time.Advance(TimeSpan.FromSeconds(bytes.Length / 3000.0));
                return ValueTask.CompletedTask;
            },
        };
        var seen = new List<long>();
        PumpResult result = await StreamPump.CopyAsync(
            new MemoryStream(Data(400_000)), sink, new PumpOptions { TimeProvider = time, Progress = seen.Add }, CancellationToken.None);
        result.End.ShouldBe(PumpEnd.Completed);
        seen[^1].ShouldBe(400_000);
        seen.Count.ShouldBeGreaterThan(80);
    }

    [Fact]
    public async Task A_reader_that_stops_stalls_its_sender()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        var time = new ManualTime();
        long moved = 0;
        Task<PumpResult> sending = StreamPump.CopyAsync(
            new ScriptedStream { OnRead = _ => ValueTask.FromResult(4096) },
            new NetworkStream(pair.One),
            new PumpOptions { TimeProvider = time, Progress = bytes => Volatile.Write(ref moved, bytes) },
            CancellationToken.None);
        long before = -1;
        await Eventually.HoldsAsync(() => before == (before = Volatile.Read(ref moved)) && before > 0, "the sender is held back");
        while (!sending.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        PumpResult result = await sending;
        result.End.ShouldBe(PumpEnd.Stalled);
        result.Bytes.ShouldBeLessThan(32 << 20);
    }

    [Fact]
    public async Task The_callers_token_ends_it()
    {
        using var cancel = new CancellationTokenSource();
        var source = new ScriptedStream
        {
            OnRead = async token =>
            {
                await cancel.CancelAsync();
                await Task.Delay(Timeout.Infinite, token);
                return 0;
            },
        };
        PumpResult result = await StreamPump.CopyAsync(source, Stream.Null, new PumpOptions(), cancel.Token);
        (result.End, result.Error).ShouldBe((PumpEnd.Cancelled, null));
    }

    [Fact]
    public async Task A_closed_peer_is_a_broken_sink()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        pair.Other.Dispose();
        PumpResult result = await StreamPump.CopyAsync(
            new MemoryStream(Data(50_000_000)), new NetworkStream(pair.One), new PumpOptions(), CancellationToken.None);
        result.End.ShouldBe(PumpEnd.SinkFailed);
    }

    private static byte[] Data(int size)
    {
        var data = new byte[size];
        new Random(7).NextBytes(data);
        return data;
    }
}
