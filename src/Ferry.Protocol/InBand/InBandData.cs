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
        var bytes = new ArrayBufferWriter<byte>();
        data = null;
        if (!TryRead(element, blockSize, bytes, out var seq, out var length, out error)) return false;
        bytes.Advance(length);
        data = new InBandData(element.Attribute("sid")!, seq, bytes.WrittenSpan.ToArray());
        return true;
    }

    /// <summary>
    /// The same without an array for the bytes: they lie at the beginning of what <paramref name="into"/> gives, <paramref name="length"/> of them, and whoever takes them
    /// advances it by that. What cannot be read may have been written there in part.
    /// </summary>
    public static bool TryRead(Element element, int blockSize, IBufferWriter<byte> into, out uint seq, out int length, [NotNullWhen(false)] out StanzaError? error)
    {
        (error, seq, length) = (null, 0, 0);
        if (!element.Is(Namespaces.InBandBytestreams, "data")) error = Bad("not data");
        else if (element.Attribute("sid") is not { Length: > 0 }) error = Bad("no sid");
        else if (!uint.TryParse(element.Attribute("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out seq)) error = Bad("seq is not a number");
        else if (element.FirstChild is not null) error = Bad("an element inside the block");
        else error = Decode(element, blockSize, into, out length);
        return error is null;
    }

    /// <summary>The element for one block.</summary>
    public static Element ToElement(string sid, ushort seq, ReadOnlySpan<byte> block) => ToElement(sid, seq, block.IsEmpty ? null : new TextNode(Encode(block)));

    /// <summary>The same for a block that is in base64 already.</summary>
    public static Element ToElement(string sid, ushort seq, TextNode? base64) => new(
        Namespaces.InBandBytestreams,
        "data",
        ("sid", sid),
        ("seq", seq.ToString(CultureInfo.InvariantCulture)),
        base64);

    /// <summary>A block, not empty and in any number of pieces, in base64.</summary>
    public static TextNode Encode(in ReadOnlySequence<byte> block)
    {
        if (block.IsSingleSegment) return new TextNode(Encode(block.FirstSpan));
        var base64 = GC.AllocateUninitializedArray<byte>(Base64.GetMaxEncodedToUtf8Length(checked((int)block.Length)));
        Span<byte> carry = stackalloc byte[3]; // what three bytes are lacking at the end of a piece
        var (carried, at) = (0, 0);
        foreach (var piece in block)
        {
            var bytes = piece.Span;
            while (carried is 1 or 2 && !bytes.IsEmpty)
            {
                carry[carried++] = bytes[0];
                bytes = bytes[1..];
            }

            if (carried is 1 or 2) continue;
            at += EncodeTo(carry[..carried], base64.AsSpan(at));
            var whole = bytes.Length - (bytes.Length % 3);
            at += EncodeTo(bytes[..whole], base64.AsSpan(at));
            carried = bytes.Length - whole;
            bytes[whole..].CopyTo(carry);
        }

        EncodeTo(carry[..carried], base64.AsSpan(at));
        return new TextNode(base64);
    }

    private static byte[] Encode(ReadOnlySpan<byte> block)
    {
        var base64 = GC.AllocateUninitializedArray<byte>(Base64.GetMaxEncodedToUtf8Length(block.Length));
        EncodeTo(block, base64);
        return base64;
    }

    private static int EncodeTo(ReadOnlySpan<byte> bytes, Span<byte> base64)
    {
        Base64.EncodeToUtf8(bytes, base64, out _, out var written);
        return written;
    }

    private static StanzaError? Decode(Element element, int blockSize, IBufferWriter<byte> into, out int size) =>
        element.Nodes is [TextNode { Base64: { IsEmpty: false } base64 }] ? Decode(base64, blockSize, into, out size) : Decode(element.Text, blockSize, into, out size);

    private static StanzaError? Decode(ReadOnlySpan<byte> base64, int blockSize, IBufferWriter<byte> into, out int size)
    {
        size = base64.Length / 4 * 3 - (base64[^1] != (byte)'=' ? 0 : base64[^2] != (byte)'=' ? 1 : 2);
        if (base64.Length % 4 != 0) return Bad("the block is not base64");
        if (size > blockSize) return Bad("the block is larger than agreed");
        return Base64.DecodeFromUtf8(base64, into.GetSpan(size)[..size], out _, out var written) == OperationStatus.Done && written == size ? null : Bad("the block is not base64");
    }

    private static StanzaError? Decode(string text, int blockSize, IBufferWriter<byte> into, out int size)
    {
        var length = text.Length - CountWhiteSpace(text);
        size = length / 4 * 3 - Padding(text);
        if (length % 4 != 0 || size < 0) return Bad("the block is not base64");
        if (size > blockSize) return Bad("the block is larger than agreed");
        return Convert.TryFromBase64Chars(text, into.GetSpan(size)[..size], out var written) && written == size ? null : Bad("the block is not base64");
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
