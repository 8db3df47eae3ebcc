using Ferry.Protocol.Addressing;

namespace Ferry.Tests.Transfers;

/// <summary>A receiver that refuses, is silent, answers late, or goes away; Spark's flow among them.</summary>
public sealed class HostileReceiverTests
{
    private const string Query = $"<iq type='set'>...<query xmlns='{Scripts.Bytestreams}'>...</query></iq>";

    [Theory]
    [InlineData("refuses")]
    [InlineData("silent")]
    [InlineData("late")]
    public async Task Streamhosts_that_fail_lead_to_in_band_on_the_same_id(string behaviour)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "spark");
        var alice = await harbour.ConnectAsync("alice", options => options with { Socks5Wait = TimeSpan.FromMilliseconds(behaviour == "refuses" ? 25_000 : 300) });
        var spark = await harbour.JoinAsync("spark");
        var attempts = new Attempts();
        var sending = alice.SendAsync(harbour.File("f", 10_000), spark.Jid, new SendOptions { Attempts = attempts });
        var sid = await spark.AcceptOfferAsync(alice.Jid, Scripts.Bytestreams);
        var query = (await spark.SkipToAsync(Query)).Attribute("id")!;
        if (behaviour == "refuses") await spark.SendAsync(Scripts.Error(alice.Jid, query, "item-not-found"));
        var taking = behaviour == "late" ? TakeLateAsync() : spark.TakeInBandAsync(alice.Jid, sid);
        (await taking.WaitAsync(Harbour.Patience)).Length.ShouldBe(10_000);
        var sent = await sending.WaitAsync(Harbour.Patience);
        sent.Failure.ShouldBeNull();
        sent.Method.ShouldBe("ibb");
        attempts.Heard.ShouldBe(["s5b-direct Started", "s5b-direct Failed", "ibb Started", "ibb Chosen"]);
        // Nothing of the unanswered request keeps the client from ending.
        await alice.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        async Task<byte[]> TakeLateAsync()
        {
            var open = await spark.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}'>...</open></iq>");
            await spark.SendAsync(
                $"<iq type='result' id='{query}' to='{alice.Jid}'><query xmlns='{Scripts.Bytestreams}'><streamhost-used jid='{alice.Jid}'/></query></iq>");
            await spark.SendAsync(Scripts.Result(alice.Jid, open.Attribute("id")!));
            var bytes = 0;
            while (true)
            {
                var stanza = await spark.NextElementAsync();
                if (stanza.FirstChild is not { Namespace: Scripts.InBand } payload) continue;
                await spark.SendAsync(Scripts.Result(alice.Jid, stanza.Attribute("id")!));
                if (payload.Name == "close") return new byte[bytes];
                bytes += Convert.FromBase64String(payload.Text).Length;
            }
        }
    }

    [Fact]
    public async Task An_open_refused_while_streamhosts_are_tried_is_tried_again_after_the_answer()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "pidgin");
        var alice = await harbour.ConnectAsync("alice", options => options with { Socks5Wait = TimeSpan.FromMilliseconds(300) });
        var pidgin = await harbour.JoinAsync("pidgin");
        var attempts = new Attempts();
        var sending = alice.SendAsync(harbour.File("f", 5000), pidgin.Jid, new SendOptions { Attempts = attempts });
        var sid = await pidgin.AcceptOfferAsync(alice.Jid, Scripts.Bytestreams);
        var query = (await pidgin.SkipToAsync(Query)).Attribute("id")!;
        var open = (await pidgin.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}'>...</open></iq>")).Attribute("id")!;
        await pidgin.SendAsync(Scripts.Error(alice.Jid, open, "not-acceptable"));
        await Ferry.Testing.Eventually.HoldsAsync(() => attempts.Has("ibb Failed"), "the refusal is known");
        await pidgin.SendAsync(Scripts.Error(alice.Jid, query, "item-not-found"));
        (await pidgin.TakeInBandAsync(alice.Jid, sid).WaitAsync(Harbour.Patience)).Length.ShouldBe(5000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_bare_stream_is_opened_in_band_again_after_the_late_answer_too()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "pidgin");
        var alice = await harbour.ConnectAsync("alice", options => options with { Offers = ["none"], Socks5Wait = TimeSpan.FromMilliseconds(300) });
        var pidgin = await harbour.JoinAsync("pidgin");
        var attempts = new Attempts();
        var sending = alice.SendAsync(harbour.File("f", 5000), pidgin.Jid, new SendOptions { Attempts = attempts });
        await pidgin.AnswerFeaturesAsync(alice.Jid);
        var query = await pidgin.SkipToAsync(Query);
        var open = (await pidgin.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}'>...</open></iq>")).Attribute("id")!;
        await pidgin.SendAsync(Scripts.Error(alice.Jid, open, "not-acceptable"));
        await Ferry.Testing.Eventually.HoldsAsync(() => attempts.Has("ibb Failed"), "the refusal is known");
        await pidgin.SendAsync(Scripts.Error(alice.Jid, query.Attribute("id")!, "item-not-found"));
        (await pidgin.TakeInBandAsync(alice.Jid, query.FirstChild!.Attribute("sid")!).WaitAsync(Harbour.Patience)).Length.ShouldBe(5000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task An_offer_that_finds_no_room_is_made_again()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 5000), eve.Jid, new SendOptions { Methods = ["ibb"] });
        await eve.AnswerFeaturesAsync(alice.Jid);
        const string Offer = "<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>";
        var first = await eve.SkipToAsync(Offer);
        await eve.SendAsync(
            $"<iq type='error' id='{first.Attribute("id")}' to='{alice.Jid}'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        var second = await eve.SkipToAsync(Offer);
        second.FirstChild!.ToString().ShouldBe(first.FirstChild!.ToString());
        await eve.SendAsync(Scripts.Accept(alice.Jid, second.Attribute("id")!, Scripts.InBand));
        (await eve.TakeInBandAsync(alice.Jid, second.FirstChild!.Attribute("id")!).WaitAsync(Harbour.Patience)).Length.ShouldBe(5000);
        (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldBeNull();
    }

    [Fact]
    public async Task A_streamhost_that_was_not_offered_is_no_way()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 5000), eve.Jid, new SendOptions { Methods = ["s5b-direct"] });
        await eve.AcceptOfferAsync(alice.Jid, Scripts.Bytestreams);
        var query = (await eve.SkipToAsync(Query)).Attribute("id")!;
        await eve.SendAsync($"<iq type='result' id='{query}' to='{alice.Jid}'><query xmlns='{Scripts.Bytestreams}'><streamhost-used jid='{eve.Jid}'/></query></iq>");
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.NoMethod);
    }

    [Theory]
    [InlineData("forbidden", FailureReason.Refused)]
    [InlineData("item-not-found", FailureReason.Absent)]
    [InlineData("service-unavailable", FailureReason.NotSupported)]
    [InlineData("bad-request", FailureReason.Protocol)]
    public async Task An_offer_answered_by_an_error_is_named(string condition, FailureReason reason)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 10), eve.Jid);
        await eve.AnswerFeaturesAsync(alice.Jid);
        var id = (await eve.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>")).Attribute("id")!;
        await eve.SendAsync(Scripts.Error(alice.Jid, id, condition));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(reason);
    }

    [Theory]
    [InlineData("offered")]
    [InlineData("streamhosts")]
    [InlineData("in-band open")]
    [InlineData("in-band data")]
    public async Task A_receiver_that_goes_offline_is_absent(string when)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice");
        var eve = await harbour.JoinAsync("eve");
        await eve.SendAsync($"<presence to='{alice.Jid}'/>");
        var method = when.StartsWith("in-band", StringComparison.Ordinal) ? "ibb" : "s5b-direct";
        var sending = alice.SendAsync(harbour.File("f", 1_000_000), eve.Jid, new SendOptions { Methods = [method] });
        if (when == "offered")
        {
            await eve.AnswerFeaturesAsync(alice.Jid);
            await eve.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        }
        else
        {
            var sid = await eve.AcceptOfferAsync(alice.Jid, method == "ibb" ? Scripts.InBand : Scripts.Bytestreams);
            if (method == "s5b-direct") await eve.SkipToAsync(Query);
            else await InBandAsync(sid);
        }

        await eve.SendAsync($"<presence type='unavailable' to='{alice.Jid}'/>");
        (await sending.WaitAsync(TimeSpan.FromSeconds(10))).Failure!.Reason.ShouldBe(FailureReason.Absent);

        async Task InBandAsync(string sid)
        {
            var open = await eve.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
            if (when == "in-band open") return;
            await eve.SendAsync(Scripts.Result(alice.Jid, open.Attribute("id")!));
            await eve.SkipToAsync($"<iq type='set'>...<data xmlns='{Scripts.InBand}'>...</data></iq>");
        }
    }

    /// <summary>As where its disk is full at the last byte: what it acknowledges and that it gives up come in one packet, whatever alice is doing then.</summary>
    [Fact]
    public async Task A_receiver_of_unknown_size_that_acknowledges_everything_and_closes_has_not_kept_it()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "spark");
        var alice = await harbour.ConnectAsync("alice");
        var spark = await harbour.JoinAsync("spark");
        for (var i = 0; i < 10; i++)
        {
            var source = new GatedStream(100, 100);
            source.Open();
            var sending = alice.SendAsync(source, spark.Jid, new SendOptions { Name = "s", Methods = ["ibb"] });
            var sid = await spark.AcceptOfferAsync(alice.Jid, Scripts.InBand);
            await spark.SendAsync(Scripts.Result(alice.Jid, (await spark.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}'>...</open></iq>")).Attribute("id")!));
            var block = (await spark.SkipToAsync($"<iq type='set'>...<data xmlns='{Scripts.InBand}'>...</data></iq>")).Attribute("id")!;
            await spark.SendRawAsync(Scripts.Result(alice.Jid, block) + Scripts.Close(alice.Jid, sid));
            (await sending.WaitAsync(Harbour.Patience)).Failure.ShouldNotBeNull().Reason.ShouldBe(FailureReason.CancelledByPeer);
        }
    }

    [Fact]
    public async Task A_receiver_that_acknowledges_nothing_is_stalled()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", options => options with { InBandIdleTimeout = TimeSpan.FromSeconds(1) });
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 3_000_000), eve.Jid, new SendOptions { Methods = ["ibb"] });
        var sid = await eve.AcceptOfferAsync(alice.Jid, Scripts.InBand);
        var open = await eve.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        await eve.SendAsync(Scripts.Result(alice.Jid, open.Attribute("id")!));
        (await sending.WaitAsync(Harbour.Patience)).Failure!.Reason.ShouldBe(FailureReason.Stalled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_stream_ends_what_is_being_sent(bool accepted)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "eve");
        var alice = await harbour.ConnectAsync("alice", options => options with { Account = Jid.Parse("alice@localhost/desk") });
        var eve = await harbour.JoinAsync("eve");
        var sending = alice.SendAsync(harbour.File("f", 1_000_000), eve.Jid, new SendOptions { Methods = ["ibb"] });
        if (accepted)
        {
            var sid = await eve.AcceptOfferAsync(alice.Jid, Scripts.InBand);
            await eve.SkipToAsync($"<iq type='set'>...<open xmlns='{Scripts.InBand}' sid='{sid}'>...</open></iq>");
        }
        else
        {
            await eve.AnswerFeaturesAsync(alice.Jid);
            await eve.SkipToAsync("<iq type='set'>...<si xmlns='http://jabber.org/protocol/si'>...</si></iq>");
        }

        await harbour.JoinAsync("alice", "desk"); // takes the resource over
        (await sending.WaitAsync(TimeSpan.FromSeconds(10))).Failure!.Reason.ShouldBe(FailureReason.StreamLost);
    }
}
