using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Ferry.Protocol;
using Ferry.Server.Tests.Relay;
using Ferry.Testing;

namespace Ferry.Server.Tests.HttpBridge;

/// <summary>bs-proxy with each kind of end on each side: what goes in comes out.</summary>
public sealed class BridgeMixtureTests
{
    public static TheoryData<int> Sizes => [0, 1, 4096, 65_537, 3_000_001];

    [Fact]
    public async Task The_feature_is_listed_where_the_listener_runs()
    {
        await using var scene = await BridgeScene.StartAsync();
        await scene.Alice.SendAsync($"<iq type='get' id='1' to='{RelayScene.Address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        var info = (await scene.Alice.NextElementAsync()).ToString();
        info.ShouldContain($"<feature var='{Namespaces.HttpBridge}'/>");
        info.ShouldContain($"<feature var='{Namespaces.Bytestreams}'/>");
        info.ShouldContain("category='proxy' type='bytestreams'");

        await using var without = await RelayScene.StartAsync();
        await without.Alice.SendAsync($"<iq type='get' id='1' to='{RelayScene.Address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        (await without.Alice.NextElementAsync()).ToString().ShouldNotContain(Namespaces.HttpBridge);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task From_a_form_to_a_download(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", "name='Ferien am Meer.jpg' type='image/jpeg'");
        var file = BridgeScene.Random(size);
        var posting = scene.PostAsync(upload, scene.Form("s1", new ByteArrayContent(file)));
        var got = await scene.GetAsync(download);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(file);
        got.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
        got.Content.Headers.ContentDisposition!.FileNameStar.ShouldBe("Ferien am Meer.jpg");
        got.Headers.TransferEncodingChunked.ShouldBe(true);
        var posted = await posting;
        ((int)posted.StatusCode, await posted.Content.ReadAsStringAsync()).ShouldBe((200, "ok\n"));
        (await scene.EndingAsync()).ShouldBe("done");
        var line = scene.Relay.Log.Lines.ShouldHaveSingleItem();
        (line["Requester"], line["Target"], line["Method"], line["Bytes"]).ShouldBe((scene.Alice.Jid, scene.Bob.Jid, "http-bridge", (long)size));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task From_a_form_to_a_socket(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, receiver) = await scene.HttpToSocketAsync("s1");
        var file = BridgeScene.Random(size);
        var posting = scene.PostAsync(upload, scene.Form("s1", new ByteArrayContent(file)));
        (await BridgeScene.ReadToEndAsync(receiver)).ShouldBe(file);
        receiver.Dispose();
        (await posting).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await scene.EndingAsync()).ShouldBe("done");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task From_a_socket_to_a_download(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (sender, download) = await scene.SocketToHttpAsync("s1");
        var file = BridgeScene.Random(size);
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent < file.Length;) sent += await sender.SendAsync(file.AsMemory(sent));
            sender.Dispose();
        });
        var got = await scene.GetAsync(download);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(file);
        await sending;
        (await scene.EndingAsync()).ShouldBe("done");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task A_known_size_is_the_downloads_length(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        var (upload, download) = await scene.HttpToHttpAsync("s1", $"size='{size}'");
        var file = BridgeScene.Random(size);
        var putting = scene.Http.PutAsync(upload, new ByteArrayContent(file));
        var got = await scene.GetAsync(download);
        got.Content.Headers.ContentLength.ShouldBe(size);
        (await got.Content.ReadAsByteArrayAsync()).ShouldBe(file);
        (await putting).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>A client that counts hangs up at the last byte, before our write of it has returned: it has the file, and so the sender is told.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    public async Task A_receiver_with_every_byte_may_hang_up(int size)
    {
        await using var scene = await BridgeScene.StartAsync();
        for (var round = 0; round < 20; round++)
        {
            var (upload, download) = await scene.HttpToHttpAsync("s" + round, $"size='{size}'");
            var putting = scene.Http.PutAsync(upload, new ByteArrayContent(new byte[size]));
            using (var get = await RawHttp.SendAsync(download, "GET PATH HTTP/1.1\r\nHost: x\r\n\r\n"))
            {
                await get.ReadBodyAsync(size);
                get.Reset();
            }

            ((int)(await putting).StatusCode, round).ShouldBe((200, round));
        }
    }

    [Fact]
    public async Task A_raw_upload_tells_the_length_itself_and_chunks_do_not()
    {
        await using var scene = await BridgeScene.StartAsync();
        foreach (var chunked in (bool[])[false, true])
        {
            var sid = chunked ? "chunked" : "counted";
            var (upload, download) = await scene.HttpToHttpAsync(sid);
            using var request = new HttpRequestMessage(HttpMethod.Put, upload) { Content = new ByteArrayContent(new byte[1000]) };
            request.Headers.TransferEncodingChunked = chunked;
            var putting = scene.Http.SendAsync(request);
            var got = await scene.GetAsync(download);
            got.Content.Headers.ContentLength.ShouldBe(chunked ? null : 1000);
            (await got.Content.ReadAsByteArrayAsync()).Length.ShouldBe(1000);
            (await putting).StatusCode.ShouldBe(HttpStatusCode.OK);
            await scene.Bob.SkipToAsync($"<iq type='set' id='*' from='{RelayScene.Address}' to='{scene.Bob.Jid}'><progress xmlns='{Namespaces.HttpBridge}' sidhash='{scene.Hash(sid)}' total='1000' sent='1000'/></iq>");
        }
    }

    /// <summary>Pidgin writes and closes before it has the answer to its order; others never close and count.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Early_bytes_are_kept_and_a_sender_that_never_closes_is_taken_at_its_word(bool closes)
    {
        await using var scene = await BridgeScene.StartAsync();
        (await scene.ConnectAsync("s1", closes ? "" : "size='9'")).ShouldBe("done");
        var sender = (await scene.Relay.ConnectAsync("s1")).ShouldNotBeNull();
        await sender.SendAsync("too early"u8.ToArray());
        if (closes) sender.Dispose();
        (await RelayScene.ActivateAsync(scene.Alice, "s1", scene.Bob.Jid)).ShouldBe("done");
        var getting = scene.Http.GetStringAsync(await scene.NoticeAsync("s1"));
        (await scene.Relay.Time.PassUntilAsync(getting, TimeSpan.FromMilliseconds(50))).ShouldBe("too early");
    }

    [Fact]
    public async Task Two_sockets_are_joined_as_ever()
    {
        await using var scene = await BridgeScene.StartAsync();
        var (sender, receiver) = await scene.Relay.JoinAsync("s1");
        await sender.SendAsync("the file"u8.ToArray());
        sender.Dispose();
        (await RelayScene.ReadToEndAsync(receiver)).ShouldBe("the file");
    }

    /// <summary>A reader who stops reading stops the one who posts: what is on the way is bounded.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_slow_reader_slows_the_poster(bool byHttp)
    {
        await using var scene = await BridgeScene.StartAsync();
        const int size = 64 * 1024 * 1024;
        var body = new CountedBody(size);
        Stream reader;
        Task<HttpResponseMessage> putting;
        if (byHttp)
        {
            var (upload, download) = await scene.HttpToHttpAsync("s1");
            putting = scene.Http.PutAsync(upload, body);
            reader = await (await scene.GetAsync(download)).Content.ReadAsStreamAsync();
        }
        else
        {
            var (upload, receiver) = await scene.HttpToSocketAsync("s1");
            putting = scene.Http.PutAsync(upload, body);
            reader = new NetworkStream(receiver, ownsSocket: true);
        }

        // It has come to a stop when nothing more is taken for a while.
        var last = -1L;
        for (var still = 0; still < 20; still = body.Sent == last ? still + 1 : 0)
        {
            last = body.Sent;
            await Task.Delay(10);
        }

        body.Sent.ShouldBeLessThan(24 * 1024 * 1024);
        body.Sent.ShouldBeGreaterThan(0);
        (await CountAsync(reader)).ShouldBe(size);
        await reader.DisposeAsync();
        (await putting).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<long> CountAsync(Stream stream)
    {
        var buffer = new byte[128 * 1024];
        long total = 0;
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0) total += count;
        return total;
    }

    /// <summary>Zeros, and how many of them were taken.</summary>
    private sealed class CountedBody(long size) : HttpContent
    {
        private long _sent;

        public long Sent => Interlocked.Read(ref _sent);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[64 * 1024];
            for (var left = size; left > 0; left -= piece.Length)
            {
                await stream.WriteAsync(piece);
                Interlocked.Add(ref _sent, piece.Length);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size;
            return true;
        }
    }
}
