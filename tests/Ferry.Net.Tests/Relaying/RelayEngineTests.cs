using System.Net.Sockets;
using Ferry.Net.Relaying;
using Ferry.Protocol.Socks5;
using Ferry.Testing;
using static Ferry.Net.Tests.Relaying.RelayScene;

namespace Ferry.Net.Tests.Relaying;

/// <summary>What every engine promises, by splice, by splice when pipes have run out, and by copying.</summary>
public class RelayEngineTests
{
    public static TheoryData<EngineKind> Kinds => [EngineKind.Splice, EngineKind.SpliceWithoutPipes, EngineKind.Copy];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Bytes_go_both_ways_at_once_and_the_ends_with_them(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync();
        byte[] forth = Bytes(5_000_003), back = Bytes(3_000_001, 2);
        Task<byte[]?> atSecond = ReadAllAsync(scene.Second), atFirst = ReadAllAsync(scene.First);
        Task sending = SendAllAsync(scene.First, forth);
        await SendAllAsync(scene.Second, back);
        scene.Second.Shutdown(SocketShutdown.Send);
        await sending;
        scene.First.Shutdown(SocketShutdown.Send);
        (await atSecond).ShouldNotBeNull().ShouldBe(forth);
        (await atFirst).ShouldNotBeNull().ShouldBe(back);
        (await scene.Flow.Ended).ShouldBe(RelayEnding.Done);
        (scene.Flow.Forward, scene.Flow.Backward).ShouldBe((forth.Length, back.Length));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Many_small_files_side_by_side_all_arrive_whole(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        var sizes = new Random(7);
        for (int round = 0; round < 6; round++)
        {
            var scenes = new List<(RelayScene Scene, byte[] File)>();
            for (int i = 0; i < 8; i++)
            {
                scenes.Add((await bench.JoinAsync(), Bytes(sizes.Next(400_000), round)));
            }

            await Task.WhenAll(scenes.Select(one => CarryAsync(one.Scene, one.File)));
        }

        static async Task CarryAsync(RelayScene scene, byte[] file)
        {
            Task<byte[]?> reading = ReadAllAsync(scene.Second);
            await SendAllAsync(scene.First, file);
            scene.First.Shutdown(SocketShutdown.Send);
            Task late = Task.Delay(TimeSpan.FromSeconds(20));
            (await Task.WhenAny(reading, late)).ShouldBe(reading, $"{scene.Flow.Forward} of {file.Length} bytes, {scene.Flow.Ended.Status}");
            (await reading).ShouldNotBeNull().ShouldBe(file);
            scene.Second.Dispose();
            scene.First.Dispose();
            (await scene.Flow.Ended).ShouldBe(RelayEnding.Done);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_half_closed_side_still_receives(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync();
        scene.First.Shutdown(SocketShutdown.Send);
        (await ReadAllAsync(scene.Second)).ShouldBe([]);
        byte[] back = Bytes(700_000);
        Task<byte[]?> reading = ReadAllAsync(scene.First);
        await SendAllAsync(scene.Second, back);
        scene.Second.Dispose();
        (await reading).ShouldNotBeNull().ShouldBe(back);
        (await scene.Flow.Ended).ShouldBe(RelayEnding.Done);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_sent_and_closed_before_the_pair_was_joined_is_delivered(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        (Socket first, RelayConnection one) = await bench.EnterAsync();
        byte[] early = Bytes(60_000);
        await SendAllAsync(first, early);
        first.Dispose();
        (Socket second, RelayConnection other) = await bench.EnterAsync();
        RelayFlow flow = bench.Engine.Join(one, other, new RelayTerms());
        (await ReadAllAsync(second)).ShouldNotBeNull().ShouldBe(early);
        second.Dispose();
        (await flow.Ended).ShouldBe(RelayEnding.Done);
        bench.Gone.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_tail_reaches_a_slow_reader_after_the_sender_has_gone(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync(receiveBuffer: 4096);
        byte[] file = Bytes(1_500_000);
        Task sending = SendAllAsync(scene.First, file).ContinueWith(_ => scene.First.Dispose(), TaskScheduler.Default);
        var got = new MemoryStream();
        var buffer = new byte[1000];
        while (await scene.Second.ReceiveAsync(buffer) is > 0 and var count)
        {
            got.Write(buffer, 0, count);
            await Task.Yield();
        }

        await sending;
        got.ToArray().ShouldBe(file);
        scene.Second.Dispose();
        (await scene.Flow.Ended).ShouldBe(RelayEnding.Done);
    }

    /// <summary>A receiver that talks back to a sender that has left must not cost itself the tail.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_a_gone_sender_is_sent_is_thrown_away_and_the_tail_still_comes(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync();
        byte[] file = Bytes(400_000);
        await SendAllAsync(scene.First, file);
        await Eventually.HoldsAsync(() => scene.Flow.Forward == file.Length, "all was passed on");
        scene.First.Dispose();
        for (int i = 0; i < 3; i++)
        {
            await SendAllAsync(scene.Second, Bytes(100));
            await Eventually.HoldsAsync(() => scene.Second.Poll(0, SelectMode.SelectWrite), "there is room");
        }

        (await ReadAllAsync(scene.Second)).ShouldNotBeNull().ShouldBe(file);
        scene.Second.Dispose();
        (await scene.Flow.Ended).ShouldBe(RelayEnding.Done);
    }

    /// <summary>It says its end, as closing does, before it refuses: that must not look like a file that arrived.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_receiver_that_closes_without_reading_is_lost(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync(receiveBuffer: 4096);
        Task sending = SendAllAsync(scene.First, Bytes(8_000_000)).ContinueWith(_ => { }, TaskScheduler.Default);
        await Eventually.HoldsAsync(() => scene.Flow.Forward > 4096, "bytes flow");
        scene.Second.Shutdown(SocketShutdown.Send);
        scene.Second.Dispose();
        (await scene.Flow.Ended).ShouldBe(RelayEnding.SecondLost);
        await sending;
        await Should.ThrowAsync<SocketException>(() => SendAllAsync(scene.First, Bytes(1_000_000)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_reset_side_is_named_and_the_other_is_reset(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene one = await bench.JoinAsync(), other = await bench.JoinAsync();
        await SendAllAsync(one.First, Bytes(1000));
        await SendAllAsync(other.First, Bytes(1000));
        await Eventually.HoldsAsync(() => one.Flow.Forward == 1000 && other.Flow.Forward == 1000, "the bytes were passed on");
        Reset(one.First);
        Reset(other.Second);
        (await one.Flow.Ended).ShouldBe(RelayEnding.FirstLost);
        (await ReadAllAsync(one.Second)).ShouldBeNull();
        (await other.Flow.Ended).ShouldBe(RelayEnding.SecondLost);
        (await ReadAllAsync(other.First)).ShouldBeNull();
    }

    [Theory]
    [InlineData(EngineKind.Splice)]
    [InlineData(EngineKind.SpliceWithoutPipes)]
    public async Task A_receiver_that_dies_with_bytes_on_the_way_is_lost_although_the_sender_has_closed(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync(receiveBuffer: 4096);
        byte[] file = Bytes(200_000);
        await SendAllAsync(scene.First, file);
        scene.First.Shutdown(SocketShutdown.Send);
        await Eventually.HoldsAsync(() => scene.Flow.Forward == file.Length, "all was passed on");
        Reset(scene.Second);
        (await scene.Flow.Ended).ShouldBe(RelayEnding.SecondLost);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_silent_pair_ends_by_name_and_is_reset(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync(new RelayTerms { Idle = TimeSpan.FromSeconds(60) });
        await SendAllAsync(scene.First, Bytes(10));
        await Eventually.HoldsAsync(() => scene.Flow.Forward == 10, "the bytes were passed on");
        bench.Time.Advance(TimeSpan.FromSeconds(59));
        await SendAllAsync(scene.First, Bytes(10));
        await Eventually.HoldsAsync(() => scene.Flow.Forward == 20, "the bytes were passed on");
        bench.Time.Advance(TimeSpan.FromSeconds(59));
        scene.Flow.Ended.IsCompleted.ShouldBeFalse();
        (await bench.Time.PassUntilAsync(scene.Flow.Ended, TimeSpan.FromSeconds(2))).ShouldBe(RelayEnding.Idle);
        (await ReadAllAsync(scene.First)).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_pair_whose_file_went_through_is_done_even_if_the_receiver_never_closes(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene scene = await bench.JoinAsync(new RelayTerms { Idle = TimeSpan.FromSeconds(60) });
        await SendAllAsync(scene.First, Bytes(10));
        scene.First.Dispose();
        (await ReadAllAsync(scene.Second)).ShouldNotBeNull().Length.ShouldBe(10);
        (await bench.Time.PassUntilAsync(scene.Flow.Ended, TimeSpan.FromSeconds(61))).ShouldBe(RelayEnding.Done);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_transfer_ends_when_it_has_more_bytes_than_it_may(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        RelayScene exact = await bench.JoinAsync(new RelayTerms { MaxBytes = 1000 });
        RelayScene over = await bench.JoinAsync(new RelayTerms { MaxBytes = 1000 });
        await SendAllAsync(exact.First, Bytes(1000));
        exact.First.Dispose();
        (await ReadAllAsync(exact.Second)).ShouldNotBeNull().Length.ShouldBe(1000);
        await SendAllAsync(over.First, Bytes(1001));
        (await over.Flow.Ended).ShouldBe(RelayEnding.TooLarge);
        (await ReadAllAsync(over.Second)).ShouldBeNull();
        over.Flow.Forward.ShouldBeLessThanOrEqualTo(1000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_rate_lets_through_what_was_saved_up_and_then_what_time_brings(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        var mine = new RateLimit(1_000_000, bench.Time);
        var all = new RateLimit(400_000, bench.Time);
        RelayScene scene = await bench.JoinAsync(new RelayTerms { Rates = [mine, all] });
        byte[] file = Bytes(300_000);
        Task sending = SendAllAsync(scene.First, file);
        Task<byte[]?> reading = ReadAllAsync(scene.Second);
        // A quarter of a second's was saved up; less than one system call's worth rests.
        await Eventually.HoldsAsync(() => scene.Flow.Forward > 100_000 - 4096, "the saved-up part went through");
        Task finishing = sending.ContinueWith(_ => scene.First.Shutdown(SocketShutdown.Send), TaskScheduler.Default);
        double seconds = 0;
        while (!reading.IsCompleted)
        {
            scene.Flow.Forward.ShouldBeLessThanOrEqualTo((long)(100_000 + (seconds * 400_000)));
            bench.Time.Advance(TimeSpan.FromMilliseconds(10));
            seconds += 0.01;
            await Task.Delay(1);
        }

        seconds.ShouldBeGreaterThanOrEqualTo(0.49);
        (await reading).ShouldNotBeNull().ShouldBe(file);
        await finishing;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_pair_can_be_cancelled_and_an_engine_that_stops_cancels_its_pairs(EngineKind kind)
    {
        RelayBench bench = RelayBench.Start(kind);
        RelayScene one = await bench.JoinAsync(), other = await bench.JoinAsync();
        one.Flow.Cancel();
        (await one.Flow.Ended).ShouldBe(RelayEnding.Cancelled);
        (await ReadAllAsync(one.First)).ShouldBeNull();
        other.Flow.Ended.IsCompleted.ShouldBeFalse();
        await bench.DisposeAsync();
        (await other.Flow.Ended).ShouldBe(RelayEnding.Cancelled);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_pair_that_is_joined_after_the_engine_stopped_ends(EngineKind kind)
    {
        RelayBench bench = RelayBench.Start(kind);
        (_, RelayConnection one) = await bench.EnterAsync();
        (_, RelayConnection other) = await bench.EnterAsync();
        await bench.DisposeAsync();
        (await bench.Engine.Join(one, other, new RelayTerms()).Ended).ShouldBe(RelayEnding.FirstLost);
        (await bench.Engine.TakeAsync(one)).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_client_that_is_reset_while_it_waits_is_told_to_the_gate(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        (Socket client, RelayConnection connection) = await bench.EnterAsync();
        Reset(client);
        await Eventually.HoldsAsync(() => bench.Gone.Contains(connection), "the gate was told");
        (_, RelayConnection other) = await bench.EnterAsync();
        (await bench.Engine.Join(connection, other, new RelayTerms()).Ended).ShouldBe(RelayEnding.FirstLost);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_client_that_closes_while_it_waits_stays_and_may_have_sent_an_empty_file(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        (Socket first, RelayConnection one) = await bench.EnterAsync();
        one.HasClosed.ShouldBeFalse();
        first.Dispose();
        await Eventually.HoldsAsync(() => one.HasClosed, "its end was seen");
        (Socket second, RelayConnection other) = await bench.EnterAsync();
        RelayFlow flow = bench.Engine.Join(one, other, new RelayTerms());
        (await ReadAllAsync(second)).ShouldBe([]);
        second.Dispose();
        (await flow.Ended).ShouldBe(RelayEnding.Done);
        bench.Gone.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_held_connection_can_be_taken_with_what_it_has_sent(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        (Socket client, RelayConnection connection) = await bench.EnterAsync();
        byte[] early = Bytes(5000);
        await SendAllAsync(client, early);
        client.Shutdown(SocketShutdown.Send);
        using Socket taken = (await bench.Engine.TakeAsync(connection)).ShouldNotBeNull();
        (await ReadAllAsync(taken)).ShouldNotBeNull().ShouldBe(early);
        await SendAllAsync(taken, early);
        taken.Dispose();
        (await ReadAllAsync(client)).ShouldNotBeNull().ShouldBe(early);
        (await bench.Engine.TakeAsync(connection)).ShouldBeNull();
        bench.Gone.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_dropped_connection_is_closed_in_silence(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        (Socket client, RelayConnection connection) = await bench.EnterAsync();
        bench.Engine.Drop(connection);
        (await ReadAllAsync(client)).ShouldBe([]);
        bench.Gone.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_exchange_may_come_in_any_pieces(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        DestinationAddress destination = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");
        byte[] exchange = [.. Socks5Codec.WriteGreeting(), .. Socks5Codec.WriteConnect(destination)];
        Socket merged = await bench.ConnectAsync(), cut = await bench.ConnectAsync();
        byte[] file = Bytes(300);
        await merged.SendAsync((byte[])[.. exchange, .. file]);
        RelayConnection one = await bench.ArrivalAsync();
        foreach (byte single in exchange)
        {
            await cut.SendAsync(new[] { single });
        }

        RelayConnection other = await bench.ArrivalAsync();
        bench.Engine.Join(one, other, new RelayTerms());
        merged.Shutdown(SocketShutdown.Send);
        cut.Shutdown(SocketShutdown.Send);
        byte[] replies = [5, 0, 5, 0, .. Socks5Codec.WriteConnect(destination)[2..]];
        (await ReadAllAsync(merged)).ShouldNotBeNull().ShouldBe(replies);
        (await ReadAllAsync(cut)).ShouldNotBeNull().ShouldBe([.. replies, .. file]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_client_that_the_gate_refuses_is_told_and_closed(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind);
        bench.Code = Socks5ReplyCode.NotAllowed;
        Socket client = await bench.ConnectAsync();
        DestinationAddress destination = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");
        await client.SendAsync(Socks5Codec.WriteGreeting());
        (await client.ReceiveAsync(new byte[2])).ShouldBe(2);
        await client.SendAsync(Socks5Codec.WriteConnect(destination));
        byte[] reply = (await ReadAllAsync(client)).ShouldNotBeNull();
        (reply.Length, reply[1]).ShouldBe((47, (byte)Socks5ReplyCode.NotAllowed));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Silent_exchanges_end_in_time_and_when_there_are_too_many(EngineKind kind)
    {
        await using RelayBench bench = RelayBench.Start(kind, options => options with { MaxHandshakes = 5, HandshakeTime = TimeSpan.FromSeconds(10) });
        var silent = new List<Socket>();
        for (int i = 0; i < 8; i++)
        {
            silent.Add(await bench.ConnectAsync());
        }

        foreach (Socket oldest in silent.Take(3))
        {
            IsEnded(await ReadAllAsync(oldest)).ShouldBeTrue();
        }

        bench.Engine.Handshakes.ShouldBe(5);
        // A valid client gets through; it is never the oldest.
        await bench.JoinAsync();
        bench.Time.Advance(TimeSpan.FromSeconds(10));
        foreach (Socket late in silent)
        {
            IsEnded(await ReadAllAsync(late)).ShouldBeTrue();
        }

        bench.Engine.Handshakes.ShouldBe(0);

        // Closed or reset, but without a byte.
        static bool IsEnded(byte[]? all) => all is null or [];
    }
}
