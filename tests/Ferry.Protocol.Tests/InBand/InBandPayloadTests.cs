using System.Buffers;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.InBand;

public sealed class InBandPayloadTests
{
    private static Element Data(string content, string rest = "sid='s' seq='0'") =>
        TestXml.Parse($"<data xmlns='{Namespaces.InBandBytestreams}' {rest}>{content}</data>");

    [Theory]
    [InlineData("sid='purplebe5f6c33' block-size='4096'", "purplebe5f6c33", 4096, InBandStanza.Iq)] // libpurple
    [InlineData("sid='7a7bde0fe5054f60a63adfbcfc22d6ae' stanza='iq' block-size='4096'", "7a7bde0fe5054f60a63adfbcfc22d6ae", 4096, InBandStanza.Iq)] // slixmpp
    [InlineData("block-size='4096' sid='ce1d6080cb524aa9abb5f2723df9cfe5' stanza='message'", "ce1d6080cb524aa9abb5f2723df9cfe5", 4096, InBandStanza.Message)]
    [InlineData("sid='s' block-size='1'", "s", 1, InBandStanza.Iq)]
    [InlineData("sid='s' block-size='65535'", "s", 65535, InBandStanza.Iq)]
    public void An_open_is_read(string attributes, string sid, int blockSize, InBandStanza stanza)
    {
        InBandOpen.TryParse(TestXml.Parse($"<open xmlns='{Namespaces.InBandBytestreams}' {attributes}/>"), out var open, out _).ShouldBeTrue();

        open.ShouldBe(new InBandOpen(sid, blockSize, stanza));
        InBandOpen.TryParse(TestXml.OverTheWire(open.ToElement()), out var again, out _).ShouldBeTrue();
        again.ShouldBe(open);
    }

    [Theory]
    [InlineData("block-size='4096'")]
    [InlineData("sid='' block-size='4096'")]
    [InlineData("sid='s'")]
    [InlineData("sid='s' block-size='0'")]
    [InlineData("sid='s' block-size='65536'")]
    [InlineData("sid='s' block-size='-1'")]
    [InlineData("sid='s' block-size='x'")]
    [InlineData("sid='s' block-size='1' stanza='presence'")]
    public void A_malformed_open_is_a_bad_request(string attributes)
    {
        InBandOpen.TryParse(TestXml.Parse($"<open xmlns='{Namespaces.InBandBytestreams}' {attributes}/>"), out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("QQ==", "A")]
    [InlineData("QUI=", "AB")]
    [InlineData("QUJD", "ABC")]
    [InlineData(" QU\tJD\r\nRA= =\n", "ABCD")]
    public void A_block_is_decoded(string content, string expected)
    {
        InBandData.TryParse(Data(content), 4, out var data, out _).ShouldBeTrue();

        System.Text.Encoding.ASCII.GetString(data.Bytes).ShouldBe(expected);
    }

    [Theory]
    [InlineData("QUJ")]
    [InlineData("QUJDRA")]
    [InlineData("Q===")]
    [InlineData("====")]
    [InlineData("=QUI")]
    [InlineData("QQ==QQ==")]
    [InlineData("QU-_")]
    [InlineData("QU%D")]
    [InlineData("QU\u00A0D")]
    [InlineData("QUJDREU=")] // five bytes, four are agreed
    [InlineData("QUJDREVG")]
    [InlineData("QU<x/>JD")]
    public void Anything_else_is_a_bad_request(string content)
    {
        InBandData.TryParse(Data(content), 4, out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Theory]
    [InlineData("seq='0'")]
    [InlineData("sid='s'")]
    [InlineData("sid='s' seq=''")]
    [InlineData("sid='s' seq='-1'")]
    [InlineData("sid='s' seq='4294967296'")]
    public void A_block_without_its_numbers_is_a_bad_request(string attributes)
    {
        InBandData.TryParse(Data("QUJD", attributes), 4096, out _, out var error).ShouldBeFalse();

        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void Conversations_counts_on_after_65535()
    {
        InBandData.TryParse(Data("QUJD", "sid='s' seq='65536'"), 4096, out var data, out _).ShouldBeTrue();

        data.Seq.ShouldBe(65536u);
    }

    [Fact]
    public void Blocks_of_every_length_survive_the_wire()
    {
        var random = new Random(3);
        for (var length = 0; length < 200; length++)
        {
            var block = new byte[length];
            random.NextBytes(block);
            var element = TestXml.OverTheWire(InBandData.ToElement("sid", (ushort)length, block));

            InBandData.TryParse(element, length, out var read, out _).ShouldBeTrue();
            read.Bytes.ShouldBe(block);
            read.Seq.ShouldBe((uint)length);
            if (length > 0) InBandData.TryParse(element, length - 1, out _, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_block_in_pieces_is_written_like_a_whole_one()
    {
        var random = new Random(5);
        for (var i = 0; i < 2000; i++)
        {
            var block = new byte[1 + random.Next(40)];
            random.NextBytes(block);
            InBandData.Encode(Pieces.Of(block, random)).Value.ShouldBe(Convert.ToBase64String(block));
        }
    }

    [Fact]
    public void What_is_read_is_left_to_the_caller_to_take()
    {
        var into = new ArrayBufferWriter<byte>();

        InBandData.TryRead(Data("QUJD"), 3, into, out var seq, out var length, out _).ShouldBeTrue();

        (seq, length, into.WrittenCount).ShouldBe((0u, 3, 0));
        into.Advance(length);
        into.WrittenSpan.ToArray().ShouldBe("ABC"u8.ToArray());
    }

    [Fact]
    public void A_close_is_read()
    {
        InBandClose.TryParse(TestXml.Parse("<close xmlns='http://jabber.org/protocol/ibb' sid='purple43939761'/>"), out var close, out _).ShouldBeTrue();
        close.Sid.ShouldBe("purple43939761");
        InBandClose.TryParse(TestXml.OverTheWire(close.ToElement()), out var again, out _).ShouldBeTrue();
        again.ShouldBe(close);
        InBandClose.TryParse(TestXml.Parse("<close xmlns='http://jabber.org/protocol/ibb'/>"), out _, out var error).ShouldBeFalse();
        error.Condition.ShouldBe(ErrorCondition.BadRequest);
    }

    [Fact]
    public void Nothing_that_arrives_makes_a_reader_throw()
    {
        var random = new RandomElements(4);
        var read = 0;
        for (var i = 0; i < 5000; i++)
        {
            var element = random.Next([Namespaces.InBandBytestreams], ["open", "data", "close"], ["sid", "seq", "block-size", "stanza"], depth: 1);
            if (InBandOpen.TryParse(element, out _, out var openError)) read++;
            else openError.ShouldNotBeNull();
            if (InBandData.TryParse(element, 4096, out _, out var dataError)) read++;
            else dataError.ShouldNotBeNull();
            if (InBandClose.TryParse(element, out _, out var closeError)) read++;
            else closeError.ShouldNotBeNull();
        }

        read.ShouldBeGreaterThan(0);
    }

    private sealed class Pieces : ReadOnlySequenceSegment<byte>
    {
        public static ReadOnlySequence<byte> Of(byte[] bytes, Random random)
        {
            var first = new Pieces();
            var last = first;
            for (var at = 0; at < bytes.Length;)
            {
                var length = random.Next(Math.Min(8, bytes.Length - at + 1));
                last.Memory = bytes.AsMemory(at, length);
                at += length;
                var next = new Pieces { RunningIndex = at };
                last.Next = next;
                last = next;
            }

            return new ReadOnlySequence<byte>(first, 0, last, 0);
        }
    }
}
