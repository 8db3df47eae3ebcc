using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Ferry.Server.Tests.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>Every status that the two HTTP ends may see, and what they must never see: a body that only looks whole.</summary>
public sealed class BridgeRequestTests
{
    [Fact]
    public async Task A_token_opens_one_end_once()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        (await scene.Http.GetAsync(scene.Bridge.PublicUrl)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await scene.Http.GetAsync(download[..^1])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await scene.Http.GetAsync(download[..^1] + (download[^1] == 'A' ? 'B' : 'A'))).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await scene.Http.GetAsync($"{scene.Bridge.PublicUrl}{scene.Hash("s1")}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var wrong = await scene.Http.GetAsync(upload);
        (wrong.StatusCode, string.Join(' ', wrong.Content.Headers.Allow)).ShouldBe((HttpStatusCode.MethodNotAllowed, "POST PUT OPTIONS"));
        (await scene.PostAsync(download, new StringContent(""))).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);

        var posting = scene.PostAsync(upload, scene.Form("s1", new StringContent("once")));
        var getting = scene.GetAsync(download);
        (await (await getting).Content.ReadAsStringAsync()).ShouldBe("once");
        (await posting).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await scene.Http.GetAsync(download)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await scene.PostAsync(upload, scene.Form("s1", new StringContent("twice")))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await scene.Relay.EndedAsync(1);
        await scene.Relay.Time.PassUntilAsync(UnknownAsync(), TimeSpan.FromSeconds(2));

