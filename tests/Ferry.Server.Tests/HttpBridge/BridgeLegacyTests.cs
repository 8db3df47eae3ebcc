using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>The upload address of 2007, the same for everybody: the form's SIDHASH says whose it is.</summary>
public sealed class BridgeLegacyTests
{
    [Fact]
    public async Task It_is_off_unless_somebody_switches_it_on()
    {
        await using var scene = await BridgeScene.StartAsync();
        await scene.HttpToHttpAsync("s1");
        (await scene.PostAsync(scene.Bridge.PublicUrl + "upload", scene.Form("s1", new StringContent("TEST")))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(3_000_001)]
    public async Task A_form_reaches_the_transfer_that_its_SIDHASH_names(int size)
    {
        await using var scene = await StartAsync();
        await scene.HttpToHttpAsync("other");
        var (_, download) = await scene.HttpToHttpAsync("s1");
        var file = BridgeScene.Random(size);
        var posting = scene.PostAsync(Url(scene), scene.Form("s1", new ByteArrayContent(file)));
        (await scene.Http.GetByteArrayAsync(download)).ShouldBe(file);
        (await posting).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task It_may_come_in_pieces_and_waits_for_the_receiver()
    {
        await using var scene = await StartAsync();
        var (_, download) = await scene.HttpToHttpAsync("s1");
        var form = await scene.Form("s1", new StringContent("TEST")).ReadAsStringAsync();
        using var post = await RawHttp.SendAsync(Url(scene), $"POST PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=----boundary7148830871\r\nContent-Length: {form.Length}\r\n\r\n");
        foreach (var piece in form[..^40].Chunk(7)) await post.SendAsync(new string(piece));
        post.IsSilent.ShouldBeTrue();
        var getting = scene.Http.GetStringAsync(download);
        await post.SendAsync(form[^40..]);
        (await getting).ShouldBe("TEST");
        (await post.ReadToAsync("ok")).ShouldStartWith("HTTP/1.1 200");
    }

    /// <summary>What is no transfer's hurts none: the right form is taken afterwards, once.</summary>
    [Fact]
    public async Task What_names_no_transfer_is_refused_and_fails_none()
    {
        await using var scene = await StartAsync();
        var (_, download) = await scene.HttpToHttpAsync("s1");
        (await StatusAsync(scene, scene.Form("unknown", new StringContent("TEST")))).ShouldBe(400);
        (await StatusAsync(scene, new StringContent("TEST"))).ShouldBe(415);
        (await StatusAsync(scene, new MultipartFormDataContent { { new StringContent("TEST"), "FILE", "a.txt" }, { new StringContent(scene.Hash("s1").Value), "SIDHASH" } })).ShouldBe(400, "FILE goes second");
        (await StatusAsync(scene, new MultipartFormDataContent { { new StringContent("no hash"), "SIDHASH" }, { new StringContent("TEST"), "FILE", "a.txt" } })).ShouldBe(400);
        var cut = new ByteArrayContent(Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n0000"));
        cut.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        (await StatusAsync(scene, cut)).ShouldBe(400);
        (await scene.Http.GetAsync(Url(scene))).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await scene.Http.PutAsync(Url(scene), new StringContent("TEST"))).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);

        var posts = Enumerable.Range(0, 4).Select(_ => StatusAsync(scene, scene.Form("s1", new StringContent("TEST")))).ToList();
        (await scene.Http.GetStringAsync(download)).ShouldBe("TEST");
        var codes = await Task.WhenAll(posts);
        codes.Count(code => code == 200).ShouldBe(1);
        // A late one finds it ended already.
        codes.ShouldAllBe(code => code == 200 || code == 409 || code == 410 || code == 400);
        (await scene.EndingAsync()).ShouldBe("done");
    }

    [Fact]
    public async Task Receivers_who_wait_and_senders_at_sockets_are_no_uploads()
    {
        await using var scene = await StartAsync();
        (await scene.ConnectAsync("waits")).ShouldBe("done");
        (await StatusAsync(scene, scene.Form("waits", new StringContent("TEST")))).ShouldBe(400);
        await scene.SocketToHttpAsync("s1");
        (await StatusAsync(scene, scene.Form("s1", new StringContent("TEST")))).ShouldBe(400);
    }

    [Fact]
    public async Task What_is_too_large_is_refused_unread()
    {
        await using var scene = await StartAsync(1000);
        await scene.HttpToHttpAsync("s1");
        using var post = await RawHttp.SendAsync(Url(scene), "POST PATH HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 40000\r\n\r\n");
        (await post.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 413");
    }

    private static Task<BridgeScene> StartAsync(long? most = null) => BridgeScene.StartAsync(options => options with { LegacyUpload = true, MaxBytes = most });

    private static string Url(BridgeScene scene) => scene.Bridge.PublicUrl + "upload";

    private static async Task<int> StatusAsync(BridgeScene scene, HttpContent content)
    {
        using var answer = await scene.PostAsync(Url(scene), content);
        return (int)answer.StatusCode;
    }
}
