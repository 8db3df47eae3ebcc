using System.Collections.Immutable;
using System.Net;
using Ferry.Protocol;
using Ferry.Server.Relay;
using Ferry.Server.Tests.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>What the stanzas of bs-proxy are answered with: its document's codes 404, 409 and 500, and who may.</summary>
public sealed class BridgeOrderTests
{
    [Fact]
    public async Task Nobody_on_the_receivers_side_is_404_and_twice_is_409()
    {
        await using var scene = await BridgeScene.StartAsync();
        (await scene.ActivateAsync("s1")).ShouldBe("404 cancel item-not-found");
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        (await scene.ConnectAsync("s1")).ShouldBe("409 cancel conflict");
        (await scene.ActivateAsync("s1")).ShouldStartWith("http://127.0.0.1");
        await scene.NoticeAsync("s1");
        (await scene.ActivateAsync("s1")).ShouldBe("409 cancel conflict");
        (await scene.ConnectAsync("s1")).ShouldBe("409 cancel conflict");
    }

    [Fact]
    public async Task A_stream_that_has_both_its_sockets_is_no_uploads_and_one_socket_alone_is_nobodys()
    {
        await using var scene = await BridgeScene.StartAsync();
        await scene.Relay.ConnectAsync("s1");
        await scene.Relay.ConnectAsync("s1");
        (await scene.ActivateAsync("s1")).ShouldBe("409 cancel conflict");
        (await scene.ConnectAsync("s1")).ShouldBe("409 cancel conflict");
        (await scene.ConnectAsync("s2")).ShouldBe("done");
        (await RelayScene.ActivateAsync(scene.Alice, "s2", scene.Bob.Jid)).ShouldBe("cancel not-allowed");
    }

