using Ferry.Protocol.Socks5;

namespace Ferry.Net.Socks5;

/// <summary>Reads one SOCKS5 message from a stream and not a byte more: the next one may be the file's.</summary>
internal static class Socks5Reader
{
    internal delegate Socks5Read<T> Parser<T>(ReadOnlySpan<byte> bytes)
        where T : class;

    /// <summary>The message or the violation.</summary>
    /// <exception cref="EndOfStreamException">The stream ended inside the message.</exception>
    internal static async Task<Socks5Read<T>> ReadAsync<T>(Stream stream, Parser<T> parse, CancellationToken cancellationToken)
        where T : class
    {
        var buffer = new byte[Socks5Codec.MaxRequest];
        int have = 0;
        while (true)
        {
            Socks5Read<T> read = parse(buffer.AsSpan(0, have));
            if (read.Needed == 0)
            {
                return read;
            }

            int got = await stream.ReadAsync(buffer.AsMemory(have, read.Needed - have), cancellationToken).ConfigureAwait(false);
            have += got > 0 ? got : throw new EndOfStreamException("the connection was closed during the SOCKS5 exchange");
        }
    }
}
