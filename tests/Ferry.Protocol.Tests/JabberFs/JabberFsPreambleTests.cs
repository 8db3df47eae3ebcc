using System.Text;
using Ferry.Protocol.JabberFs;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.JabberFs;

public sealed class JabberFsPreambleTests
{
    private static readonly string Token = JabberFsPreamble.TokenOf([.. Enumerable.Range(0, 32).Select(i => (byte)(i * 7))]);

    [Fact]
    public void What_is_written_is_read_and_nothing_behind_it()
    {
        var bytes = JabberFsPreamble.Write(Token);
        bytes.Length.ShouldBe(JabberFsPreamble.Shortest);
        JabberFsPreamble.Read(bytes).ShouldBe(new JabberFsPreambleRead(Token, bytes.Length));
        JabberFsPreamble.Read([.. bytes, .. "file"u8]).ShouldBe(new JabberFsPreambleRead(Token, bytes.Length));
        JabberFsPreamble.Write(new string('x', 64)).Length.ShouldBe(JabberFsPreamble.Longest);
    }

    [Fact]
    public void It_may_come_in_pieces()
    {
        var bytes = JabberFsPreamble.Write(Token);
        for (var length = 0; length < bytes.Length; length++) JabberFsPreamble.Read(bytes.AsSpan(0, length)).ShouldBe(JabberFsPreambleRead.NeedMore);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("X")]
    [InlineData("JFS2 ")]
    [InlineData("JFS1 \n")]
    [InlineData("JFS1 short\n")]
    [InlineData("JFS1 a b")]
    [InlineData("JFS1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n")]
    [InlineData("JFS1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    [InlineData("JFS1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_preamble_is_known_at_once(string text) => JabberFsPreamble.Read(Encoding.ASCII.GetBytes(text)).IsNone.ShouldBeTrue();

    [Fact]
    public void However_the_bytes_are_cut_the_same_is_read() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte[] Bytes, byte Keep)>(), input =>
        {
            byte[] bytes = [.. JabberFsPreamble.Write(Token).Take(input.Keep % 52), .. input.Bytes];
            var whole = JabberFsPreamble.Read(bytes);
            for (var length = 0; length <= bytes.Length; length++)
            {
                var part = JabberFsPreamble.Read(bytes.AsSpan(0, length));
                if (part != JabberFsPreambleRead.NeedMore) return part == whole;
            }

            return whole == JabberFsPreambleRead.NeedMore && bytes.Length < JabberFsPreamble.Longest;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Tokens()
    {
        Token.Length.ShouldBe(43);
        JabberFsPreamble.IsToken(Token).ShouldBeTrue();
        JabberFsPreamble.IsToken(Token[1..]).ShouldBeFalse();
        JabberFsPreamble.IsToken(new string('a', 65)).ShouldBeFalse();
        JabberFsPreamble.IsToken(new string('=', 50)).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => JabberFsPreamble.TokenOf(new byte[31]));
        Should.Throw<ArgumentException>(() => JabberFsPreamble.Write("x"));
    }
}
