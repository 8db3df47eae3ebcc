using System.Security.Cryptography;
using Ferry.Testing.XmppScripts;

namespace Ferry.Tests.Transfers;

/// <summary>A sender that lies, floods, breaks off or is not who it was.</summary>
public sealed class HostileSenderTests
{
    private const string Errors = "urn:ietf:params:xml:ns:xmpp-stanzas";

    public static TheoryData<string, string[], FailureReason, bool> Lies => new()
    {
        // What the sender says after the open of a stream of 100 bytes in blocks of 50; how it ends; whether bytes are kept.
        { "fewer bytes", ["data 0 50", "close"], FailureReason.CancelledByPeer, true },
        { "nothing at all", ["close"], FailureReason.CancelledByPeer, false },
        { "more bytes", ["data 0 50", "data 1 40", "data 2 50"], FailureReason.Mismatch, true },
        { "a block too large", ["data 0 51"], FailureReason.Protocol, false },
        { "a wrong first number", ["data 1 50"], FailureReason.Protocol, false },
        { "a number twice", ["data 0 50", "anew 0 50"], FailureReason.Protocol, true },
        { "a number left out", ["data 0 50", "data 2 50"], FailureReason.Protocol, true },
        { "no base64", ["raw 0 ***not*base64***"], FailureReason.Protocol, false },
        { "base64 cut short", ["raw 0 QUJ"], FailureReason.Protocol, false },
        { "padding in the middle", ["raw 0 QQ==QUJD"], FailureReason.Protocol, false },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_lie_in_band_ends_it_by_name(string what, string[] says, FailureReason reason, bool kept)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100, blockSize: 50);
        foreach (var line in says)
        {
            var words = line.Split(' ');
            await eve.SendAsync(words[0] switch
            {
                "data" => Scripts.Data(bob.Jid, "s1", int.Parse(words[1]), int.Parse(words[2])),
                "anew" => Scripts.Data(bob.Jid, "s1", int.Parse(words[1]), int.Parse(words[2])).Replace("id='d", "id='anew", StringComparison.Ordinal),
                "raw" => Scripts.Data(bob.Jid, "s1", int.Parse(words[1]), words[2]),
                _ => Scripts.Close(bob.Jid, "s1"),
            });
        }

