using System.Net.Sockets;
using Ferry.Net.Socks5;
using Ferry.Protocol.Socks5;
using Ferry.Testing;

namespace Ferry.Net.Tests.Socks5;

public class Socks5ClientTests
{
    private static readonly DestinationAddress Destination = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");

    [Theory]
    [InlineData("0500", "05000001000000000000", Socks5ConnectEnd.Connected, Socks5ReplyCode.Succeeded)]
    [InlineData("0500", "0500000309" + "3132372e302e302e31" + "1f90", Socks5ConnectEnd.Connected, Socks5ReplyCode.Succeeded)] // libpurple
    [InlineData("0500", "0504", Socks5ConnectEnd.Refused, Socks5ReplyCode.HostUnreachable)]
    [InlineData("0500", "05010003000000", Socks5ConnectEnd.Refused, Socks5ReplyCode.GeneralFailure)] // Prosody
    [InlineData("05ff", "", Socks5ConnectEnd.MethodRefused, null)]
    [InlineData("4854", "", Socks5ConnectEnd.Violation, null)]
    [InlineData("0500", "05000007", Socks5ConnectEnd.Violation, null)]
    [InlineData("0500", "0500", Socks5ConnectEnd.Closed, null)]
    [InlineData("", "", Socks5ConnectEnd.Closed, null)]
    public async Task Judges_what_the_server_answers(string method, string reply, Socks5ConnectEnd end, Socks5ReplyCode? code)
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        Task<Socks5ConnectResult> connecting = Socks5Client.ConnectAsync(pair.One, Destination, CancellationToken.None);
        await ReceiveAsync(pair.Other, 3);
        await pair.Other.SendAsync(Convert.FromHexString(method));
        if (reply.Length > 0)
        {
            (await ReceiveAsync(pair.Other, 47)).ShouldBe(Socks5Codec.WriteConnect(Destination));
            await pair.Other.SendAsync(Convert.FromHexString(reply));
        }

        pair.Other.Shutdown(SocketShutdown.Send);
        Socks5ConnectResult result = await connecting;
        (result.End, result.Code).ShouldBe((end, code));
    }

    [Fact]
    public async Task Leaves_the_first_byte_behind_the_reply_alone()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        Task<Socks5ConnectResult> connecting = Socks5Client.ConnectAsync(pair.One, Destination, CancellationToken.None);
        await ReceiveAsync(pair.Other, 3);
        await pair.Other.SendAsync("\x05\0"u8.ToArray());
        await ReceiveAsync(pair.Other, 47);
        byte[] reply = Socks5Codec.WriteReply(Socks5ReplyCode.Succeeded, Socks5Address.Of(Destination));
        await pair.Other.SendAsync((byte[])[.. reply, .. "file"u8]);
        (await connecting).IsConnected.ShouldBeTrue();
        (await ReceiveAsync(pair.One, 4)).ShouldBe("file"u8.ToArray());
    }

    [Fact]
    public async Task Sends_nothing_before_its_greeting_is_answered()
    {
        using SocketPair pair = await SocketPair.OpenAsync();
        using var cancel = new CancellationTokenSource();
        Task<Socks5ConnectResult> connecting = Socks5Client.ConnectAsync(pair.One, Destination, cancel.Token);
        await ReceiveAsync(pair.Other, 3);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(connecting);
        pair.One.Shutdown(SocketShutdown.Send);
        (await pair.Other.ReceiveAsync(new byte[100])).ShouldBe(0);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count)
    {
        var bytes = new byte[count];
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }
}
