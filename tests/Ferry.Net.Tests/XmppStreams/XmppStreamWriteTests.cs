using System.Text;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Xml;
using Ferry.Testing;

namespace Ferry.Net.Tests.XmppStreams;

public sealed class XmppStreamWriteTests
{
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

    [Fact]
    public async Task By_itself_it_is_one_write()
    {
        _stream.Append(Encoding.UTF8.GetBytes(new string('x', 100_000)));
        await _stream.FlushAsync(CancellationToken.None);
        _writes.ShouldHaveSingleItem().Length.ShouldBe(100_000);
    }
}
