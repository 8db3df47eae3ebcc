using Ferry.Protocol.Addressing;
using Ferry.Server.Relay;
using Ferry.Server.Tests.Relay;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>Who may use the bridge: accounts by two lists of its own, web pages by their origins.</summary>
public sealed class BridgeAccessTests
{
    private const string Page = "https://app.example.org";

    [Fact]
    public async Task Who_may_receive_is_a_list_of_its_own()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { AllowConnect = Only("alice@localhost") });
        (await scene.ConnectAsync("s1")).ShouldBe("403 auth forbidden");
        // At a socket he is the relay's business, and alice may send.
        var (upload, receiver) = await scene.HttpToSocketAsync("s2");
        var putting = scene.Http.PutAsync(upload, new StringContent("TEST"));
        (await BridgeScene.ReadToEndAsync(receiver)).ShouldBe("TEST"u8.ToArray());
        receiver.Dispose();
        (await putting).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_may_send_is_another()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { AllowActivate = Only("bob@localhost") });
        (await scene.ConnectAsync("s1")).ShouldBe("done");
        (await scene.ActivateAsync("s1")).ShouldBe("403 auth forbidden");
        // With a socket of her own she needs no upload.
        (await scene.Relay.ConnectAsync("s1")).ShouldNotBeNull();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("done");
    }

    [Fact]
    public async Task Both_may_be_wider_than_the_relays_own_and_open_nothing_else()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { AllowConnect = Only("bob@localhost"), AllowActivate = Only("alice@localhost") }, open: false);
        (await AddressAsync(scene)).ShouldContain("<streamhost ");
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        var putting = scene.Http.PutAsync(upload, new StringContent("TEST"));
        (await scene.Http.GetStringAsync(download)).ShouldBe("TEST");
        (await putting).IsSuccessStatusCode.ShouldBeTrue();
        (await scene.ConnectAsync("s2")).ShouldBe("done");
        (await RelayScene.ActivateAsync(scene.Alice, "s2", scene.Bob.Jid)).ShouldBe("auth forbidden");
    }

    [Fact]
    public async Task Who_may_not_send_is_told_no_address()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { AllowActivate = Only("bob@localhost") }, open: false);
        (await AddressAsync(scene)).ShouldContain("<forbidden");
    }

    [Fact]
    public async Task Given_origins_are_the_only_ones()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { Origins = [Page, "http://localhost:8080"] });
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        foreach (var origin in (string[])[Page, "http://localhost:8080"]) (await AskedAsync(scene, upload, origin)).ShouldBe((origin, "Origin"));
        foreach (var origin in (string?[])["https://evil.example", "https://app.example.org.evil.example", "https://app.example.org:8443", "http://app.example.org", "null", null]) (await AskedAsync(scene, upload, origin)).ShouldBe((null, "Origin"));

        using var put = new HttpRequestMessage(HttpMethod.Put, upload) { Content = new StringContent("TEST") };
        put.Headers.Add("Origin", Page);
        var putting = scene.Http.SendAsync(put);
        using var get = new HttpRequestMessage(HttpMethod.Get, download);
        get.Headers.Add("Origin", "https://evil.example");
        using var got = await scene.Http.SendAsync(get);
        Allowed(got).ShouldBe((null, "Origin"));
        using var done = await putting;
        Allowed(done).ShouldBe((Page, "Origin"));
    }

    [Fact]
    public async Task Without_any_every_page_may_and_none_with_cookies()
    {
        await using var scene = await BridgeScene.StartAsync();
        (await AskedAsync(scene, scene.Bridge.PublicUrl + "upload/x", "https://any.example")).ShouldBe(("*", null));
    }

    private static RelayAudience Only(string who) => new([Jid.Parse(who)], Everybody: false);

    private static async Task<string> AddressAsync(BridgeScene scene)
    {
        await scene.Alice.SendAsync($"<iq type='get' id='1' to='{RelayScene.Address}'><query xmlns='http://jabber.org/protocol/bytestreams'/></iq>");
        return (await scene.Alice.NextElementAsync()).ToString();
    }

    private static async Task<(string? Origin, string? Vary)> AskedAsync(BridgeScene scene, string url, string? origin)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Options, url);
        if (origin is not null) asked.Headers.Add("Origin", origin);
        asked.Headers.Add("Access-Control-Request-Method", "PUT");
        using var answer = await scene.Http.SendAsync(asked);
        return Allowed(answer);
    }

    private static (string? Origin, string? Vary) Allowed(HttpResponseMessage answer)
    {
        answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
        return (answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) ? origins.Single() : null, answer.Headers.TryGetValues("Vary", out var vary) ? vary.Single() : null);
    }
}
