using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>What came of <see cref="Socks5Client.ConnectAsync(Stream, DestinationAddress, CancellationToken)"/>.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Code">The server's code with <see cref="Socks5ConnectEnd.Refused"/>.</param>
/// <param name="Detail">For a log or a person.</param>
public sealed record Socks5ConnectResult(Socks5ConnectEnd End, Socks5ReplyCode? Code, string Detail)
{
    /// <summary>True when the stream is ready.</summary>
    public bool IsConnected => End == Socks5ConnectEnd.Connected;
}
