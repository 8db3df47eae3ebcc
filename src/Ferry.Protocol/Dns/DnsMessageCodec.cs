using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Ferry.Protocol.Dns;

/// <summary>Queries and answers in bytes (RFC 1035 §4), as far as finding a server needs.</summary>
/// <remarks>
/// Only host names pass: letters, digits, hyphens and underscores. A compressed name may only point backwards, each time further than the
/// last, so that every name ends.
/// </remarks>
public static class DnsMessageCodec
{
    /// <summary>The most records of an answer that are read.</summary>
    public const int MaxAnswers = 128;

    private const int HeaderLength = 12;
    private const int MaxLabel = 63;
    private const int MaxName = 253;
    private const int ClassInternet = 1;

    /// <summary>Writes a recursive query; false when the name does not fit into DNS. A closing dot may be there or not.</summary>
    /// <param name="id">0 to 65535, random.</param>
    /// <param name="name">A host name, A-labels only.</param>
    /// <param name="type">What to ask for.</param>
    /// <param name="query">The message, without the length that TCP puts before it.</param>
    public static bool TryWriteQuery(int id, string name, DnsRecordType type, [NotNullWhen(true)] out byte[]? query)
    {
        query = null;
        var labels = (name.EndsWith('.') ? name[..^1] : name).Split('.');
        if (name.Length > MaxName || !Array.TrueForAll(labels, l => l.Length is > 0 and <= MaxLabel && l.All(IsNameCharacter)))
            return false;

        // Flags: only "recursion desired". One question.
        var message = new List<byte>(HeaderLength + name.Length + 6) { (byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in labels)
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, (byte)((int)type >> 8), (byte)type, 0, ClassInternet]);
        query = [.. message];
        return true;
    }

    /// <summary>Reads an answer to one question; false when it is malformed, truncated without saying so, no answer, or beyond the limits.</summary>
    public static bool TryReadResponse(ReadOnlySpan<byte> message, [NotNullWhen(true)] out DnsResponse? response)
    {
        response = null;
        if (message.Length < HeaderLength)
            return false;

        var flags = BinaryPrimitives.ReadUInt16BigEndian(message[2..]);
        var isAnswer = (flags & 0x8000) != 0 && (flags & 0x7800) == 0;
        var truncated = (flags & 0x0200) != 0;
        var answerCount = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        if (!isAnswer || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1 || answerCount > MaxAnswers)
            return false;

        var position = HeaderLength;
        if (!TryReadName(message, ref position, out var question) || message.Length - position < 4)
            return false;
        var type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(message[position..]);
        position += 4;

        var answers = new List<DnsRecord>();
        for (var i = 0; i < answerCount && !truncated; i++)
        {
            if (!TryReadRecord(message, ref position, answers))
                return false;
        }

        response = new DnsResponse(
            BinaryPrimitives.ReadUInt16BigEndian(message), flags & 0xF, truncated, question, type, answers);
        return true;
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int position, List<DnsRecord> records)
    {
        if (!TryReadName(message, ref position, out var name) || message.Length - position < 10)
            return false;

        var head = message[position..];
        var type = (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(head);
        var @class = BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
        var length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
        var start = position + 10;
        position = start + length;
        if (position > message.Length)
            return false;
        if (@class != ClassInternet || !Enum.IsDefined(type))
            return true;
        if (ReadData(message[..position], start, type, name) is not { } record)
            return false;
        records.Add(record);
        return true;
    }

    /// <summary>Null when the data is not exactly what its type asks for. <paramref name="message"/> ends where the data ends.</summary>
    private static DnsRecord? ReadData(ReadOnlySpan<byte> message, int start, DnsRecordType type, string name)
    {
        var data = message[start..];
        switch (type)
        {
            case DnsRecordType.A when data.Length == 4:
            case DnsRecordType.Aaaa when data.Length == 16:
                return new DnsRecord.Address(name, new IPAddress(data));
            case DnsRecordType.Cname when TryReadName(message, ref start, out var alias) && start == message.Length:
                return new DnsRecord.Alias(name, alias);
            case DnsRecordType.Srv when data.Length > 6:
                start += 6;
                return TryReadName(message, ref start, out var target) && start == message.Length
                    ? new DnsRecord.Service(name, new SrvRecord(
                        BinaryPrimitives.ReadUInt16BigEndian(data),
                        BinaryPrimitives.ReadUInt16BigEndian(data[2..]),
                        BinaryPrimitives.ReadUInt16BigEndian(data[4..]),
                        target))
                    : null;
            default:
                return null;
        }
    }

    /// <summary>Reads a name and moves behind it (behind the first pointer, if it is compressed).</summary>
    private static bool TryReadName(ReadOnlySpan<byte> message, ref int position, [NotNullWhen(true)] out string? name)
    {
        name = null;
        var text = new StringBuilder();
        var at = position;
        var lowest = position;
        int? behind = null;
        while (true)
        {
            if (at >= message.Length)
                return false;
            var length = message[at++];
            if (length == 0)
                break;

            if (length > MaxLabel)
            {
                if (length < 0xC0 || at >= message.Length)
                    return false;
                var pointer = ((length & 0x3F) << 8) | message[at];
                behind ??= at + 1;
                if (pointer >= lowest)
                    return false;
                at = lowest = pointer;
                continue;
            }

            if (message.Length - at < length || text.Length + length + 1 > MaxName + 1 || !TryAppendLabel(message.Slice(at, length), text))
                return false;
            at += length;
        }

        position = behind ?? at;
        name = text.Length == 0 ? "." : text.ToString(0, text.Length - 1);
        return true;
    }

    private static bool TryAppendLabel(ReadOnlySpan<byte> label, StringBuilder text)
    {
        foreach (var octet in label)
        {
            if (!IsNameCharacter((char)octet))
                return false;
            text.Append(char.ToLowerInvariant((char)octet));
        }

        text.Append('.');
        return true;
    }

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
