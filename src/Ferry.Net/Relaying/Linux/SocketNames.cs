using System.Buffers.Binary;
using System.Net;

namespace Ferry.Net.Relaying.Linux;

/// <summary>Reads the kernel's socket addresses.</summary>
internal static class SocketNames
{
    private const int IPv6Family = 10;

    /// <summary>A struct sockaddr_in or sockaddr_in6.</summary>
    internal static IPEndPoint Read(ReadOnlySpan<byte> name)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        if (BitConverter.ToUInt16(name) != IPv6Family)
        {
            return new IPEndPoint(new IPAddress(name.Slice(4, 4)), port);
        }

        var address = new IPAddress(name.Slice(8, 16), BitConverter.ToUInt32(name[24..]));
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
