using System.Text;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.Tests.Xml;

public sealed class StanzaFramerTests
{
    private const string Open = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to=\"a>b\">";

    private const string Whole = "\uFEFF" + Open +
        "<a/> \n<b x='>' y=\"/>\"><c/>te'xt\"></b>\t<d><![CDATA[<e></e>]]]]><![CDATA[>]]></d><é>\U0001F600</é></stream:stream>";

    private static readonly string[] WholeFrames =
    [
        "StreamOpen <stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to=\"a>b\">",
        "Stanza <a/>",
        "Stanza <b x='>' y=\"/>\"><c/>te'xt\"></b>",
        "Stanza <d><![CDATA[<e></e>]]]]><![CDATA[>]]></d>",
        "Stanza <é>\U0001F600</é>",
        "StreamClose </stream:stream>",
    ];

    [Fact]
    public void Frames_are_the_same_wherever_the_bytes_are_cut()
    {
        var bytes = Encoding.UTF8.GetBytes(Whole);
        for (var cut = 0; cut <= bytes.Length; cut++) string.Join("|", Frames(bytes, cut, bytes.Length)).ShouldBe(string.Join("|", WholeFrames), $"cut at {cut}");
        for (var size = 1; size < 8; size++)
        {
            string.Join("|", Frames(bytes, Enumerable.Range(1, bytes.Length).Where(i => i % size == 0).ToArray())).ShouldBe(string.Join("|", WholeFrames), $"pieces of {size}");
        }
    }

