using System.Buffers.Binary;

namespace Ferry.Protocol.Socks5;

/// <summary>
/// The messages of RFC 1928 that XEP-0065 uses. Writers give a whole message, to be sent in one write: several servers and clients
/// parse one read as one message. Readers accept any split, take exactly one message and allocate at most its address (255 bytes).
/// </summary>
/// <remarks>
/// <code>
/// client  05 NMETHODS METHODS…                 server  05 METHOD
/// client  05 CMD 00 ATYP DST.ADDR DST.PORT     server  05 REP 00 ATYP BND.ADDR BND.PORT
/// </code>
/// </remarks>
public static class Socks5Codec
{
    /// <summary>The longest greeting: version, count and 255 methods.</summary>
    public const int MaxGreeting = 2 + 255;

    /// <summary>The longest request or reply: a domain name of 255 bytes.</summary>
    public const int MaxRequest = 4 + 1 + 255 + 2;

    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte NoAcceptableMethod = 0xFF;
    private const int HeaderLength = 4;

    /// <summary><c>05 01 00</c>: one method, no authentication.</summary>
    public static byte[] WriteGreeting() => [Version, 1, NoAuthentication];

    /// <summary><c>05 00</c>, or <c>05 FF</c> when the greeting has no method that we take.</summary>
    public static byte[] WriteMethodReply(bool accepted) => [Version, accepted ? NoAuthentication : NoAcceptableMethod];

    /// <summary>The 47 bytes of XEP-0065 §5.3.2: CONNECT, a domain name of 40 digits, port 0.</summary>
    public static byte[] WriteConnect(DestinationAddress destination) =>
        Write((byte)Socks5Command.Connect, Socks5Address.Of(destination));

    /// <summary>
    /// A reply that repeats the request's address and port byte for byte: Dino, Smack and Conversations compare them with what they sent.
    /// </summary>
    public static byte[] WriteReply(Socks5ReplyCode code, Socks5Address echoed) => Write((byte)code, echoed);

    /// <summary>The reply to a request whose address can't be read: an empty domain name.</summary>
    public static byte[] WriteReply(Socks5ReplyCode code) =>
        Write((byte)code, new Socks5Address(Socks5AddressType.DomainName, ReadOnlyMemory<byte>.Empty, 0));

    /// <summary>Server side: a greeting of 1–255 methods.</summary>
    public static Socks5Read<Socks5Greeting> ReadGreeting(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && bytes[0] != Version)
        {
            return Socks5Read<Socks5Greeting>.Bad(Socks5Violation.Version);
        }

        if (bytes.Length < 2)
        {
            return Socks5Read<Socks5Greeting>.More(2);
        }

        int count = bytes[1];
        if (count == 0)
        {
            return Socks5Read<Socks5Greeting>.Bad(Socks5Violation.NoMethods);
        }

        return bytes.Length < 2 + count
            ? Socks5Read<Socks5Greeting>.More(2 + count)
            : Socks5Read<Socks5Greeting>.Of(new Socks5Greeting(count, bytes.Slice(2, count).Contains(NoAuthentication)), 2 + count);
    }

    /// <summary>Server side: a request with any command.</summary>
    public static Socks5Read<Socks5Request> ReadRequest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && bytes[0] != Version)
        {
            return Socks5Read<Socks5Request>.Bad(Socks5Violation.Version);
        }

        (Socks5Address? address, int length, bool known) = ReadAddress(bytes);
        if (!known)
        {
            return Socks5Read<Socks5Request>.Bad(Socks5Violation.AddressType);
        }

        return address is null
            ? Socks5Read<Socks5Request>.More(length)
            : Socks5Read<Socks5Request>.Of(new Socks5Request((Socks5Command)bytes[1], address), length);
    }

    /// <summary>Client side: the method that the server chose.</summary>
    public static Socks5Read<Socks5MethodReply> ReadMethodReply(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && bytes[0] != Version)
        {
            return Socks5Read<Socks5MethodReply>.Bad(Socks5Violation.Version);
        }

        return bytes.Length < 2
            ? Socks5Read<Socks5MethodReply>.More(2)
            : Socks5Read<Socks5MethodReply>.Of(new Socks5MethodReply(bytes[1] == NoAuthentication), 2);
    }

    /// <summary>
    /// Client side: the reply to CONNECT. A failure is a message as soon as its code is there (Dino sends nothing behind it).
    /// </summary>
    public static Socks5Read<Socks5Reply> ReadReply(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && bytes[0] != Version)
        {
            return Socks5Read<Socks5Reply>.Bad(Socks5Violation.Version);
        }

        if (bytes.Length < 2)
        {
            return Socks5Read<Socks5Reply>.More(2);
        }

        var code = (Socks5ReplyCode)bytes[1];
        if (code != Socks5ReplyCode.Succeeded)
        {
            return Socks5Read<Socks5Reply>.Of(new Socks5Reply(code, null), 2);
        }

        (Socks5Address? address, int length, bool known) = ReadAddress(bytes);
        if (!known)
        {
            return Socks5Read<Socks5Reply>.Bad(Socks5Violation.AddressType);
        }

        return address is null
            ? Socks5Read<Socks5Reply>.More(length)
            : Socks5Read<Socks5Reply>.Of(new Socks5Reply(code, address), length);
    }

    private static byte[] Write(byte second, Socks5Address address)
    {
        int lengthOctet = address.Type == Socks5AddressType.DomainName ? 1 : 0;
        var message = new byte[HeaderLength + lengthOctet + address.Bytes.Length + 2];
        message[0] = Version;
        message[1] = second;
        message[3] = (byte)address.Type;
        if (lengthOctet == 1)
        {
            message[HeaderLength] = checked((byte)address.Bytes.Length);
        }

        address.Bytes.Span.CopyTo(message.AsSpan(HeaderLength + lengthOctet));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(message.Length - 2), address.Port);
        return message;
    }

    /// <summary>The part that requests and replies share. Length is the whole message's, or as much of it as is known to come.</summary>
    private static (Socks5Address? Address, int Length, bool Known) ReadAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderLength)
        {
            return (null, HeaderLength, true);
        }

        var type = (Socks5AddressType)bytes[3];
        int start = HeaderLength;
        int length;
        switch (type)
        {
            case Socks5AddressType.IPv4:
                length = 4;
                break;
            case Socks5AddressType.IPv6:
                length = 16;
                break;
            case Socks5AddressType.DomainName when bytes.Length == HeaderLength:
                return (null, HeaderLength + 1, true);
            case Socks5AddressType.DomainName:
                length = bytes[HeaderLength];
                start++;
                break;
            default:
                return (null, 0, false);
        }

        int end = start + length + 2;
        if (bytes.Length < end)
        {
            return (null, end, true);
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(bytes[(end - 2)..]);
        return (new Socks5Address(type, bytes.Slice(start, length).ToArray(), port), end, true);
    }
}
