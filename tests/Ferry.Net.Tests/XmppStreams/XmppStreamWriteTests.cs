using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Xml;
using Ferry.Testing;

namespace Ferry.Net.Tests.XmppStreams;

public sealed partial class XmppStreamWriteTests
{
    [GeneratedRegex(" +(?=<iq|$)")]
    private static partial Regex Gaps { get; }

    private readonly List<string> _writes = [];
    private readonly XmppStream _stream;

    public XmppStreamWriteTests() => _stream = new XmppStream(
        new ScriptedStream
        {
            OnWrite = bytes =>
            {
                _writes.Add(Encoding.UTF8.GetString(bytes.Span));
                return ValueTask.CompletedTask;
            },
        },
        XmlLimits.Default,
        Namespaces.Client);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(1234)]
    public async Task Filled_up_it_leaves_in_full_pieces_with_nothing_but_spaces_at_the_end(int length)
    {
        var text = new string('x', length);
        _stream.PieceBytes = 100;
        _stream.Append(Encoding.UTF8.GetBytes(text));
        _stream.Fill(100);
        await _stream.FlushAsync(CancellationToken.None);
        _writes.Count.ShouldBe((length + 99) / 100);
        _writes.ShouldAllBe(write => write.Length == 100);
        string.Concat(_writes).TrimEnd(' ').ShouldBe(text);
        _stream.PendingBytes.ShouldBe(0);
    }

    [Fact]
    public async Task Unfilled_only_the_last_piece_is_short()
    {
        _stream.PieceBytes = 100;
        _stream.Append(Encoding.UTF8.GetBytes(new string('x', 250)));
        await _stream.FlushAsync(CancellationToken.None);
        _writes.Select(write => write.Length).ShouldBe([100, 100, 50]);
    }

    /// <summary>Prosody that resumes a stream goes on with what the last whole record left it, and cannot in the middle of a tag.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_record_ends_within_a_stanza_that_fits_into_one_nor_within_the_tags_of_a_longer(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            _writes.Clear();
            _stream.PieceBytes = random.Next(300, 700);
            var blocks = Enumerable.Range(0, random.Next(1, 20)).Select(_ => Block(random.Next(1, 1500))).ToList();
            blocks.ForEach(_stream.Append);
            _stream.Fill(_stream.PieceBytes);
            await _stream.FlushAsync(CancellationToken.None);
            _writes.ShouldAllBe(write => write.Length == _stream.PieceBytes);
            Gaps.Replace(string.Concat(_writes), "").ShouldBe(string.Concat(blocks.Select(Text)));
            foreach (var (end, next) in _writes.Zip(_writes.Skip(1)))
            {
                if (end.TrimEnd().EndsWith("</iq>", StringComparison.Ordinal)) next.TrimStart().ShouldStartWith("<iq");
                else (end[^1], next[0]).ShouldBe(('x', 'x'));
            }

            foreach (var whole in blocks.Select(Text).Where(text => text.Length <= _stream.PieceBytes)) _writes.ShouldContain(write => write.Contains(whole));
        }
    }

    [Fact]
    public async Task By_itself_it_is_one_write()
    {
        _stream.Append(Encoding.UTF8.GetBytes(new string('x', 100_000)));
        await _stream.FlushAsync(CancellationToken.None);
        _writes.ShouldHaveSingleItem().Length.ShouldBe(100_000);
    }

    private static Element Block(int length) => new(Namespaces.Client, "iq", ("id", "a"), ("type", "set"), new Element("urn:d", "data", new string('x', length)));

    private static string Text(Element element)
    {
        var output = new ArrayBufferWriter<byte>();
        ElementWriter.Write(element, output, Namespaces.Client, streamPrefix: true);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