    [Theory]
    [InlineData("<a><!-- x --></a>", StreamCondition.RestrictedXml)]
    [InlineData("<!-- x -->", StreamCondition.RestrictedXml)]
    [InlineData("<!DOCTYPE x>", StreamCondition.RestrictedXml)]
    [InlineData("<a><!DOCTYPE x></a>", StreamCondition.RestrictedXml)]
    [InlineData("<![CDATA[x]]>", StreamCondition.RestrictedXml)]
    [InlineData("<?php x?>", StreamCondition.RestrictedXml)]
    [InlineData("<a><?php x?></a>", StreamCondition.RestrictedXml)]
    [InlineData("<?xml version='1.0'?>", StreamCondition.RestrictedXml)]
    [InlineData("text", StreamCondition.InvalidXml)]
    [InlineData("\u0001", StreamCondition.InvalidXml)]
    public void What_XMPP_forbids_is_refused(string after, StreamCondition expected)
    {
        foreach (var size in (int[])[1, 1000])
        {
            Violation(Open + after, size).ShouldNotBeNull().Condition.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("x", StreamCondition.NotWellFormed)]
    [InlineData("</a>", StreamCondition.NotWellFormed)]
    [InlineData("<stream:stream/>", StreamCondition.NotWellFormed)]
    [InlineData("<?xml-stylesheet href='x'?>", StreamCondition.RestrictedXml)]
    [InlineData("<?xml version='1.0'?><?xml version='1.0'?>", StreamCondition.RestrictedXml)]
    [InlineData(" <?xml version='1.0'?>", StreamCondition.RestrictedXml)]
    [InlineData("<!DOCTYPE x>", StreamCondition.RestrictedXml)]
    [InlineData("\u00EFabc", StreamCondition.NotWellFormed)]
    public void What_is_no_stream_is_refused(string text, StreamCondition expected) => Violation(text, 1).ShouldNotBeNull().Condition.ShouldBe(expected);

    [Fact]
    public void A_violation_is_final_until_the_stream_begins_anew()
    {
        var framer = new StanzaFramer(XmlLimits.Default);
        framer.Next("x"u8).Kind.ShouldBe(FrameKind.Violation);
        framer.Next("<a>"u8).Kind.ShouldBe(FrameKind.Violation);
        framer.Reset();
        framer.Next("<a>"u8).ShouldBe(new Frame(FrameKind.StreamOpen, 3));
    }

    [Fact]
    public void Keep_alives_are_dropped_at_once_and_never_grow()
    {
        var framer = new StanzaFramer(new XmlLimits(100));
        framer.Next("<s>"u8).Kind.ShouldBe(FrameKind.StreamOpen);
        framer.Next(new byte[10_000].Select(_ => (byte)' ').ToArray()).ShouldBe(new Frame(FrameKind.Filler, 10_000));
        framer.Next(" \r\n\t<a/>"u8).ShouldBe(new Frame(FrameKind.Filler, 4));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_stanza_may_have_the_most_bytes_and_no_more(int length, bool allowed)
    {
        var stanza = "<a>" + new string('x', length - 7) + "</a>";
        foreach (var size in (int[])[1, 7, 1000])
        {
            var violation = Violation("<s>" + stanza, size, new XmlLimits(100));
            (violation is null).ShouldBe(allowed);
            if (!allowed) violation!.Condition.ShouldBe(StreamCondition.PolicyViolation);
        }
    }

    [Fact]
    public void A_stanza_that_does_not_end_is_cut_off_at_the_limit() =>
        Violation("<s><a x='" + new string('y', 1000), 1, new XmlLimits(100)).ShouldNotBeNull().Condition.ShouldBe(StreamCondition.PolicyViolation);

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void Elements_may_be_as_deep_as_allowed(int depth, bool allowed)
    {
        var stanza = string.Concat(Enumerable.Repeat("<a>", depth)) + string.Concat(Enumerable.Repeat("</a>", depth));
        (Violation("<s>" + stanza, 1, new XmlLimits(MaxDepth: 3)) is null).ShouldBe(allowed);
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_come_out_longer_than_they_are()
    {
        const string Alphabet = "<>/'\"!?[]-xml CDATA:=\n\u00EF\u0000";
        var random = new Random(7);
        for (var run = 0; run < 3000; run++)
        {
            var text = (random.Next(2) == 0 ? "<s>" : "") + new string(Enumerable.Range(0, random.Next(80)).Select(_ => Alphabet[random.Next(Alphabet.Length)]).ToArray());
            var bytes = Encoding.UTF8.GetBytes(text);
            // The same bytes cut in two ways give the same frames.
            string.Join("|", Frames(bytes, bytes.Length)).ShouldBe(string.Join("|", Frames(bytes, Enumerable.Range(1, bytes.Length).ToArray())), text);
        }
    }

    private static XmlViolation? Violation(string text, int size, XmlLimits? limits = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Run(bytes, [.. Enumerable.Range(1, bytes.Length).Where(i => i % size == 0), bytes.Length], limits ?? XmlLimits.Default).Violation;
    }

    private static List<string> Frames(byte[] bytes, params int[] cuts)
    {
        var (frames, violation) = Run(bytes, [.. cuts, bytes.Length], XmlLimits.Default);
        if (violation is not null) frames.Add(violation.Condition.ToString());
        return frames;
    }

    // Shows the framer the bytes as they would arrive: those not consumed, up to each cut.
    private static (List<string> Frames, XmlViolation? Violation) Run(byte[] bytes, int[] cuts, XmlLimits limits)
    {
        var framer = new StanzaFramer(limits);
        var frames = new List<string>();
        var start = 0;
        foreach (var end in cuts)
        {
            while (true)
            {
                var frame = framer.Next(bytes.AsSpan(start, Math.Max(0, end - start)));
                if (frame.Kind == FrameKind.Violation) return (frames, frame.Violation);
                if (frame.Kind == FrameKind.NeedMore) break;
                frame.Length.ShouldBeInRange(1, end - start);
                if (frame.Kind != FrameKind.Filler) frames.Add($"{frame.Kind} {Encoding.UTF8.GetString(bytes, start, frame.Length)}");
                start += frame.Length;
                if (frame.Kind == FrameKind.StreamClose) return (frames, null);
            }
        }

        return (frames, null);
    }
}
