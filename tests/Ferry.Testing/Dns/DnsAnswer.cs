using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Ferry.Testing.Dns;

/// <summary>Writes DNS answers for tests: names of records equal to the question are compressed.</summary>
public sealed class DnsAnswer
{
    private readonly List<byte[]> _records = [];

    public int Code { get; init; }

    public bool Truncated { get; init; }

    /// <summary>Added to the query's id, to make an answer that isn't ours.</summary>
    public int IdOffset { get; init; }

    public DnsAnswer Address(IPAddress address, string? owner = null) =>
        Record(owner, address.GetAddressBytes().Length == 4 ? 1 : 28, address.GetAddressBytes());

    public DnsAnswer Alias(string target, string? owner = null) => Record(owner, 5, Name(target));

    public DnsAnswer Srv(int priority, int weight, int port, string target, string? owner = null) =>
        Record(owner, 33, [.. Number(priority), .. Number(weight), .. Number(port), .. Name(target)]);

    public DnsAnswer Record(string? owner, int type, byte[] data, int @class = 1)
    {
        byte[] name = owner is null ? [0xC0, 12] : Name(owner);
        _records.Add([.. name, .. Number(type), .. Number(@class), 0, 0, 0, 60, .. Number(data.Length), .. data]);
        return this;
    }

    /// <summary>The message that answers <paramref name="query"/>.</summary>
    public byte[] To(ReadOnlySpan<byte> query)
    {
        var id = BinaryPrimitives.ReadUInt16BigEndian(query) + IdOffset;
        var flags = 0x8180 | Code | (Truncated ? 0x200 : 0);
        return [.. Number(id), .. Number(flags), .. Number(1), .. Number(_records.Count), 0, 0, 0, 0, .. query[12..], .. _records.SelectMany(r => r)];
    }

    public static byte[] Name(string name) => name == "."
        ? [0]
        : [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    private static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];
}
