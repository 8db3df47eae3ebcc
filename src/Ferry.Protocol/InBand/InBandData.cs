using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.InBand;

/// <summary>
/// One block of an in-band bytestream (XEP-0047 section 2.2), decoded. XML white space inside the base64 is dropped, since old clients wrap
/// lines; everything else is strict (RFC 4648 section 4).
/// </summary>
/// <param name="Sid">The stream's id.</param>
/// <param name="Seq">As sent; most wrap from 65535 to 0, some count on: compare it modulo 65536.</param>
/// <param name="Bytes">The block: 0 bytes to the block size.</param>
public sealed record InBandData(string Sid, uint Seq, byte[] Bytes)
{
    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\r\n");

    /// <summary>The sid of a <c>data</c> element, so that its stream can be found before anything is decoded; null when it has none.</summary>
    public static string? SidOf(Element element) => element.Is(Namespaces.InBandBytestreams, "data") ? element.Attribute("sid") : null;

    /// <summary>
    /// Reads <c>data</c>; on false <paramref name="error"/> answers it. Characters are counted before they are decoded, so a block over
    /// <paramref name="blockSize"/> bytes costs no memory.
    /// </summary>
    public static bool TryParse(Element element, int blockSize, [NotNullWhen(true)] out InBandData? data, [NotNullWhen(false)] out StanzaError? error)
    {
        data = null;
        error = null;
        if (!element.Is(Namespaces.InBandBytestreams, "data")) error = Bad("not data");
        else if (element.Attribute("sid") is not { Length: > 0 } sid) error = Bad("no sid");
        else if (!uint.TryParse(element.Attribute("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)) error = Bad("seq is not a number");
        else if (element.FirstChild is not null) error = Bad("an element inside the block");
        else if (Decode(element, blockSize, out error) is { } bytes) data = new InBandData(sid, seq, bytes);
        return data is not null;
    }

    /// <summary>The element for one block.</summary>
    public static Element ToElement(string sid, ushort seq, ReadOnlySpan<byte> block) => new(
        Namespaces.InBandBytestreams,
        "data",
        ("sid", sid),
        ("seq", seq.ToString(CultureInfo.InvariantCulture)),
        block.IsEmpty ? null : new TextNode(Encode(block)));

    private static byte[] Encode(ReadOnlySpan<byte> block)
    {
        var base64 = GC.AllocateUninitializedArray<byte>(Base64.GetMaxEncodedToUtf8Length(block.Length));
        Base64.EncodeToUtf8(block, base64, out _, out _);
        return base64;
    }

    private static byte[]? Decode(Element element, int blockSize, out StanzaError? error) =>
        element.Nodes is [TextNode { Base64: { IsEmpty: false } base64 }] ? Decode(base64, blockSize, out error) : Decode(element.Text, blockSize, out error);

    private static byte[]? Decode(ReadOnlySpan<byte> base64, int blockSize, out StanzaError? error)
    {
        error = null;
        var size = base64.Length / 4 * 3 - (base64[^1] != (byte)'=' ? 0 : base64[^2] != (byte)'=' ? 1 : 2);
        if (base64.Length % 4 != 0) error = Bad("the block is not base64");
        else if (size > blockSize) error = Bad("the block is larger than agreed");
        else
        {
            var bytes = GC.AllocateUninitializedArray<byte>(size);
            if (Base64.DecodeFromUtf8(base64, bytes, out _, out var written) == OperationStatus.Done && written == size) return bytes;
            error = Bad("the block is not base64");
        }

        return null;
    }

    private static byte[]? Decode(string text, int blockSize, out StanzaError? error)
    {
        error = null;
        var white = CountWhiteSpace(text);
        var length = text.Length - white;
        var size = length / 4 * 3 - Padding(text);
        if (length % 4 != 0 || size < 0) error = Bad("the block is not base64");
        else if (size > blockSize) error = Bad("the block is larger than agreed");
        else
        {
            var bytes = new byte[size];
            if (Convert.TryFromBase64Chars(text, bytes, out var written) && written == size) return bytes;
            error = Bad("the block is not base64");
        }

        return null;
    }

    private static int CountWhiteSpace(ReadOnlySpan<char> text)
    {
        var count = 0;
        int at;
        while ((at = text.IndexOfAny(WhiteSpace)) >= 0)
        {
            count++;
            text = text[(at + 1)..];
        }

        return count;
    }

    private static int Padding(ReadOnlySpan<char> text)
    {
        var count = 0;
        for (var i = text.Length - 1; i >= 0 && count < 3; i--)
        {
            if (text[i] == '=') count++;
            else if (!WhiteSpace.Contains(text[i])) break;
        }

        return count;
    }

    private static StanzaError Bad(string text) => new(ErrorType.Cancel, ErrorCondition.BadRequest, text);
}