        async Task<bool> UnknownAsync()
        {
            while ((await scene.Http.GetAsync(download)).StatusCode != HttpStatusCode.NotFound) await Task.Delay(1);
            return true;
        }
    }

    [Fact]
    public async Task Of_two_who_come_at_once_one_gets_it()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        var gets = Enumerable.Range(0, 8).Select(_ => scene.Http.GetAsync(download)).ToList();
        var posts = Enumerable.Range(0, 8).Select(_ => scene.PostAsync(upload, scene.Form("s1", new StringContent("the file")))).ToList();
        var got = await Task.WhenAll(gets);
        var posted = await Task.WhenAll(posts);
        got.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, .. Enumerable.Repeat(410, 7)]);
        posted.Select(answer => (int)answer.StatusCode).Order().ShouldBe([200, .. Enumerable.Repeat(409, 7)]);
        (await got.Single(answer => answer.IsSuccessStatusCode).Content.ReadAsStringAsync()).ShouldBe("the file");
    }

    [Fact]
    public async Task A_look_consumes_nothing_and_every_answer_is_safe_in_a_browser()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", "size='4' type='text/html' name='&quot;&#13;&#10;X-Evil: yes&#10;../../a&quot;.html'");
        for (var i = 0; i < 2; i++)
        {
            using var head = await scene.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, download));
            (head.StatusCode, head.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 4));
        }

        var posting = scene.PostAsync(upload, scene.Form("s1", new StringContent("TEST")));
        using var got = await scene.Http.GetAsync(download);
        (await got.Content.ReadAsStringAsync()).ShouldBe("TEST");
        got.Content.Headers.ContentType!.ToString().ShouldBe("application/octet-stream");
        got.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        got.Headers.Contains("X-Evil").ShouldBeFalse();
        foreach (var answer in (HttpResponseMessage[])[got, await posting, await scene.Http.GetAsync(scene.Bridge.PublicUrl)])
        {
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            answer.Headers.GetValues("Content-Security-Policy").ShouldBe(["sandbox; default-src 'none'"]);
            answer.Headers.GetValues("Cross-Origin-Resource-Policy").ShouldBe(["cross-origin"]);
            answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
            answer.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
            answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
            answer.Headers.Contains("Access-Control-Allow-Credentials").ShouldBeFalse();
            answer.Headers.Server.ShouldBeEmpty();
        }

        using var asked = await scene.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, upload));
        asked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        asked.Headers.GetValues("Access-Control-Allow-Methods").ShouldBe(["GET, HEAD, POST, PUT, OPTIONS"]);
        asked.Headers.GetValues("Access-Control-Allow-Headers").ShouldBe(["Content-Type"]);
    }

    [Theory]
    [InlineData("text/plain", "anything", 415)]
    [InlineData("multipart/form-data", "anything", 400)]
    [InlineData("multipart/form-data; boundary=b", "no delimiter at all", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"SIDHASH\"\r\n\r\n0000000000000000000000000000000000000000\r\n--b\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a\"\r\n\r\nTEST\r\n--b--\r\n", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a\"\r\n\r\nTEST\r\n--b\r\nContent-Disposition: form-data; name=\"MORE\"\r\n\r\nx\r\n--b--\r\n", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a\"\r\n\r\nTEST that never ends", 400)]
    public async Task A_bad_form_is_refused_and_its_download_never_looks_whole(string type, string body, int status)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", "size='4'");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        ((int)(await scene.PostAsync(upload, content)).StatusCode).ShouldBe(status);
        if (type == "text/plain" || body == "anything") return;
        var (text, _) = await get.ReadToEndAsync();
        text.ShouldNotContain("TEST", Case.Sensitive, "the last byte waits for the form's end");
        if (text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) text.ShouldContain("Content-Length: 4\r\n");
        else if (text.Length > 0) text.ShouldStartWith("HTTP/1.1 410");
        (await scene.EndingAsync()).ShouldBeOneOf("bad-form", "mismatch");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task A_file_of_another_size_than_was_announced_is_refused(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", "size='4'");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        ((int)(await scene.PostAsync(upload, scene.Form("s1", new ByteArrayContent(new byte[size])))).StatusCode).ShouldBe(400);
        var (text, _) = await get.ReadToEndAsync();
        if (text.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) text.Split("\r\n\r\n")[1].Length.ShouldBeLessThan(4);
        (await scene.EndingAsync()).ShouldBe("mismatch");
    }

    [Fact]
    public async Task More_than_a_transfer_may_have_is_refused_before_it_is_read_or_where_it_is_seen()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { MaxBytes = 1000 });
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var big = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
        (await big.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 413");
        using var request = new HttpRequestMessage(HttpMethod.Put, upload) { Content = new ByteArrayContent(new byte[1001]) };
        request.Headers.TransferEncodingChunked = true;
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        ((int)(await scene.Http.SendAsync(request)).StatusCode).ShouldBe(413);
        (await get.ReadToEndAsync()).Text.ShouldNotEndWith("0\r\n\r\n");
        (await scene.EndingAsync()).ShouldBe("too-large");
    }

    [Fact]
    public async Task A_users_day_has_so_many_bytes()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { BytesPerDay = 1000 });
        (await MoveAsync("s1", 600)).ShouldBe((200, 200));
        (await MoveAsync("s2", 600)).ShouldBe((429, 410));
        scene.Relay.Time.Advance(TimeSpan.FromHours(25));
        (await MoveAsync("s3", 1000)).ShouldBe((200, 200));
        (await scene.ConnectAsync("s4")).ShouldBe("done");
        (await scene.ActivateAsync("s4")).ShouldBe("500 wait resource-constraint");

        async Task<(int Put, int Got)> MoveAsync(string sid, int bytes)
        {
            var (upload, download) = await scene.HttpToHttpAsync(sid);
            var putting = scene.Http.PutAsync(upload, new ByteArrayContent(new byte[bytes]));
            var got = await scene.Http.GetAsync(download);
            var put = await putting;
            await Eventually.HoldsAsync(() => scene.Relay.Relay.Running == 0, "it has ended");
            return ((int)put.StatusCode, (int)got.StatusCode);
        }
    }

    [Fact]
    public async Task A_hundred_continues_only_when_the_receiver_is_there()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        (await scene.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, download))).StatusCode.ShouldBe(HttpStatusCode.OK);
        put.IsSilent.ShouldBeTrue();
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        (await put.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 100");
        await put.SendAsync("TEST");
        (await get.ReadToAsync("TEST")).ShouldContain("Content-Length: 4");
        (await put.ReadToAsync("ok")).ShouldStartWith("HTTP/1.1 200");
    }

    /// <summary>The ones who wait are told when it is enough.</summary>
    [Theory]
    [InlineData(true, 61, 504, "never-fetched")]
    [InlineData(false, 61, 504, "never-sent")]
    public async Task One_end_alone_waits_a_minute(bool sender, int seconds, int status, string ending)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var alone = sender
            ? await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nTEST")
            : await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await Eventually.HoldsAsync(() => scene.Bridge.Waits(sender), "the request is there");
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(seconds - 5));
        scene.Relay.Relay.Running.ShouldBe(1);
        (await scene.Relay.Time.PassUntilAsync(alone.ReadToAsync("\r\n\r\n"), TimeSpan.FromSeconds(1))).ShouldStartWith($"HTTP/1.1 {status}");
        (await scene.EndingAsync()).ShouldBe(ending);
    }

    [Fact]
    public async Task Nobody_at_all_is_waited_for_two_minutes()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (_, download) = await scene.HttpToHttpAsync("s1");
        scene.Relay.Time.Advance(TimeSpan.FromSeconds(119));
        scene.Relay.Relay.Running.ShouldBe(1);
        (await scene.Relay.Time.PassUntilAsync(scene.EndingAsync(), TimeSpan.FromSeconds(1))).ShouldBe("never-fetched");
        (await scene.Http.GetAsync(download)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task Headers_that_do_not_end_are_not_waited_for()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { HeaderTime = TimeSpan.FromSeconds(1) });
        using var slow = await RawHttp.SendAsync(scene.Bridge.PublicUrl.AbsoluteUri, "GET PATH HTTP/1.1\r\nHost: x\r\nX-More: ");
        (await slow.ReadToEndAsync()).Text.ShouldNotContain("200");
        using var large = await RawHttp.SendAsync(scene.Bridge.PublicUrl.AbsoluteUri, $"GET PATH HTTP/1.1\r\nHost: x\r\nX-Large: {new string('a', 17 * 1024)}\r\n\r\n");
        (await large.ReadToEndAsync()).Text.ShouldNotContain("200");
    }

    [Fact]
    public async Task A_sender_who_stalls_is_told_and_the_download_breaks()
    {
        await using var scene = await BridgeScene.StartAsync(options => options with { IdleTime = TimeSpan.FromSeconds(30) });
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nTEST\r\n");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await get.ReadToAsync("TEST");
        (await scene.Relay.Time.PassUntilAsync(put.ReadToAsync("\r\n\r\n"), TimeSpan.FromSeconds(32))).ShouldStartWith("HTTP/1.1 408");
        (await get.ReadToEndAsync()).Text.ShouldNotContain("0\r\n\r\n");
        (await scene.EndingAsync()).ShouldBe("idle");
    }

    /// <summary>Each party dies midway. The other one hears of it within seconds, and no download looks whole.</summary>
    [Theory]
    [InlineData("HTTP/1.1", "")]
    [InlineData("HTTP/1.1", "size='1000000'")]
    [InlineData("HTTP/1.0", "")]
    public async Task A_poster_who_dies_breaks_the_download(string version, string connect)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", connect);
        var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf");
        if (connect.Length == 0)
        {
            put.Reset();
            (upload, download) = await scene.HttpToHttpAsync("s2", connect);
            put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        }

        using var get = await RawHttp.SendAsync(download, $"GET PATH {version}\r\nHost: x\r\n\r\n");
        await get.ReadToAsync("half");
        put.Reset();
        var (text, isReset) = await get.ReadToEndAsync();
        isReset.ShouldBeTrue();
        text.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_who_dies_is_410_to_the_poster()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf");
        var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await get.ReadToAsync("half");
        get.Reset();
        (await put.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 410");
        (await scene.EndingAsync()).ShouldBe("peer-lost");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sender_at_a_socket_who_dies_breaks_the_download(bool isHttp10)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (sender, download) = await scene.SocketToHttpAsync("s1");
        await sender.SendAsync("half"u8.ToArray());
        using var get = await RawHttp.SendAsync(download, isHttp10 ? "GET PATH HTTP/1.0\r\n\r\n" : "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await get.ReadToAsync("half");
        sender.Close(0);
        var (text, isReset) = await get.ReadToEndAsync();
        (text, isReset).ShouldBe(("", true));
        (await scene.EndingAsync()).ShouldBe("peer-lost");
    }

    [Fact]
    public async Task A_receiver_at_a_socket_who_dies_is_410_to_the_poster()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, receiver) = await scene.HttpToSocketAsync("s1");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf");
        (await receiver.ReceiveAsync(new byte[4])).ShouldBe(4);
        receiver.Close(0);
        (await put.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 410");
        (await scene.EndingAsync()).ShouldBe("peer-lost");
    }

    [Fact]
    public async Task A_poster_who_dies_resets_the_receivers_socket()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, receiver) = await scene.HttpToSocketAsync("s1");
        var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf");
        (await receiver.ReceiveAsync(new byte[4])).ShouldBe(4);
        put.Reset();
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("reset");
        (await scene.EndingAsync()).ShouldBe("peer-lost");
    }

    [Fact]
    public async Task A_reader_who_dies_resets_the_senders_socket()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (sender, download) = await scene.SocketToHttpAsync("s1");
        await sender.SendAsync("half"u8.ToArray());
        var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await get.ReadToAsync("half");
        get.Reset();
        (await RelayScene.ReadToEndAsync(sender)).ShouldBe("reset");
        (await scene.EndingAsync()).ShouldBe("peer-lost");
    }

    [Fact]
    public async Task A_relay_that_drains_lets_transfers_finish_and_then_ends_the_rest_by_name()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1");
        (await scene.ConnectAsync("s2")).ShouldBe("done");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nhalf");
        using var grace = new CancellationTokenSource();
        var draining = scene.Relay.Relay.DrainAsync(grace.Token);
        (await scene.ConnectAsync("s3")).ShouldBe("503 cancel service-unavailable");
        using var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        await get.ReadToAsync("half");
        draining.IsCompleted.ShouldBeFalse();
        await grace.CancelAsync();
        await draining;
        (await put.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 503");
        (await scene.EndingAsync()).ShouldBe("stopped");
    }
}
