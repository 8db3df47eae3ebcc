using System.Net;
using System.Text;
using Ferry.Protocol.Addressing;
using Ferry.Server.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.Relay;

/// <summary>The proxy of XEP-0065 as its clients see it.</summary>
public sealed class RelayServiceTests
{
    private const string Namespace = "http://jabber.org/protocol/bytestreams";

    [Fact]
    public async Task It_is_found_says_what_it_is_and_where()
    {
        await using var scene = await RelayScene.StartAsync();
        await scene.Alice.SendAsync("<iq type='get' id='1' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>");
        await scene.Alice.ExpectAsync(
            $"<iq type='result' id='1' from='localhost' to='{scene.Alice.Jid}'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='{RelayScene.Address}' name='*'/></query></iq>");
        await scene.Alice.SendAsync($"<iq type='get' id='2' to='{RelayScene.Address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        var info = await scene.Alice.NextElementAsync();
        info.ToString().ShouldContain("category='proxy' type='bytestreams'");
        info.ToString().ShouldContain($"<feature var='{Namespace}'/>");
        await scene.Alice.SendAsync($"<iq type='get' id='3' to='{RelayScene.Address}'><query xmlns='{Namespace}' sid='s1'/></iq>");
        await scene.Alice.ExpectAsync(
            $"<iq type='result' id='3' from='{RelayScene.Address}' to='{scene.Alice.Jid}'><query xmlns='{Namespace}' sid='s1'>"
            + $"<streamhost jid='{RelayScene.Address}' host='127.0.0.1' port='{scene.Relay.Streamhosts[0].Port}'/></query></iq>");
    }

    [Fact]
    public async Task Behind_NAT_it_names_what_it_was_told()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { Advertise = [new DnsEndPoint("relay.example.org", 0), new DnsEndPoint("203.0.113.7", 17777)] });
        scene.Relay.Streamhosts.Select(host => host.Host).ShouldBe(["relay.example.org", "203.0.113.7"]);
        scene.Relay.Streamhosts[0].Port.ShouldNotBe(0);
        scene.Relay.Streamhosts[1].Port.ShouldBe(17777);
    }

    [Fact]
    public async Task Two_are_joined_and_their_end_has_a_line()
    {
        await using var scene = await RelayScene.StartAsync();
        var (sender, receiver) = await scene.JoinAsync("s1");
        await sender.SendAsync("the file"u8.ToArray());
        sender.Dispose();
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("the file");
        receiver.Dispose();
        await scene.EndedAsync(1);
        var line = scene.Log.Lines.ShouldHaveSingleItem();
        (line["Requester"], line["Target"], line["Method"], line["Bytes"], line["Ending"])
            .ShouldBe((scene.Alice.Jid, scene.Bob.Jid, "s5b-proxy", 8L, "done"));
    }

    /// <summary>XEP-0065 doesn't say who comes first.</summary>
    [Fact]
    public async Task What_comes_before_activation_is_delivered_whoever_came_first()
    {
        await using var scene = await RelayScene.StartAsync();
        var sender = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        await sender.SendAsync("early"u8.ToArray());
        sender.Dispose();
        var receiver = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("done");
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("early");
    }

    [Fact]
    public async Task Only_the_requester_activates_and_only_a_whole_pair_and_once()
    {
        await using var scene = await RelayScene.StartAsync();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("cancel item-not-found");
        var receiver = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("cancel not-allowed");
        await scene.ConnectAsync("s1");
        // The target's order has the roles swapped, and so another hash.
        (await RelayScene.ActivateAsync(scene.Bob, "s1", scene.Alice.Jid)).ShouldBe("cancel item-not-found");
        (await RelayScene.ActivateAsync(scene.Bob, "s1", scene.Bob.Jid)).ShouldBe("cancel item-not-found");
        (await RelayScene.ActivateAsync(scene.Alice, "s1", Jid.Parse("bob@localhost/R"))).ShouldBe("cancel item-not-found");
        (await RelayScene.ActivateAsync(scene.Alice, "s1", Jid.Parse("BOB@LocalHost/r"))).ShouldBe("done");
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("cancel conflict");
        receiver.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_third_connection_is_refused_unless_one_of_the_two_has_closed()
    {
        await using var scene = await RelayScene.StartAsync();
        var first = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        (await scene.ConnectAsync("s1")).ShouldBeNull();
        first.Dispose();
        // The relay sees the end a moment later.
        var another = await scene.ConnectAsync("s1");
        for (var tries = 0; another is null && tries < 100; tries++) another = await scene.ConnectAsync("s1");
        another.ShouldNotBeNull();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("done");
    }

    /// <summary>As slixmpp does, which keeps both: docs/decisions/0015 says why nothing is taken from it.</summary>
    [Fact]
    public async Task Who_takes_both_places_by_two_addresses_keeps_the_requester_out_until_it_gives_one_back()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { Listen = [new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0)] });
        var used = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        var spare = (await scene.ConnectAsync("s1", at: 1)).ShouldNotBeNull();
        // At once, so that the requester can go on to another way.
        (await scene.ConnectAsync("s1")).ShouldBeNull();
        scene.Relay.Waiting.ShouldBe(1);
        spare.Dispose();
        // The relay sees the end a moment later.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var requester = await scene.ConnectAsync("s1");
        while (requester is null && !patience.IsCancellationRequested) requester = await scene.ConnectAsync("s1");
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("done");
        await requester.ShouldNotBeNull().SendAsync("the file"u8.ToArray());
        requester.Dispose();
        (await RelayScene.ReadToEndAsync(used)).ShouldBe("the file");
    }

    /// <summary>Who connects to all that it is told connects once: the way out that an administrator has.</summary>
    [Fact]
    public async Task One_name_for_all_its_addresses_is_one_streamhost()
    {
        await using var scene = await RelayScene.StartAsync(options => options with
        {
            Listen = [new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0)],
            Advertise = [new DnsEndPoint("relay.example.org", 0)],
        });
        scene.Relay.Streamhosts.ShouldHaveSingleItem().Host.ShouldBe("relay.example.org");
    }

    [Theory]
    [InlineData("<query xmlns='http://jabber.org/protocol/bytestreams'><activate>bob@localhost/r</activate></query>", "modify bad-request")]
    [InlineData("<query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'/>", "modify bad-request")]
    [InlineData("<query xmlns='http://jabber.org/protocol/bytestreams' sid='s1'><activate>@</activate></query>", "modify jid-malformed")]
    [InlineData("<udpsuccess xmlns='http://jabber.org/protocol/bytestreams' dstaddr='x'/>", "modify bad-request")]
    public async Task A_malformed_order_is_refused(string payload, string refusal)
    {
        await using var scene = await RelayScene.StartAsync();
        await scene.Alice.SendAsync($"<iq type='set' id='1' to='{RelayScene.Address}'>{payload}</iq>");
        var error = (await scene.Alice.NextElementAsync()).Child("jabber:client", "error").ShouldNotBeNull();
        $"{error.Attribute("type")} {error.Children.First().Name}".ShouldBe(refusal);
    }

    [Fact]
    public async Task It_is_closed_unless_opened()
    {
        await using var scene = await RelayScene.StartAsync(open: false);
        await scene.Alice.SendAsync($"<iq type='get' id='1' to='{RelayScene.Address}'><query xmlns='{Namespace}'/></iq>");
        (await scene.Alice.NextElementAsync()).ToString().ShouldContain("<forbidden");
        await scene.ConnectAsync("s1");
        await scene.ConnectAsync("s1");
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("auth forbidden");
    }

    [Theory]
    [InlineData("example.org", "a@example.org/r", true)]
    [InlineData("example.org", "a@sub.example.org/r", false)]
    [InlineData("example.org", "example.org", true)]
    [InlineData("a@example.org", "a@example.org/any", true)]
    [InlineData("a@example.org", "b@example.org/any", false)]
    [InlineData("a@example.org/r", "a@example.org/r", true)]
    [InlineData("a@example.org/r", "a@example.org/other", false)]
    public void A_domain_is_all_its_accounts_and_a_bare_address_all_its_resources(string allowed, string who, bool may) =>
        new RelayAudience([Jid.Parse(allowed)], Everybody: false).Has(Jid.Parse(who)).ShouldBe(may);

    [Fact]
    public async Task A_user_has_so_many_streams_and_the_relay_so_many()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { MaxStreamsPerUser = 1, MaxStreams = 2 });
        var (sender, receiver) = await scene.JoinAsync("s1");
        await scene.ConnectAsync("s2");
        await scene.ConnectAsync("s2");
        (await RelayScene.ActivateAsync(scene.Alice, "s2", scene.Bob.Jid)).ShouldBe("wait resource-constraint");
        foreach (var sid in (string[])["b1", "b2"])
        {
            await scene.ConnectAsync(sid, scene.Bob.Jid, scene.Alice.Jid);
            await scene.ConnectAsync(sid, scene.Bob.Jid, scene.Alice.Jid);
        }

        (await RelayScene.ActivateAsync(scene.Bob, "b1", scene.Alice.Jid)).ShouldBe("done");
        (await RelayScene.ActivateAsync(scene.Bob, "b2", scene.Alice.Jid)).ShouldBe("wait resource-constraint");
        sender.Dispose();
        receiver.Dispose();
        await Eventually.HoldsAsync(() => scene.Relay.Running == 1, "the first has ended");
        (await RelayScene.ActivateAsync(scene.Alice, "s2", scene.Bob.Jid)).ShouldBe("done");
    }

    [Fact]
    public async Task Who_waits_too_long_is_closed()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { PairingTime = TimeSpan.FromSeconds(60) });
        var alone = (await scene.ConnectAsync("s1")).ShouldNotBeNull();
        (await scene.Time.PassUntilAsync(RelayScene.ReadToEndAsync(alone), TimeSpan.FromSeconds(61))).ShouldBe("");
        scene.Relay.Waiting.ShouldBe(0);
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("cancel item-not-found");
    }

    [Fact]
    public async Task From_one_address_only_so_many_wait()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { MaxWaitingPerAddress = 2 });
        await scene.ConnectAsync("s1");
        var second = (await scene.ConnectAsync("s2")).ShouldNotBeNull();
        (await scene.ConnectAsync("s3")).ShouldBeNull();
        second.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        second.Dispose();
        await Eventually.HoldsAsync(() => scene.Relay.Waiting == 1, "the reset one is forgotten");
        (await scene.ConnectAsync("s3")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("idle")]
    [InlineData("too-large")]
    public async Task Bounds_of_a_stream_end_it_by_name(string ending)
    {
        await using var scene = await RelayScene.StartAsync(options => options with { MaxBytes = 1000, IdleTime = TimeSpan.FromSeconds(30) });
        var (sender, receiver) = await scene.JoinAsync("s1");
        await sender.SendAsync(new byte[ending == "idle" ? 10 : 1001]);
        if (ending == "idle") (await receiver.ReceiveAsync(new byte[10])).ShouldBe(10);
        (await scene.Time.PassUntilAsync(RelayScene.ReadToEndAsync(receiver), TimeSpan.FromSeconds(ending == "idle" ? 31 : 0))).ShouldBe("reset");
        await scene.EndedAsync(1);
        scene.Log.Lines.ShouldHaveSingleItem()["Ending"].ShouldBe(ending);
    }

    [Fact]
    public async Task The_bandwidth_of_a_user_is_shared_by_that_users_streams()
    {
        await using var scene = await RelayScene.StartAsync(options => options with { RatePerUser = 400_000 });
        var (one, atOne) = await scene.JoinAsync("s1");
        var (other, atOther) = await scene.JoinAsync("s2");
        await one.SendAsync(new byte[90_000]);
        await other.SendAsync(new byte[90_000]);
        var got = new int[2];
        var reading = new[] { CountAsync(atOne, 0), CountAsync(atOther, 1) };
        // A quarter of a second's may be saved up; of its end, one may wait for the clock while the other gives back what it did not need.
        await Eventually.HoldsAsync(() => got.Sum() > 85_000, "the saved-up part went through");
        got.Sum().ShouldBeLessThanOrEqualTo(100_000);
        one.Dispose();
        other.Dispose();
        await scene.Time.PassUntilAsync(Task.WhenAll(reading), TimeSpan.FromMilliseconds(20));
        got.ShouldBe([90_000, 90_000]);

        async Task<int> CountAsync(System.Net.Sockets.Socket socket, int which)
        {
            var buffer = new byte[65536];
            while (await socket.ReceiveAsync(buffer) is > 0 and var count) Interlocked.Add(ref got[which], count);
            return got[which];
        }
    }

    [Fact]
    public async Task A_relay_that_drains_lets_streams_finish_and_takes_no_new_ones()
    {
        await using var scene = await RelayScene.StartAsync();
        var (sender, receiver) = await scene.JoinAsync("s1");
        var waiting = (await scene.ConnectAsync("s2")).ShouldNotBeNull();
        var draining = scene.Relay.DrainAsync(CancellationToken.None);
        (await RelayScene.ReadToEndAsync(waiting)).ShouldBe("");
        (await RelayScene.ActivateAsync(scene.Alice, "s2", scene.Bob.Jid)).ShouldBe("wait service-unavailable");
        await sender.SendAsync(Encoding.ASCII.GetBytes("to the end"));
        draining.IsCompleted.ShouldBeFalse();
        sender.Dispose();
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("to the end");
        receiver.Dispose();
        await draining;
        scene.Log.Lines.ShouldHaveSingleItem()["Ending"].ShouldBe("done");
    }

    [Fact]
    public async Task When_the_time_to_drain_is_over_streams_are_ended_by_name()
    {
        await using var scene = await RelayScene.StartAsync();
        var (_, receiver) = await scene.JoinAsync("s1");
        using var grace = new CancellationTokenSource();
        var draining = scene.Relay.DrainAsync(grace.Token);
        await grace.CancelAsync();
        await draining;
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("reset");
        scene.Log.Lines.ShouldHaveSingleItem()["Ending"].ShouldBe("stopped");
    }

    [Fact]
    public async Task The_server_may_go_while_bytes_move()
    {
        await using var scene = await RelayScene.StartAsync();
        var (sender, receiver) = await scene.JoinAsync("s1");
        await sender.SendAsync("before "u8.ToArray());
        await scene.Server.Local.DisposeAsync();
        await sender.SendAsync("and after"u8.ToArray());
        sender.Dispose();
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("before and after");
    }
}
