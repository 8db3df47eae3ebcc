using System.Net;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Server.Relay;
using Ferry.Server.Tests.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>Bounds of the relay that the bridge must not be a way round, and places that strangers must not fill.</summary>
public sealed class BridgeBoundTests
{
    /// <summary>The smaller of <c>relay.maxBytes</c> and <c>http.maxBytes</c> holds, at the byte.</summary>
    [Theory]
    [InlineData(1000, null, 1000)]
    [InlineData(1000, 2000, 1000)]
    [InlineData(1000, 500, 500)]
    [InlineData(null, 500, 500)]
    public async Task A_transfer_has_no_more_than_the_relay_gives_a_stream(int? relay, int? bridge, int most)
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { MaxBytes = bridge }, options => options with { MaxBytes = relay });
        var (upload, download) = await scene.HttpToHttpAsync("whole");
        var putting = scene.Http.PutAsync(upload, new ByteArrayContent(new byte[most]));
        (await scene.Http.GetByteArrayAsync(download)).Length.ShouldBe(most);
        (await putting).StatusCode.ShouldBe(HttpStatusCode.OK);

        (upload, _) = await scene.HttpToHttpAsync("announced");
        using var announced = await RawHttp.SendAsync(upload, $"PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: {most + 1}\r\n\r\n");
        (await announced.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 413");

        (upload, download) = await scene.HttpToHttpAsync("counted");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        using var chunked = new HttpRequestMessage(HttpMethod.Put, upload) { Content = new ByteArrayContent(new byte[most + 1]) };
        chunked.Headers.TransferEncodingChunked = true;
        ((int)(await scene.Http.SendAsync(chunked)).StatusCode).ShouldBe(413);
        (await get.ReadToEndAsync()).Text.ShouldNotEndWith("0\r\n\r\n");
    }

    [Fact]
    public async Task A_sender_at_a_socket_has_no_more_either()
    {
        await using var scene = await BridgeScene.StartAsync(relay: options => options with { MaxBytes = 1000 });
        var (sender, download) = await scene.SocketToHttpAsync("s1");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await sender.SendAsync(new byte[1001]);
        (await get.ReadToEndAsync()).Text.ShouldNotEndWith("0\r\n\r\n");
        (await scene.EndingAsync()).ShouldBe("too-large");
    }

    /// <summary>Bob is a stranger, who waits for what alice may send him.</summary>
    [Fact]
    public async Task Strangers_have_half_of_the_places_and_the_audience_always_the_rest()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { MaxWaiting = 5 }, AliceAlone);
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        (await scene.ConnectAsync("s2")).ShouldBe("done");
        (await scene.ConnectAsync("s3")).ShouldBe("500 wait resource-constraint");
        foreach (var sid in (string[])["a1", "a2", "a3"]) (await AliceWaitsAsync(scene, sid)).ShouldContain("<connected");
        (await AliceWaitsAsync(scene, "a4")).ShouldContain("<resource-constraint");

        scene.Relay.Time.Advance(TimeSpan.FromSeconds(61));
        await Eventually.HoldsAsync(() => scene.Relay.Relay.Waiting == 0, "nobody waits");
        (await scene.ConnectAsync("s3")).ShouldBe("done");
    }

    [Fact]
    public async Task One_domain_of_strangers_has_not_all_of_those()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { MaxWaitingPerForeignDomain = 1 }, AliceAlone);
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        (await scene.ConnectAsync("s2")).ShouldBe("500 wait resource-constraint");
        (await AliceWaitsAsync(scene, "a1")).ShouldContain("<connected");
        (await AliceWaitsAsync(scene, "a2")).ShouldContain("<connected");
    }

    private static RelayOptions AliceAlone(RelayOptions options) => options with { Allow = new RelayAudience([Jid.Parse("alice@localhost")], Everybody: false) };

    private static async Task<string> AliceWaitsAsync(BridgeScene scene, string sid)
    {
        await scene.Alice.SendAsync(
            $"<iq type='set' id='{sid}' to='{RelayScene.Address}'><connect xmlns='{Namespaces.HttpBridge}' sid='{sid}' jid='{scene.Bob.Jid}'>"
            + $"<streamhost jid='{RelayScene.Address}' host='127.0.0.1' port='7777'/></connect></iq>");
        return (await scene.Alice.NextElementAsync()).ToString();
    }
}