    [Fact]
    public async Task More_transfers_than_a_user_may_have_are_500_and_one_that_ends_makes_room()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { MaxTransfersPerUser = 1 });
        var (upload, _) = await scene.HttpToHttpAsync("s1");
        (await scene.ConnectAsync("s2")).ShouldBe("done");
        (await scene.ConnectAsync("s3")).ShouldBe("500 wait resource-constraint");
        (await scene.ActivateAsync("s2")).ShouldBe("500 wait resource-constraint");
        (await scene.PostAsync(upload, new StringContent("no form"))).StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(121));
        await scene.Relay.EndedAsync(1);
        // Bob has waited too long by now.
        await Eventually.HoldsAsync(() => scene.Relay.Relay.Waiting == 0, "nobody waits");
        (await scene.ConnectAsync("s4")).ShouldBe("done");
        (await scene.ActivateAsync("s4")).ShouldStartWith("http://");
    }

    [Fact]
    public async Task It_is_for_the_relays_audience()
    {
        await using var scene = await BridgeScene.StartAsync(open: false);
        (await scene.ConnectAsync("s1")).ShouldBe("403 auth forbidden");
        (await scene.ActivateAsync("s1")).ShouldBe("403 auth forbidden");
    }

    [Fact]
    public async Task Who_is_outside_may_fetch_what_one_of_the_audience_sends_and_nothing_else()
    {
        await using var scene = await BridgeScene.StartAsync(relay: options => options with { Allow = new RelayAudience([Ferry.Protocol.Addressing.Jid.Parse("alice@localhost")], Everybody: false) });
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        await scene.Bob.SendAsync($"<iq type='set' id='1' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' sid='s1' jid='carol@localhost/r'><streamhost jid='{RelayScene.Address}' host='127.0.0.1' port='7777'/></connect></iq>");
        (await scene.Bob.NextElementAsync()).ToString().ShouldContain("<forbidden");
    }

    [Theory]
    [InlineData("sid='s1' jid='alice@localhost/r'", "", "bad-request")]
    [InlineData("jid='alice@localhost/r'", "<streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/>", "bad-request")]
    [InlineData("sid='s1'", "<streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/>", "bad-request")]
    [InlineData("sid='s1' jid='@'", "<streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/>", "jid-malformed")]
    [InlineData("sid='s1' jid='alice@localhost/r' size='-1'", "<streamhost jid='proxy.localhost' host='127.0.0.1' port='7777'/>", "bad-request")]
    [InlineData("sid='s1' jid='alice@localhost/r'", "<streamhost jid='proxy.example.org' host='127.0.0.1' port='22'/>", "item-not-found")]
    public async Task A_connect_that_cannot_be_done_is_refused(string attributes, string streamhosts, string condition)
    {
        await using var scene = await BridgeScene.StartAsync();
        await scene.Bob.SendAsync($"<iq type='set' id='1' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' {attributes}>{streamhosts}</connect></iq>");
        (await scene.Bob.NextElementAsync()).ToString().ShouldContain($"<{condition}");
    }

    [Fact]
    public async Task The_relays_own_address_is_known_by_host_and_port_too()
    {
        await using var scene = await BridgeScene.StartAsync();
        await scene.Bob.SendAsync(
            $"<iq type='set' id='1' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' sid='s1' jid='{scene.Alice.Jid}'>"
            + $"<streamhost jid='alice@localhost/r' host='192.0.2.1' port='7777'/><streamhost jid='other.localhost' host='127.0.0.1' port='{scene.Relay.Relay.Streamhosts[0].Port}'/></connect></iq>");
        (await scene.Bob.NextElementAsync()).ToString().ShouldContain("<connected");
    }

    /// <summary>The sender offers a relay of somebody else's: only where the admin has listed it, and then without an activation of ours.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_listed_relay_of_somebody_elses_is_connected_to(bool isListed)
    {
        await using var elsewhere = await RelayScene.StartAsync();
        var port = elsewhere.Relay.Streamhosts[0].Port;
        await using var scene = await BridgeScene.StartAsync(options => options with { ForeignStreamhosts = isListed ? [new DnsEndPoint("127.0.0.1", port)] : [new DnsEndPoint("127.0.0.1", port - 1)] });
        await scene.Bob.SendAsync(
            $"<iq type='set' id='1' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' sid='s1' jid='{scene.Alice.Jid}'>"
            + $"<streamhost jid='relay.elsewhere.example' host='127.0.0.1' port='{port}'/></connect></iq>");
        var answer = await scene.Bob.NextElementAsync();
        if (!isListed)
        {
            answer.ToString().ShouldContain("<item-not-found");
            elsewhere.Relay.Waiting.ShouldBe(0);
            return;
        }

        answer.ToString().ShouldContain("<connected xmlns='http://oneteam.im/bs-proxy' jid='relay.elsewhere.example'/>");
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(1));
        var download = await scene.NoticeAsync("s1");
        var sender = (await elsewhere.ConnectAsync("s1", scene.Alice.Jid, scene.Bob.Jid)).ShouldNotBeNull();
        elsewhere.Relay.Activate(scene.Alice.Jid, new Ferry.Protocol.Socks5.BytestreamsActivation("s1", scene.Bob.Jid), out _).ShouldBeNull();
        await sender.SendAsync("from elsewhere"u8.ToArray());
        sender.Dispose();
        (await scene.Http.GetStringAsync(download)).ShouldBe("from elsewhere");
        (await scene.EndingAsync()).ShouldBe("done");
    }

    [Fact]
    public async Task A_receiver_who_waits_too_long_is_forgotten()
    {
        await using var scene = await BridgeScene.StartAsync();
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(61));
        await Eventually.HoldsAsync(() => scene.Relay.Relay.Waiting == 0, "nobody waits");
        (await scene.ActivateAsync("s1")).ShouldBe("404 cancel item-not-found");
        (await scene.ConnectAsync("s1")).ShouldBe("done");
    }

    [Fact]
    public async Task URLs_begin_with_the_configured_one_whatever_a_request_says()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { PublicUrl = new Uri("https://files.example.org/bridge") });
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        upload.ShouldStartWith("https://files.example.org/bridge/upload/");
        download.ShouldStartWith("https://files.example.org/bridge/");
        download.Split('/')[^1].Length.ShouldBe(32);
        upload.Split('/')[^1].ShouldNotBe(download.Split('/')[^1]);
    }

    [Fact]
    public async Task Progress_is_told_every_five_seconds_while_bytes_move_and_at_the_end()
    {
        await using var scene = await BridgeScene.StartAsync();
        (await scene.ConnectAsync("s1", "size='100'")).ShouldBe("done");
        var upload = await scene.ActivateAsync("s1", "progress='true'");
        var download = await scene.NoticeAsync("s1");
        using var post = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + new string('a', 30));
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\n\r\n");
        await get.ReadToAsync(new string('a', 30));
        // The bytes were counted a moment after they came, perhaps.
        await scene.Relay.Time.PassUntilAsync(scene.Bob.ExpectAsync(Progress(scene.Bob.Jid, 30)), TimeSpan.FromSeconds(5));
        await scene.Alice.ExpectAsync(Progress(scene.Alice.Jid, 30));
        // Nothing has moved: nothing is told.
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(20));
        await post.SendAsync(new string('b', 70));
        await scene.Bob.ExpectAsync(Progress(scene.Bob.Jid, 100));
        await scene.Alice.ExpectAsync(Progress(scene.Alice.Jid, 100));

        string Progress(Ferry.Protocol.Addressing.Jid to, int sent) =>
            $"<iq type='set' id='*' from='{RelayScene.Address}' to='{to}'><progress xmlns='{Namespaces.HttpBridge}' sidhash='{scene.Hash("s1")}' total='100' sent='{sent}'/></iq>";
    }
}
