using System.Net;
using System.Net.Sockets;
using Ferry.Net.JabberFs;
using Ferry.Protocol.JabberFs;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.JabberFs;

/// <summary>Who gets in at a port that is open for one transfer.</summary>
public sealed class TokenPortTests
{
    private static readonly string Token = JabberFsPreamble.TokenOf(new byte[32]);
    private static readonly TokenPortOptions Options = new() { Addresses = [IPAddress.Loopback], Token = Token };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_lets_in_and_what_follows_it_is_not_read()
    {
        await using var port = Open(Options);
        using var socket = await ConnectAsync(port);
        await socket.SendAsync((byte[])[.. JabberFsPreamble.Write(Token), .. "file"u8], Cancel);
        using var inside = await port.Connected.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        var bytes = new byte[10];
        (await inside.ReceiveAsync(bytes, Cancel)).ShouldBe(4);
        bytes[..4].ShouldBe("file"u8.ToArray());
    }

    [Fact]
    public async Task Others_before_it_keep_it_out_neither_by_words_nor_by_silence()
    {
        await using var port = Open(Options);
        using var silent = await ConnectAsync(port);
        for (var i = 0; i < TokenPort.MostBadSockets - 1; i++) await ShouldBeClosedAsync(port, i % 2 == 0 ? "GET / HTTP/1.1\r\n\r\n"u8.ToArray() : JabberFsPreamble.Write(new string('B', 43)));
        using var socket = await ConnectAsync(port);
        await socket.SendAsync(JabberFsPreamble.Write(Token), Cancel);
        using var inside = await port.Connected.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        (await silent.ReceiveAsync(new byte[1], Cancel)).ShouldBe(0); // closed with the port
    }

    [Fact]
    public async Task After_ten_wrong_ones_nobody_gets_in()
    {
        await using var port = Open(Options);
        for (var i = 0; i < TokenPort.MostBadSockets; i++) await ShouldBeClosedAsync(port, JabberFsPreamble.Write(new string('B', 43)));
        await Testing.Eventually.HoldsAsync(
            () =>
            {
                try
                {
                    using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Connect(IPAddress.Loopback, port.Port);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "the port is closed");
        port.Connected.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Silence_has_ten_seconds()
    {
        var time = new ManualTime();
        await using var port = Open(Options with { TimeProvider = time });
        using var socket = await ConnectAsync(port);
        await socket.SendAsync("JFS1 "u8.ToArray(), Cancel);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(10)).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        time.Advance(TimeSpan.FromSeconds(10));
        (await EndAsync().WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe(0);

        // A reset where the bytes were not read yet.
        async Task<int> EndAsync()
        {
            try
            {
                return await socket.ReceiveAsync(new byte[1], Cancel);
            }
            catch (SocketException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task With_the_old_the_first_one_gets_in_unless_it_comes_from_elsewhere()
    {
        await using var closed = Open(Options with { Token = null, Admits = _ => false });
        using var refused = await ConnectAsync(closed);
        (await refused.ReceiveAsync(new byte[1], Cancel)).ShouldBe(0);
        closed.Connected.IsCompleted.ShouldBeFalse();
        await using var open = Open(Options with { Token = null });
        using var socket = await ConnectAsync(open);
        using var inside = await open.Connected.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
    }

    [Fact]
    public async Task Closing_it_tells_who_waits()
    {
        var port = Open(Options);
        await port.DisposeAsync();
        await Should.ThrowAsync<TaskCanceledException>(port.Connected);
    }

    private static TokenPort Open(TokenPortOptions options)
    {
        TokenPort.TryOpen(options, out var port, out var error).ShouldBeTrue(error.ToString());
        return port!;
    }

    private static async Task<Socket> ConnectAsync(TokenPort port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port.Port, Cancel);
        return socket;
    }

    private static async Task ShouldBeClosedAsync(TokenPort port, byte[] says)
    {
        using var socket = await ConnectAsync(port);
        await socket.SendAsync(says, Cancel);
        try
        {
            (await socket.ReceiveAsync(new byte[1], Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe(0);
        }
        catch (SocketException)
        {
            // Closed with bytes unread: a reset.
        }
    }
}
