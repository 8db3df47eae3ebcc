using System.Text;
using Ferry.Protocol.Socks5;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Socks5;

public class ServerHandshakeTests
{
    private static readonly DestinationAddress Known = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");

    [Fact]
    public void A_client_of_a_bytestream_is_greeted_and_asked_about()
    {
        (string replies, DestinationAddress? destination, bool ends) = Feed([.. Socks5Codec.WriteGreeting(), .. Socks5Codec.WriteConnect(Known)]);
        replies.ShouldBe("0500");
        destination.ShouldBe(Known);
        ends.ShouldBeFalse();
    }

    [Theory]
    [InlineData("04", "")]
    [InlineData("0500", "")]
    [InlineData("050102", "05ff")]
    [InlineData("050100" + "05010009", "0500" + "05080003000000")]
    [InlineData("050100" + "0503000100000000" + "0000", "0500" + "0507000100000000" + "0000")]
    [InlineData("050100" + "0501000100000000" + "0000", "0500" + "0504000100000000" + "0000")]
    [InlineData("050100" + "05010003024142" + "0001", "0500" + "05040003024142" + "0001")]
    public void What_is_no_bytestream_is_answered_as_far_as_it_can_be_and_ended(string sent, string answered)
    {
        (string replies, DestinationAddress? destination, bool ends) = Feed(Convert.FromHexString(sent));
        (replies, destination, ends).ShouldBe((answered, null, true));
    }

    [Fact]
    public void The_answer_repeats_the_address_that_was_asked_for()
    {
        var machine = new ServerHandshake();
        machine.Take(Socks5Codec.WriteGreeting()).Reply.ToArray().ShouldBe([5, 0]);
        byte[] upper = [5, 1, 0, 3, 40, .. Encoding.ASCII.GetBytes(Known.Value.ToUpperInvariant()), 0x1F, 0x4A];
        byte[] answer = machine.Take(upper).Answer(Socks5ReplyCode.NotAllowed);
        upper[1] = 2;
        answer.ShouldBe(upper);
    }

    /// <summary>Any bytes: it ends, never throws, and never wants more than a message can have.</summary>
    [Fact]
    public void Any_bytes_come_to_an_end() => Prop
        .ForAll<byte[], bool>((bytes, wellBegun) =>
            Feed(wellBegun ? [5, 1, 0, 5, 1, 0, 3, .. bytes] : bytes).Replies.Length <= 2 * (2 + Socks5Codec.MaxRequest))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    private static (string Replies, DestinationAddress? Destination, bool Ends) Feed(byte[] bytes)
    {
        var machine = new ServerHandshake();
        var replies = new StringBuilder();
        int start = 0, have = 0;
        while (true)
        {
            ServerHandshakeStep step = machine.Take(bytes.AsSpan(start, have));
            if (step.Needed > 0)
            {
                step.Needed.ShouldBeInRange(have + 1, Socks5Codec.MaxRequest);
                // As a socket does: not more than asked for, and less where there is less.
                int there = Math.Min(step.Needed, bytes.Length - start);
                if (there == have)
                {
                    return (replies.ToString(), null, false);
                }

                have = there;
                continue;
            }

            replies.Append(Convert.ToHexStringLower(step.Reply.Span));
            if (step.Ends || step.Destination is not null)
            {
                return (replies.ToString(), step.Destination, step.Ends);
            }

            start += have;
            have = 0;
        }
    }
}