        var received = await receiving;
        received.Failure.ShouldNotBeNull(what);
        received.Failure.Reason.ShouldBe(reason, received.Failure.Message);
        harbour.Received.ShouldBe(kept ? [".f.ferry-part"] : []);
    }

    /// <summary>As a server passes them on that said less than it had handled when the sender's stream was resumed.</summary>
    [Fact]
    public async Task The_same_stanza_twice_is_taken_once_and_answered_twice()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 150, blockSize: 50);
        foreach (var seq in (int[])[0, 1, 0, 1, 2, 2]) await eve.SendAsync(Scripts.Data(bob.Jid, "s1", seq, 50));
        foreach (var seq in (int[])[0, 1, 0, 1, 2]) await eve.SkipToAsync($"<iq type='result' id='d{seq}' from='{bob.Jid}' to='{eve.Jid}'/>");
        var received = await receiving;
        received.Failure.ShouldBeNull();
        new FileInfo(received.Path!).Length.ShouldBe(150);
    }

    [Fact]
    public async Task The_same_block_twice_in_messages_is_taken_once()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 152, blockSize: 50);
        var blocks = Enumerable.Range(0, 4).Select(seq => Scripts.Message(bob.Jid, "s1", seq, Convert.ToBase64String(Enumerable.Repeat((byte)seq, seq < 3 ? 50 : 2).ToArray()))).ToArray();
        foreach (var seq in (int[])[0, 1, 0, 1, 2, 2, 0, 3, 3]) await eve.SendAsync(blocks[seq]);
        var received = await receiving;
        received.Failure.ShouldBeNull();
        File.ReadAllBytes(received.Path!).ShouldBe([.. Enumerable.Range(0, 152).Select(at => (byte)(at / 50))]);
    }

    [Theory]
    [InlineData("a number twice with other bytes", 0, 'B')]
    [InlineData("a number left out", 2, 'A')]
    [InlineData("the last number twice with other bytes", 1, 'A')]
    public async Task A_lie_in_messages_ends_it_by_name(string what, int seq, char content)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100, blockSize: 50);
        await eve.SendAsync(Scripts.Message(bob.Jid, "s1", 0, "AAAA"));
        if (seq == 1) await eve.SendAsync(Scripts.Message(bob.Jid, "s1", 1, "BBBB"));
        await eve.SendAsync(Scripts.Message(bob.Jid, "s1", seq, new string(content, 4)));
        (await receiving).Failure.ShouldNotBeNull(what).Reason.ShouldBe(FailureReason.Protocol);
    }

    [Theory]
    [InlineData("fewer bytes", 99, false, FailureReason.CancelledByPeer)]
    [InlineData("nothing", 0, false, FailureReason.CancelledByPeer)]
    [InlineData("a reset", 50, true, FailureReason.CancelledByPeer)]
    [InlineData("more bytes", 5000, false, null)] // nothing is read behind the offered size
    public async Task A_lie_by_socket_ends_it_by_name(string what, int sends, bool reset, FailureReason? reason)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        await eve.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 100, [Scripts.Bytestreams]));
        var receiving = harbour.ReceiveAsync(bob);
        await eve.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        await eve.SendAsync($"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1'><streamhost jid='{eve.Jid}' host='127.0.0.1' port='{port}'/></query></iq>");
        var stream = new System.Net.Sockets.NetworkStream(await listener.AcceptSocketAsync(TestContext.Current.CancellationToken), ownsSocket: true);
        await stream.WriteAsync(Replays.RawSocks5.Echo(await Replays.RawSocks5.ServeAsync(stream, "echo")), TestContext.Current.CancellationToken);
        await eve.SkipToAsync("<iq type='result' id='q'>...</iq>");
        await stream.WriteAsync(new byte[sends], TestContext.Current.CancellationToken);
        if (reset)
        {
            await LoopbackTests.SomeArrivedAsync(harbour, "f");
            stream.Socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
        }

        stream.Dispose();
        var received = await receiving;
        (received.Failure?.Reason).ShouldBe(reason, what + " " + received.Failure?.Message);
        if (reason is null) new FileInfo(received.Path!).Length.ShouldBe(100);
    }

    [Fact]
    public async Task A_wrong_hash_is_mismatch_and_leaves_nothing()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100, md5: new string('0', 32));
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 100));
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.Mismatch);
        harbour.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_right_hash_verifies()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100, md5: Convert.ToHexString(MD5.HashData(new byte[100])));
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 100));
        (await receiving).VerifiedBy.ShouldBe("md5");
    }

    [Fact]
    public async Task Offers_by_the_thousand_are_five()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (_, bob, eve) = meeting;
        for (var i = 0; i < 1000; i++) await eve.SendAsync(Scripts.Offer(bob.Jid, $"s{i}", "f", 10, [Scripts.InBand]));
        for (var i = 5; i < 1000; i++) await eve.SkipToAsync($"<iq type='error' id='s{i}'>...<error type='wait'>...<resource-constraint xmlns='{Errors}'/></error></iq>");
        for (var i = 0; i < 5; i++) await (await Harbour.NextOfferAsync(bob)).DeclineAsync().WaitAsync(Harbour.Patience);
        // Decided ones make room again.
        await eve.SendAsync(Scripts.Offer(bob.Jid, "again", "f", 10, [Scripts.InBand]));
        await (await Harbour.NextOfferAsync(bob)).DeclineAsync().WaitAsync(Harbour.Patience);
    }

    [Theory]
    [InlineData("offered")]
    [InlineData("accepted")]
    [InlineData("under way")]
    public async Task A_second_offer_of_one_id_is_conflict(string when)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        if (when == "under way")
        {
            await eve.BeginInBandAsync(harbour, bob, "s1", 100);
        }
        else
        {
            await eve.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 100, [Scripts.InBand]));
            var offer = await Harbour.NextOfferAsync(bob);
            if (when == "accepted")
            {
                _ = offer.AcceptAsync(harbour.Inbox);
                await eve.SkipToAsync("<iq type='result' id='s1'>...</iq>");
            }
        }

        await eve.SendAsync(Scripts.Offer(bob.Jid, "s1", "g", 100, [Scripts.InBand]).Replace("id='s1' to", "id='second' to", StringComparison.Ordinal));
        await eve.SkipToAsync($"<iq type='error' id='second'>...<error type='cancel'>...<conflict xmlns='{Errors}'/></error></iq>");
    }

    [Fact]
    public async Task Only_the_sender_may_open_its_stream()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve", "bob");
        var bob = await harbour.ConnectAsync("bob");
        var alice = await harbour.JoinAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        var other = await harbour.JoinAsync("alice", "other");
        await alice.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 4, [Scripts.InBand, Scripts.Bytestreams]));
        var receiving = harbour.ReceiveAsync(bob);
        await alice.SkipToAsync("<iq type='result' id='s1'>...</iq>");
        foreach (var thief in (ScriptedClient[])[eve, other])
        {
            await thief.SendAsync(Scripts.Open(bob.Jid, "s1"));
            await thief.SkipToAsync($"<iq type='error' id='open'>...<error type='cancel'>...<not-acceptable xmlns='{Errors}'/></error></iq>");
            await thief.SendAsync($"<iq type='set' id='q' to='{bob.Jid}'><query xmlns='{Scripts.Bytestreams}' sid='s1'><streamhost jid='{thief.Jid}' host='127.0.0.1' port='1'/></query></iq>");
            await thief.SkipToAsync("<iq type='error' id='q'>...</iq>");
            await thief.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 4));
            await thief.SkipToAsync($"<iq type='error' id='d0'>...<error type='cancel'>...<item-not-found xmlns='{Errors}'/></error></iq>");
        }

        await alice.SendAsync(Scripts.Open(bob.Jid, "s1"));
        await alice.SkipToAsync("<iq type='result' id='open'>...</iq>");
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 4));
        await eve.SkipToAsync("<iq type='error' id='d0'>...</iq>");
        await eve.SendAsync(Scripts.Close(bob.Jid, "s1"));
        await eve.SkipToAsync("<iq type='error' id='close'>...</iq>");
        await alice.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 4));
        (await receiving).Failure.ShouldBeNull();
    }

    [Theory]
    [InlineData("offered")]
    [InlineData("accepted")]
    [InlineData("under way")]
    public async Task A_sender_that_goes_offline_is_absent(string when)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        await eve.SendAsync($"<presence to='{bob.Jid}'/>"); // so that bob is told of its end
        Task<Outcome> receiving;
        if (when == "under way")
        {
            receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100);
            await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 50));
            await LoopbackTests.SomeArrivedAsync(harbour, "f");
        }
        else
        {
            await eve.SendAsync(Scripts.Offer(bob.Jid, "s1", "f", 100, [Scripts.InBand]));
            var offer = await Harbour.NextOfferAsync(bob);
            if (when == "accepted")
            {
                receiving = offer.AcceptAsync(harbour.Inbox);
                await eve.SkipToAsync("<iq type='result' id='s1'>...</iq>");
            }
            else
            {
                await eve.SendAsync($"<presence type='unavailable' to='{bob.Jid}'/>");
                await eve.SendAsync($"<iq type='get' id='after' to='{bob.Jid}'><ping xmlns='urn:xmpp:ping'/></iq>");
                await eve.SkipToAsync("<iq id='after'>...</iq>");
                receiving = offer.AcceptAsync(harbour.Inbox);
            }
        }

        await eve.SendAsync($"<presence type='unavailable' to='{bob.Jid}'/>");
        (await receiving.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Absent);
        harbour.Received.ShouldBe(when == "under way" ? [".f.ferry-part"] : []);
    }

    [Fact]
    public async Task Silence_in_band_is_stalled()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync(options => options with { InBandIdleTimeout = TimeSpan.FromSeconds(1) });
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100);
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 50));
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.Stalled);
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Fact]
    public async Task Silence_on_a_socket_is_stalled_on_both_sides()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice", options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        var bob = await harbour.ConnectAsync("bob", options => options with { IdleTimeout = TimeSpan.FromSeconds(1) });
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(new GatedStream(1000, 1000), bob.Jid, new SendOptions { Name = "f", Length = 2000, Methods = ["s5b-direct"] }).WaitAsync(Harbour.Patience);
        sent.Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.CancelledByPeer);
        (await receiving).Failure!.Reason.ShouldBeOneOf(FailureReason.Stalled, FailureReason.CancelledByPeer);
        harbour.Received.ShouldBe([".f.ferry-part"]);
    }

    [Fact]
    public async Task A_sender_that_ignores_acknowledgements_is_bounded()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (_, bob, eve) = meeting;
        using var target = new StuckTarget();
        var receiving = await eve.BeginInBandAsync(bob, target, "s1", Scripts.Offer(bob.Jid, "s1", "f", 1_000_000_000, [Scripts.InBand]), blockSize: 65535);
        var block = Convert.ToBase64String(new byte[65535]);
        var sent = 0;
        // Its own inbox fills with results that nobody reads, so it reads one now and then.
        while (sent < 700)
        {
            await eve.SendAsync(Scripts.Data(bob.Jid, "s1", sent++, block));
        }

        // 17 MiB are more than bob holds: the rest is refused.
        await eve.SkipToAsync($"<iq type='error'>...<error>...<resource-constraint xmlns='{Errors}'/></error></iq>");
        target.Let();
        (await receiving.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Protocol);
    }

    [Fact]
    public async Task Empty_blocks_and_closes_without_end_are_bounded_too()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (_, bob, eve) = meeting;
        using var target = new StuckTarget();
        var receiving = await eve.BeginInBandAsync(bob, target, "s1", Scripts.Offer(bob.Jid, "s1", "f", 100_000_000, [Scripts.InBand]), blockSize: 65535);
        var seq = 0;
        for (; seq < 40; seq++) await eve.SendAsync(Scripts.Data(bob.Jid, "s1", seq, 65535)); // the pipe is full, bob's loop waits
        for (var i = 0; i < 5000; i++) await eve.SendAsync(Scripts.Close(bob.Jid, "s1"));
        // All but the first are answered although the loop waits: none is kept.
        await eve.SkipToAsync("<iq type='result' id='close'>...</iq>");
        target.Let();
        (await receiving.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_close_of_a_stream_of_unknown_size_is_answered_when_its_bytes_are_kept_or_not(bool kept)
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (_, bob, eve) = meeting;
        using var target = new StuckTarget();
        var receiving = await eve.BeginInBandAsync(bob, target, "s1", Scripts.Offer(bob.Jid, "s1", "f", 100, [Scripts.InBand]).Replace(" size='100'", "", StringComparison.Ordinal));
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 100));
        await eve.SkipToAsync("<iq type='result' id='d0'>...</iq>");
        await eve.SendAsync(Scripts.Close(bob.Jid, "s1"));
        await eve.SendAsync($"<iq type='get' id='after' to='{bob.Jid}'><ping xmlns='urn:xmpp:ping'/></iq>");
        (await eve.SkipToAsync("<iq>...</iq>")).Attribute("id").ShouldBe("after"); // not yet
        if (kept) target.Let();
        else target.Fail();
        await eve.SkipToAsync(kept ? "<iq type='result' id='close'>...</iq>" : $"<iq type='error' id='close'>...<error type='cancel'>...<internal-server-error xmlns='{Errors}'/></error></iq>");
        ((await receiving.WaitAsync(Harbour.Patience)).Failure?.Reason).ShouldBe(kept ? null : FailureReason.Io);
    }

    /// <summary>slixmpp takes an error there for a failure of the closing.</summary>
    [Fact]
    public async Task A_close_in_the_middle_of_a_known_size_is_answered_in_order()
    {
        await using var meeting = await ScriptedMeeting.OpenAsync();
        var (harbour, bob, eve) = meeting;
        var receiving = await eve.BeginInBandAsync(harbour, bob, "s1", 100, blockSize: 50);
        await eve.SendAsync(Scripts.Data(bob.Jid, "s1", 0, 50));
        await eve.SendAsync(Scripts.Close(bob.Jid, "s1"));
        await eve.SkipToAsync("<iq type='result' id='close'>...</iq>");
        (await receiving).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    [Fact]
    public async Task A_sender_learns_that_a_stream_of_unknown_size_was_not_kept()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var source = new GatedStream(1000, 1000);
        source.Open();
        var sending = alice.SendAsync(source, bob.Jid, new SendOptions { Name = "s", Methods = ["ibb"] });
        using var target = new StuckTarget();
        var receiving = (await Harbour.NextOfferAsync(bob)).AcceptAsync(target);
        target.Fail();
        (await receiving.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Io);
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.CancelledByPeer);
    }

    private sealed class StuckTarget : MemoryStream
    {
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Let() => _gate.TrySetResult();

        public void Fail() => _gate.TrySetException(new IOException("no room"));

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            await _gate.Task.WaitAsync(cancellationToken);
    }
}
