namespace Ferry.Protocol.Socks5;

/// <summary>DST.* or BND.* as it came: the variable part without its length octet, and the port.</summary>
/// <param name="Type">How to read <paramref name="Bytes"/>.</param>
/// <param name="Bytes">4, 16 or 0–255 bytes.</param>
/// <param name="Port">0–65535; XEP-0065 sends 0.</param>
public sealed record Socks5Address(Socks5AddressType Type, ReadOnlyMemory<byte> Bytes, ushort Port)
{
    /// <summary>The XEP-0065 form: a domain name of 40 digits, port 0.</summary>
    public static Socks5Address Of(DestinationAddress destination) =>
        new(Socks5AddressType.DomainName, System.Text.Encoding.ASCII.GetBytes(destination.Value), 0);

    /// <inheritdoc/>
    public bool Equals(Socks5Address? other) =>
        other is not null && Type == other.Type && Port == other.Port && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Type);
        hash.Add(Port);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }
}
