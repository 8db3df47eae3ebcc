using System.Security.Cryptography;
using Ferry.Testing;

namespace Ferry.Tests.Transfers;

/// <summary>Two clients and the embedded server: what arrives, and how each side's transfer ends.</summary>
public sealed class LoopbackTests
{
    private const string Socks5 = "s5b-direct";
    private const string InBand = "ibb";
    private const string Difficult = "ünïcødé & <\"quotes'>; 100% 漢字 \u0301.tar.gz";

    [Theory]
    [InlineData(Socks5, 0, "empty")]
    [InlineData(Socks5, 1, "one")]
    [InlineData(Socks5, 3_000_000, "film.mkv")]
    [InlineData(Socks5, 70_000, Difficult)]
    [InlineData(InBand, 0, "empty")]
    [InlineData(InBand, 1, "one")]
    [InlineData(InBand, 3_000_000, "film.mkv")]
    [InlineData(InBand, 70_000, Difficult)]
    public async Task A_file_arrives_whole(string method, int size, string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File(name, size);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        var received = await receiving;
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        (sent.Method, received.Method).ShouldBe((method, method));
        (sent.Bytes, received.Bytes).ShouldBe((size, size));
        (sent.Verified, received.VerifiedBy).ShouldBe((false, "md5"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        received.Name.ShouldBe(name);
        harbour.Received.ShouldBe([received.Name]);
    }

    [Theory]
    [InlineData(Socks5)]
    [InlineData(InBand)]
    public async Task A_stream_of_unknown_size_ends_by_its_end(string method)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var source = new GatedStream(100_000, 50_000);
        source.Open();
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "s", Methods = [method] });
        var offer = await Harbour.NextOfferAsync(bob);
        offer.Size.ShouldBeNull();
        using var target = new MemoryStream();
        var received = await offer.AcceptAsync(target).WaitAsync(Harbour.Patience);
        received.Failure.ShouldBeNull();
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        target.Length.ShouldBe(150_000);
    }

    [Theory]
    [InlineData(Socks5, false)]
    [InlineData(InBand, false)]
    [InlineData(InBand, true)]
    public async Task A_bare_stream_arrives(string method, bool messages)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = ["none"], InBandMessages = messages });
        var bob = await harbour.ConnectAsync("bob", options => options with { Offers = ["none"] });
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(harbour.File("f", 200_000), bob.Jid, new SendOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        var received = await receiving;
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        received.Sha256.ShouldBe(sent.Sha256);
        received.Name.ShouldStartWith("stream-");
        received.Verified.ShouldBeFalse();
    }

    [Fact]
    public async Task A_bare_stream_is_refused_where_it_was_not_asked_for()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = ["none"] });
        var bob = await harbour.ConnectAsync("bob");
        var sent = await alice.SendAsync(harbour.File("f", 10), bob.Jid).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBeOneOf(FailureReason.Refused, FailureReason.NoMethod);
    }

    [Fact]
    public async Task Declined_is_refused()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 10), bob.Jid);
        var offer = await Harbour.NextOfferAsync(bob);
        var declined = await offer.DeclineAsync().WaitAsync(Harbour.Patience);
        var sent = await sending.WaitAsync(Harbour.Patience);
        (declined.Failure!.Reason, declined.Failure.Side).ShouldBe((FailureReason.Refused, Side.Here));
        (sent.Failure!.Reason, sent.Failure.Side, sent.Failure.Phase).ShouldBe((FailureReason.Refused, Side.Peer, Phase.Offering));
        await Should.ThrowAsync<InvalidOperationException>(() => offer.AcceptAsync(harbour.Inbox));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stranger_is_told_nothing_and_shown_to_nobody(bool full)
    {
        await using var harbour = await Harbour.OpenAsync("eve", "bob", "alice");
        var eve = await harbour.ConnectAsync("eve");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob", options => options with { AcceptFrom = PeerPolicy.Only(alice.Jid.Bare) });
        var sent = await eve.SendAsync(harbour.File("evil", 10), full ? bob.Jid : bob.Jid.Bare).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBe(FailureReason.Absent);
        // The first offer that bob is shown is alice's.
        var sending = alice.SendAsync(harbour.File("good", 10), bob.Jid);
        (await Harbour.NextOfferAsync(bob)).Name.ShouldBe("good");
    }

    [Theory]
    [InlineData(Socks5, true)]
    [InlineData(InBand, true)]
    [InlineData(Socks5, false)]
    [InlineData(InBand, false)]
    public async Task Cancelled_midway_ends_both_sides_and_keeps_the_part(string method, bool bySender)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        using var cancel = new CancellationTokenSource();
        var source = new GatedStream(100_000, 50_000_000) { Trickles = !bySender };
        var sending = alice.SendAsync(
            source, bob.Jid, new SendOptions { Name = "f", Length = 50_100_000, Methods = [method] }, bySender ? cancel.Token : default);
        var receiving = harbour.ReceiveAsync(bob, null, bySender ? default : cancel.Token);
        await SomeArrivedAsync(harbour, "f");
        await cancel.CancelAsync();
        var sent = await sending.WaitAsync(Harbour.Patience);
        var received = await receiving;
        sent.Failure!.Reason.ShouldBe(bySender ? FailureReason.Cancelled : FailureReason.CancelledByPeer, sent.Failure.Message);
        received.Failure!.Reason.ShouldBe(bySender ? FailureReason.CancelledByPeer : FailureReason.Cancelled, received.Failure.Message);
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Theory]
    [InlineData(Socks5, true)]
    [InlineData(InBand, true)]
    [InlineData(Socks5, false)]
    [InlineData(InBand, false)]
    public async Task Disposed_midway_ends_both_sides(string method, bool sender)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(
            new GatedStream(100_000, 50_000_000) { Trickles = true }, bob.Jid, new SendOptions { Name = "f", Length = 50_100_000, Methods = [method] });
        var receiving = harbour.ReceiveAsync(bob);
        await SomeArrivedAsync(harbour, "f");
        await (sender ? alice : bob).DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        (await sending.WaitAsync(TimeSpan.FromSeconds(10))).Failure.ShouldNotBeNull();
        (await receiving.WaitAsync(TimeSpan.FromSeconds(10))).Failure.ShouldNotBeNull();
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Fact]
    public async Task Disposed_while_offers_wait_ends_them()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 10), bob.Jid);
        var offer = await Harbour.NextOfferAsync(bob);
        await bob.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        (await sending.WaitAsync(TimeSpan.FromSeconds(10))).Failure!.Reason.ShouldBeOneOf(FailureReason.Refused, FailureReason.Absent);
        (await offer.AcceptAsync(harbour.Inbox).WaitAsync(TimeSpan.FromSeconds(10))).Failure.ShouldNotBeNull();
        harbour.Received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ExistingFile.Refuse)]
    [InlineData(ExistingFile.Rename)]
    [InlineData(ExistingFile.Overwrite)]
    public async Task A_file_that_is_there(ExistingFile existing)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        await File.WriteAllTextAsync(Path.Combine(harbour.Inbox, "f.txt"), "old");
        var receiving = harbour.ReceiveAsync(bob, new ReceiveOptions { Existing = existing });
        var sent = await alice.SendAsync(harbour.File("f.txt", 10), bob.Jid).WaitAsync(Harbour.Patience);
        var received = await receiving;
        if (existing == ExistingFile.Refuse)
        {
            received.Failure!.Reason.ShouldBe(FailureReason.Exists);
            sent.Failure!.Reason.ShouldBe(FailureReason.Refused);
            (await File.ReadAllTextAsync(Path.Combine(harbour.Inbox, "f.txt"))).ShouldBe("old");
            return;
        }

        received.Failure.ShouldBeNull();
        harbour.Received.ShouldBe(existing == ExistingFile.Rename ? ["f (2).txt", "f.txt"] : ["f.txt"]);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_declines()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 10), bob.Jid);
        var received = await (await Harbour.NextOfferAsync(bob)).AcceptAsync(Path.Combine(harbour.Folder, "nowhere")).WaitAsync(Harbour.Patience);
        received.Failure!.Reason.ShouldBe(FailureReason.Io);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Refused);
    }

    [Theory]
    [InlineData(Socks5)]
    [InlineData(InBand)]
    public async Task A_target_that_fails_midway_is_named_and_the_sender_is_told(string method)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = alice.SendAsync(harbour.File("f", 3_000_000), bob.Jid, new SendOptions { Methods = [method] });
        using var target = new FullDisk(100_000);
        var received = await (await Harbour.NextOfferAsync(bob)).AcceptAsync(target).WaitAsync(Harbour.Patience);
        received.Failure!.Reason.ShouldBe(FailureReason.DiskFull);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    [Theory]
    [InlineData(Socks5, true)]
    [InlineData(InBand, true)]
    [InlineData(Socks5, false)]
    [InlineData(InBand, false)]
    public async Task A_file_that_changes_while_it_is_offered(string method, bool shrinks)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File("f", 100_000);
        var sending = alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [method] });
        var offer = await Harbour.NextOfferAsync(bob);
        await File.WriteAllBytesAsync(path, new byte[shrinks ? 50_000 : 100_000]);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        var received = await offer.AcceptAsync(harbour.Inbox).WaitAsync(Harbour.Patience);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.SourceChanged);
        received.Failure!.Reason.ShouldBe(shrinks ? FailureReason.CancelledByPeer : FailureReason.Mismatch);
        harbour.Received.ShouldNotContain("f");
    }

    [Fact]
    public async Task Several_side_by_side()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = Enumerable.Range(0, 4)
            .Select(i => alice.SendAsync(harbour.File($"f{i}", 300_000 + i), bob.Jid, new SendOptions { Methods = [i % 2 == 0 ? Socks5 : InBand] })).ToList();
        var receiving = new List<Task<Outcome>>();
        for (var i = 0; i < 4; i++) receiving.Add((await Harbour.NextOfferAsync(bob)).AcceptAsync(harbour.Inbox));
        foreach (var outcome in await Task.WhenAll(sending.Concat(receiving)).WaitAsync(Harbour.Patience)) outcome.Failure.ShouldBeNull();
        harbour.Received.ShouldBe(["f0", "f1", "f2", "f3"]);
    }

    [Fact]
    public async Task More_at_once_than_the_peer_keeps_undecided_wait_for_their_turn()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var sending = Enumerable.Range(0, 12).Select(i => alice.SendAsync(harbour.File($"f{i}", 1000 + i), bob.Jid)).ToList();
        var offers = new List<IncomingOffer>();
        for (var i = 0; i < 5; i++) offers.Add(await Harbour.NextOfferAsync(bob));
        // Five lie there undecided and nothing was refused; the others come as these are answered.
        sending.ShouldAllBe(task => !task.IsCompleted);
        var receiving = offers.Select(offer => offer.AcceptAsync(harbour.Inbox)).ToList();
        for (var i = 5; i < 12; i++) receiving.Add((await Harbour.NextOfferAsync(bob)).AcceptAsync(harbour.Inbox));
        (await Task.WhenAll(sending).WaitAsync(Harbour.Patience)).ShouldAllBe(outcome => outcome.Failure == null);
        (await Task.WhenAll(receiving).WaitAsync(Harbour.Patience)).ShouldAllBe(outcome => outcome.Failure == null);
        harbour.Received.Length.ShouldBe(12);
    }

    [Fact]
    public async Task A_listener_that_throws_harms_nobody()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var broken = new Broken();
        var source = new GatedStream(10_000, 10_000);
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "s", Progress = broken, Attempts = broken });
        var receiving = harbour.ReceiveAsync(bob, new ReceiveOptions { Progress = broken, Attempts = broken });
        await Eventually.HoldsAsync(() => broken.Heard >= 3, "a timer has reported to both");
        source.Open();
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
        (await receiving).Failure.ShouldBeNull();
    }

    private sealed class Broken : IProgress<TransferProgress>, IProgress<Attempt>
    {
        private int _heard;

        public int Heard => Volatile.Read(ref _heard);

        public void Report(TransferProgress value)
        {
            Interlocked.Increment(ref _heard);
            throw new InvalidOperationException("broken listener");
        }

        public void Report(Attempt value) => throw new InvalidOperationException("broken listener");
    }

    [Fact]
    public async Task A_bare_address_finds_a_peer_that_never_met_us()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(harbour.File("f", 10), Harbour.Address("bob")).WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        sent.Peer.ShouldBe(bob.Jid);
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task Two_resources_are_ambiguous()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var one = await harbour.ConnectAsync("bob");
        var two = await harbour.ConnectAsync("bob");
        var sent = await alice.SendAsync(harbour.File("f", 10), Harbour.Address("bob")).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBe(FailureReason.AmbiguousPeer);
        sent.Failure.Resources!.ShouldBe([one.Jid, two.Jid], ignoreOrder: true);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("bob")]
    public async Task Nobody_there_is_absent(string whom)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var sent = await alice.SendAsync(harbour.File("f", 10), Harbour.Address(whom)).WaitAsync(Harbour.Patience);
        (sent.Failure!.Reason, sent.Failure.Phase).ShouldBe((FailureReason.Absent, Phase.Finding));
    }

    [Theory]
    [InlineData("a\u0001b")]
    [InlineData("line\nbreak\u007f.txt")]
    public async Task A_name_that_xml_cannot_carry_is_sent_without_what_it_cannot(string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(harbour.File(name, 10), bob.Jid).WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        (await receiving).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_part_of_a_stream_is_hashed_as_that_part()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var receiving = harbour.ReceiveAsync(bob);
        using var source = new MemoryStream(new byte[1000]) { Position = 100 };
        var sent = await alice.SendAsync(source, bob.Jid, new SendOptions { Name = "f", Length = 500 }).WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        var received = await receiving;
        received.Failure.ShouldBeNull();
        received.Bytes.ShouldBe(500);
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_is_io()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        using var source = new BrokenSource();
        var sent = await alice.SendAsync(source, bob.Jid, new SendOptions { Name = "f" }).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBe(FailureReason.Io);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_stream_ends_a_transfer_that_is_not_under_way_yet(bool accepted)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var bob = await harbour.ConnectAsync("bob", options => options with { Account = Ferry.Protocol.Addressing.Jid.Parse("bob@localhost/desk") });
        var alice = await harbour.JoinAsync("alice");
        await alice.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 10, [Scripts.InBand]));
        var offer = await Harbour.NextOfferAsync(bob);
        var early = accepted ? offer.AcceptAsync(harbour.Inbox) : null;
        if (accepted) await alice.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        await harbour.JoinAsync("bob", "desk"); // takes the resource over
        (await bob.Completion.WaitAsync(Harbour.Patience))!.Reason.ShouldBe(FailureReason.StreamLost);
        var outcome = await (early ?? offer.AcceptAsync(harbour.Inbox)).WaitAsync(TimeSpan.FromSeconds(10));
        outcome.Failure!.Reason.ShouldBe(FailureReason.StreamLost);
        harbour.Received.ShouldBeEmpty();
    }

    internal static Task SomeArrivedAsync(Harbour harbour, string name) => Eventually.HoldsAsync(
        () => new FileInfo(Path.Combine(harbour.Inbox, $".{name}.ferry-part")) is { Exists: true, Length: > 0 }, "bytes arrive");

    private sealed class FullDisk(int room) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length > room ? throw new IOException("No space left on device", 28) : base.WriteAsync(buffer, cancellationToken);
    }

    private sealed class BrokenSource : MemoryStream
    {
        public BrokenSource()
            : base(new byte[10])
        {
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("the disk is gone");
    }
}
