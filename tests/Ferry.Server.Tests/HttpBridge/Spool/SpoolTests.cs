using System.Net;
using System.Net.Sockets;
using System.Text;
using Ferry.Server.Tests.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge.Spool;

/// <summary>An upload that waits on disk for its receiver: what either end sees, and what lies there meanwhile.</summary>
public sealed class SpoolTests
{
    [Fact]
    public async Task The_sender_is_done_before_the_receiver_comes()
    {
        await using var scene = await SpoolScene.StartAsync();
        (await scene.Bridge.ConnectAsync("s1", "type='text/plain'")).ShouldBe("done");
        var upload = await scene.Bridge.ActivateAsync("s1");
        using (var posted = await scene.Bridge.PostAsync(upload, scene.Bridge.Form("s1", new StringContent("the file"), "d\u00e9j\u00e0.txt")))
        {
            (posted.StatusCode, await posted.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.OK, "ok\n"));
        }

        // Only now, though the activation was long ago.
        var download = await scene.Bridge.NoticeAsync("s1");
        (await scene.Bridge.EndingAsync()).ShouldBe("stored");
        for (var i = 0; i < 2; i++)
        {
            using var head = await scene.GetAsync(download, "bytes=0-1", head: true);
            (head.StatusCode, head.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 8));
            head.Headers.AcceptRanges.ShouldBe(["bytes"]);
        }

        using var got = await scene.GetAsync(download);
        (await got.Content.ReadAsStringAsync()).ShouldBe("the file");
        got.Content.Headers.ContentType!.ToString().ShouldBe("text/plain");
        got.Content.Headers.ContentDisposition!.ToString().ShouldContain("filename*=UTF-8''d%C3%A9j%C3%A0.txt");
        got.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        got.Headers.GetValues("Content-Security-Policy").ShouldBe(["sandbox; default-src 'none'"]);
        got.Headers.CacheControl!.NoStore.ShouldBeTrue();

        await Eventually.HoldsAsync(() => scene.Bridge.Relay.Log.Lines.Count == 2, "the second line");
        scene.Bridge.Relay.Log.Lines.Last()["Ending"].ShouldBe("done");
        scene.OnDisk.ShouldBeEmpty();
        using var again = await scene.GetAsync(download);
        again.StatusCode.ShouldBe(HttpStatusCode.Gone);
        scene.Bridge.Relay.Time.Advance(TimeSpan.FromSeconds(122));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await scene.GetAsync(download)).StatusCode != HttpStatusCode.NotFound) await Task.Delay(1, limit.Token);
    }

    [Fact]
    public async Task A_sender_at_a_socket_need_not_wait_either()
    {
        await using var scene = await SpoolScene.StartAsync();
        var file = BridgeScene.Random(300_000);
        (await scene.Bridge.ConnectAsync("s1", "size='300000'")).ShouldBe("done");
        var sender = (await scene.Bridge.Relay.ConnectAsync("s1")).ShouldNotBeNull();
        (await RelayScene.ActivateAsync(scene.Bridge.Alice, "s1", scene.Bridge.Bob.Jid)).ShouldBe("done");
        await sender.SendAsync(file);
        sender.Shutdown(SocketShutdown.Send);
        var download = await scene.Bridge.NoticeAsync("s1");
        using var got = await scene.GetAsync(download);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(file);
    }

    /// <summary>Whoever is at a socket is there already.</summary>
    [Fact]
    public async Task A_receiver_at_a_socket_gets_it_at_once()
    {
        await using var scene = await SpoolScene.StartAsync();
        var (upload, receiver) = await scene.Bridge.HttpToSocketAsync("s1");
        var posting = scene.Bridge.PostAsync(upload, scene.Bridge.Form("s1", new StringContent("the file")));
        Encoding.ASCII.GetString(await BridgeScene.ReadToEndAsync(receiver)).ShouldBe("the file");
        receiver.Dispose();
        (await posting).StatusCode.ShouldBe(HttpStatusCode.OK);
        scene.OnDisk.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_file_waits_too()
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", []);
        scene.OnDisk.Count.ShouldBe(2);
        using var range = await scene.GetAsync(download, "bytes=0-0");
        range.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
        using var got = await scene.GetAsync(download);
        (got.StatusCode, got.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 0));
        await Eventually.HoldsAsync(() => scene.OnDisk.Count == 0, "it is gone");
    }

    [Fact]
    public async Task A_range_is_what_it_says_or_the_whole()
    {
        await using var scene = await SpoolScene.StartAsync();
        foreach (var (range, status, body, contentRange) in ((string, int, string?, string?)[])[
            ("bytes=2-4", 206, "cde", "bytes 2-4/10"),
            ("bytes=7-", 206, "hij", "bytes 7-9/10"),
            ("bytes=-2", 206, "ij", "bytes 8-9/10"),
            ("bytes=5-99999999999999999999", 206, "fghij", "bytes 5-9/10"),
            ("bytes=10-", 416, null, "bytes */10"),
            ("bytes=-0", 416, null, "bytes */10"),
            ("bytes=99999999999999999999-", 416, null, "bytes */10"),
            ("bytes=4-2", 200, "abcdefghij", null),
            ("bytes=0-0,9-9", 200, "abcdefghij", null),
            ("bytes=--1", 200, "abcdefghij", null),
            ("bytes=0x0-0x2", 200, "abcdefghij", null),
            ("bytes=" + new string('1', 8000) + "-", 416, null, "bytes */10"),
            ("lines=0-2", 200, "abcdefghij", null),
            ("bytes=", 200, "abcdefghij", null)])
        {
            var download = await scene.StoreAsync("s" + range.Length + status + range[^1], "abcdefghij"u8.ToArray());
            using var got = await scene.GetAsync(download, range);
            ((int)got.StatusCode).ShouldBe(status, range);
            got.Content.Headers.ContentRange?.ToString().ShouldBe(contentRange, range);
            if (body is not null) (await got.Content.ReadAsStringAsync()).ShouldBe(body, range);
            if (body?.Length == 10) continue;
            using var rest = await scene.GetAsync(download);
            (await rest.Content.ReadAsStringAsync()).ShouldBe("abcdefghij", "a part of it does not consume it");
        }
    }

    [Fact]
    public async Task A_range_of_another_file_is_the_whole()
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", "abcdefghij"u8.ToArray());
        using var head = await scene.GetAsync(download, head: true);
        using var same = await scene.GetAsync(download, "bytes=9-", head.Headers.ETag!.ToString());
        (same.StatusCode, await same.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.PartialContent, "j"));
        using var other = await scene.GetAsync(download, "bytes=9-", "\"another\"");
        (other.StatusCode, await other.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.OK, "abcdefghij"));
    }

    /// <summary>More than the buffers on the way hold, and the connection breaks: only when the rest was fetched it goes.</summary>
    [Fact]
    public async Task A_broken_download_goes_on_where_it_stopped()
    {
        await using var scene = await SpoolScene.StartAsync();
        var file = BridgeScene.Random(24_000_000);
        var download = await scene.StoreAsync("s1", file);
        var uri = new Uri(download);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, uri.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {uri.AbsolutePath} HTTP/1.1\r\nHost: x\r\n\r\n"));
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var begun = new byte[10_000_000];
        await stream.ReadExactlyAsync(begun).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        var head = begun.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        socket.Close(0);
        await Eventually.HoldsAsync(() => scene.Bridge.Relay.Relay.Running == 0, "it broke");
        scene.OnDisk.Count.ShouldBe(2, "it is still there");

        var had = begun.Length - head;
        using var rest = await scene.GetAsync(download, $"bytes={had}-");
        rest.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        var tail = await rest.Content.ReadAsByteArrayAsync();
        begun.Skip(head).Concat(tail).SequenceEqual(file).ShouldBeTrue();
        await Eventually.HoldsAsync(() => scene.OnDisk.Count == 0, "it is gone");
    }

    /// <summary>A download that the system's buffers have swallowed whole isn't one that its receiver has.</summary>
    [Fact]
    public async Task What_was_only_sent_was_not_had()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("the system does not say what was acknowledged");
        await using var scene = await SpoolScene.StartAsync();
        var file = BridgeScene.Random(1_000_000);
        var download = await scene.StoreAsync("s1", file);
        var uri = new Uri(download);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, uri.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {uri.AbsolutePath} HTTP/1.1\r\nHost: x\r\n\r\n"));
        await Eventually.HoldsAsync(() => socket.Available > 0, "it begins");
        socket.Close(0);
        await Eventually.HoldsAsync(() => scene.Bridge.Relay.Relay.Running == 0, "it broke");
        scene.OnDisk.Count.ShouldBe(2);
        using var got = await scene.GetAsync(download);
        (await got.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(file).ShouldBeTrue();
    }

    /// <summary>Whoever closes first, as curl does as soon as it has counted.</summary>
    [Theory]
    [InlineData("close")]
    [InlineData("keep-alive")]
    public async Task Who_hangs_up_with_the_last_byte_has_it(string connection)
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", [.. BridgeScene.Random(300_000), .. "the very end"u8]);
        using var raw = await RawHttp.SendAsync(download, $"GET PATH HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\r\n");
        await raw.ReadToAsync("the very end");
        raw.Dispose();
        await Eventually.HoldsAsync(() => scene.OnDisk.Count == 0, "it is gone");
    }

    [Fact]
    public async Task Nothing_on_disk_says_where_it_is_or_is_for_others()
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", "the file"u8.ToArray());
        var token = download[(download.LastIndexOf('/') + 1)..];
        foreach (var file in Directory.GetFiles(Path.Combine(scene.Home.FullName, "spool")))
        {
            Path.GetFileName(file).ShouldNotContain(token);
            if (Path.GetFileName(file) != ".lock") (await File.ReadAllTextAsync(file)).ShouldNotContain(token);
            if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(Path.Combine(scene.Home.FullName, "spool")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // What the file is called on disk, and the stream's own name, open nothing.
        foreach (var guess in (string[])[Path.GetFileNameWithoutExtension(scene.OnDisk[0]), Path.GetFileNameWithoutExtension(scene.OnDisk[0])[..32], scene.Bridge.Hash("s1").Value, "..%2fspool%2f" + scene.OnDisk[0]])
        {
            using var got = await scene.GetAsync(scene.Bridge.Bridge.PublicUrl + guess);
            got.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Theory]
    [InlineData("PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf", "peer-lost")]
    [InlineData("PUT PATH HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "peer-lost")]
    [InlineData("POST PATH HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 89\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"FILE\"; filename=\"a\"\r\n\r\nhalf of it and no end\r\n", "bad-form")]
    public async Task What_does_not_come_whole_leaves_nothing(string request, string ending)
    {
        await using var scene = await SpoolScene.StartAsync();
        (await scene.Bridge.ConnectAsync("s1")).ShouldBe("done");
        var upload = await scene.Bridge.ActivateAsync("s1");
        var raw = await RawHttp.SendAsync(upload, request);
        if (ending == "peer-lost")
        {
            await Eventually.HoldsAsync(() => scene.OnDisk.Count == 1 && scene.Store.Bytes > 0, "it comes in");
            scene.OnDisk.ShouldHaveSingleItem().ShouldEndWith(".part");
            raw.Reset();
        }

        (await scene.Bridge.EndingAsync()).ShouldBe(ending);
        raw.Dispose();
        await Eventually.HoldsAsync(() => scene.OnDisk.Count == 0 && scene.Store.Bytes == 0, "nothing is left");
        scene.Store.Files.ShouldBe(0);
    }

    [Fact]
    public async Task A_full_spool_refuses_by_name_and_before_it_reads()
    {
        await using var scene = await SpoolScene.StartAsync(options => options with { MaxBytesPerUser = 100_000 });
        var first = await scene.StoreAsync("s1", new byte[60_000]);
        (await scene.Bridge.ConnectAsync("s2")).ShouldBe("done");
        var upload = await scene.Bridge.ActivateAsync("s2");
        using var put = await RawHttp.SendAsync(upload, "PUT PATH HTTP/1.1\r\nHost: x\r\nContent-Length: 40001\r\nExpect: 100-continue\r\n\r\n");
        (await put.ReadToAsync("\r\n\r\n")).ShouldStartWith("HTTP/1.1 507");

        // Of unknown size: where it is seen.
        (await scene.Bridge.ConnectAsync("s3")).ShouldBe("done");
        using var chunked = new HttpRequestMessage(HttpMethod.Put, await scene.Bridge.ActivateAsync("s3")) { Content = new ByteArrayContent(new byte[40_001]) };
        chunked.Headers.TransferEncodingChunked = true;
        ((int)(await scene.Bridge.Http.SendAsync(chunked)).StatusCode).ShouldBe(507);
        scene.Bridge.Relay.Log.Lines.Select(line => (string)line["Ending"]!).ShouldContain("spool-full");

        // What fits fits, and what is fetched makes room.
        await scene.StoreAsync("s4", new byte[40_000]);
        (await scene.GetAsync(first)).Dispose();
        await Eventually.HoldsAsync(() => scene.Store.Files == 1, "the first has gone");
        await scene.StoreAsync("s5", new byte[60_000]);
    }

    [Fact]
    public async Task A_user_has_so_many_files_there()
    {
        await using var scene = await SpoolScene.StartAsync(options => options with { MaxFilesPerUser = 1 });
        await scene.StoreAsync("s1", []);
        (await scene.Bridge.ConnectAsync("s2")).ShouldBe("done");
        var upload = await scene.Bridge.ActivateAsync("s2");
        ((int)(await scene.Bridge.Http.PutAsync(upload, new ByteArrayContent([]))).StatusCode).ShouldBe(507);
    }

    [Fact]
    public async Task Nobody_fetches_it_and_it_goes()
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", "the file"u8.ToArray());
        scene.Bridge.Relay.Time.Advance(TimeSpan.FromMinutes(9));
        scene.OnDisk.Count.ShouldBe(2);
        scene.Bridge.Relay.Time.Advance(TimeSpan.FromSeconds(61));
        await Eventually.HoldsAsync(() => scene.Bridge.Relay.Log.Lines.Count == 2, "the second line");
        scene.Bridge.Relay.Log.Lines.Last()["Ending"].ShouldBe("never-fetched");
        scene.OnDisk.ShouldBeEmpty();
        scene.Store.Bytes.ShouldBe(0);
        (await scene.GetAsync(download)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    /// <summary>As after a crash: what was whole is there, what was half is not, and what is somebody else's stays.</summary>
    [Fact]
    public async Task The_next_start_keeps_what_was_whole_and_cleans_the_rest()
    {
        var home = Directory.CreateTempSubdirectory("ferry-spool-");
        var first = await SpoolScene.StartAsync(home: home);
        var token = (await first.StoreAsync("s1", "the file"u8.ToArray())).Split('/')[^1];
        var lost = await first.StoreAsync("s2", "no record"u8.ToArray());
        await first.DisposeAsync();
        var folder = Path.Combine(home.FullName, "spool");
        var records = Directory.GetFiles(folder, "*.json");
        records.Length.ShouldBe(2);
        File.Delete(records.Single(record => File.ReadAllText(record).Contains("\"Size\":9", StringComparison.Ordinal)));
        var hash = new string('A', 63);
        foreach (var (name, text) in ((string, string)[])[
            (new string('a', 32) + ".part", "half a file"),
            (hash + "0.json", "{ no json"), (hash + "0.data", "x"),
            (hash + "1.json", "{\"Version\":1,\"Size\":1,\"Owner\":\"a@b\",\"Sender\":\"a@b/c\",\"Receiver\":\"d@e/f\",\"Stored\":\"2026-01-01T00:00:00Z\"}"),
            (hash + "2.json", "{\"Version\":1,\"Size\":2,\"Owner\":\"a@b\",\"Sender\":\"a@b/c\",\"Receiver\":\"d@e/f\",\"Stored\":\"2026-01-01T00:00:00Z\"}"), (hash + "2.data", "x"),
            (hash + "3.json", "{\"Version\":9,\"Size\":1,\"Owner\":\"a@b\",\"Sender\":\"a@b/c\",\"Receiver\":\"d@e/f\",\"Stored\":\"2026-01-01T00:00:00Z\"}"), (hash + "3.data", "x"),
            (hash + "4.json", "{\"Version\":1,\"Size\":1,\"Owner\":\"@\",\"Sender\":\"a@b/c\",\"Receiver\":\"d@e/f\",\"Stored\":\"2026-01-01T00:00:00Z\"}"), (hash + "4.data", "x"),
            (hash + "5.json", "null"), (hash + "5.data", "x"),
            ("notes.json", "mine"), ("film.data", "mine"), ("film.part", "mine")]) await File.WriteAllTextAsync(Path.Combine(folder, name), text);

        await using var second = await SpoolScene.StartAsync(home: home);
        second.OnDisk.Order(StringComparer.Ordinal).ShouldBe([.. second.OnDisk.Where(file => file.Length == 69).Order(StringComparer.Ordinal), "film.data", "film.part", "notes.json"]);
        second.OnDisk.Count.ShouldBe(5);
        (second.Store.Files, second.Store.Bytes).ShouldBe((1, 8));
        using var got = await second.GetAsync(second.Bridge.Bridge.PublicUrl + token);
        (await got.Content.ReadAsStringAsync()).ShouldBe("the file");
        (await second.GetAsync(second.Bridge.Bridge.PublicUrl + lost.Split('/')[^1])).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        home.Delete(recursive: true);
    }

    [Fact]
    public async Task Another_process_has_not_the_same_folder()
    {
        await using var scene = await SpoolScene.StartAsync();
        await Should.ThrowAsync<IOException>(() => SpoolScene.StartAsync(home: scene.Home));
    }

    [Fact]
    public async Task One_file_is_fetched_by_so_many_at_once_and_a_stop_waits_for_them()
    {
        await using var scene = await SpoolScene.StartAsync(options => options with { MaxReadersPerFile = 1 });
        var download = await scene.StoreAsync("s1", BridgeScene.Random(24_000_000));
        using var slow = await scene.Bridge.GetAsync(download);
        using var second = await scene.GetAsync(download);
        second.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        var draining = scene.Bridge.Relay.Relay.DrainAsync(CancellationToken.None);
        using var late = await scene.GetAsync(download);
        late.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        draining.IsCompleted.ShouldBeFalse();
        (await slow.Content.ReadAsByteArrayAsync()).Length.ShouldBe(24_000_000);
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.HoldsAsync(() => scene.OnDisk.Count == 0, "it is gone");
    }

    [Fact]
    public async Task A_page_may_ask_for_ranges()
    {
        await using var scene = await SpoolScene.StartAsync();
        var download = await scene.StoreAsync("s1", "the file"u8.ToArray());
        using var asked = await scene.Bridge.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, download));
        asked.Headers.GetValues("Access-Control-Allow-Headers").ShouldBe(["Content-Type, Range, If-Range"]);
        (await scene.Bridge.PostAsync(download, new StringContent(""))).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }
}
