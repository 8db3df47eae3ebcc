using FsCheck;
using FsCheck.Fluent;
using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.Tests.Socks5;

public class Socks5CodecTests
{
    private const string Hash = "972b7bf47291ca609517f67f86b5081086052dad";

    private static readonly string HashHex = Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(Hash));

    [Fact]
    public void Writes_the_bytes_of_the_specification()
    {
        DestinationAddress.TryParse(Hash, out DestinationAddress? destination).ShouldBeTrue();
        Hex(Socks5Codec.WriteGreeting()).ShouldBe("050100");
        Hex(Socks5Codec.WriteMethodReply(accepted: true)).ShouldBe("0500");
        Hex(Socks5Codec.WriteMethodReply(accepted: false)).ShouldBe("05ff");
        Hex(Socks5Codec.WriteConnect(destination)).ShouldBe("0501000328" + HashHex + "0000");
        Socks5Codec.WriteConnect(destination).Length.ShouldBe(47);
        Hex(Socks5Codec.WriteReply(Socks5ReplyCode.HostUnreachable)).ShouldBe("05040003000000");
    }

    [Theory]
    [InlineData("0501000328{hash}0000")]
    [InlineData("0501000328{hash}1f90")]
    [InlineData("05010001c00002071f90")]
    [InlineData("050100042001 0db8000000000000000000000007 0050")]
    public void A_reply_echoes_the_request_byte_for_byte(string request)
    {
        byte[] bytes = Bytes(request);
        Socks5Request read = Socks5Codec.ReadRequest(bytes).Message.ShouldNotBeNull();
        byte[] reply = Socks5Codec.WriteReply(Socks5ReplyCode.Succeeded, read.Destination);
        bytes[1] = 0;
        reply.ShouldBe(bytes);
    }

    [Fact]
    public void Upper_case_digits_are_echoed_as_sent()
    {
        byte[] request = [5, 1, 0, 3, 40, .. System.Text.Encoding.ASCII.GetBytes(Hash.ToUpperInvariant()), 0, 0];
        Socks5Request read = Socks5Codec.ReadRequest(request).Message.ShouldNotBeNull();
        Socks5Codec.WriteReply(Socks5ReplyCode.Succeeded, read.Destination).AsSpan(5, 40).ToArray().ShouldBe(request[5..45]);
        DestinationAddress.TryParse(read.Destination.Bytes.Span, out DestinationAddress? destination).ShouldBeTrue();
        destination.Value.ShouldBe(Hash);
    }

    /// <summary>message, parser, what it is</summary>
    public static TheoryData<string, string, string> Messages => new()
    {
        { "greeting", "050100", "1 method, none: True" },
        { "greeting", "05020200", "2 method, none: True" },
        { "greeting", "050102", "1 method, none: False" },
        { "greeting", "05ff" + string.Concat(Enumerable.Repeat("02", 254)) + "00", "255 method, none: True" },
        { "greeting", "0500", "NoMethods" },
        { "greeting", "0401", "Version" },
        { "greeting", "1603", "Version" },
        { "request", "0501000328{hash}0000", "Connect DomainName {hash} 0" },
        { "request", "0503000328{hash}0001", "UdpAssociate DomainName {hash} 1" },
        { "request", "05010001c00002071f90", "Connect IPv4 c0000207 8080" },
        { "request", "0501000420010db80000000000000000000000070050", "Connect IPv6 20010db8000000000000000000000007 80" },
        { "request", "05010003000000", "Connect DomainName  0" },
        { "request", "050100020000", "AddressType" },
        { "request", "050100", "more" },
        { "request", "04010050", "Version" },
        { "method", "0500", "True" },
        { "method", "05ff", "False" },
        { "method", "0502", "False" },
        { "method", "4854", "Version" },
        { "reply", "0500000328{hash}0000", "Succeeded DomainName {hash} 0" },
        { "reply", "0500000309" + "3132372e302e302e31" + "1f90", "Succeeded DomainName 3132372e302e302e31 8080" },
        { "reply", "0500000100000000" + "0000", "Succeeded IPv4 00000000 0" },
        { "reply", "05000004" + "20010db8000000000000000000000007" + "0050", "Succeeded IPv6 20010db8000000000000000000000007 80" },
        { "reply", "05000003000000", "Succeeded DomainName  0" },
        { "reply", "0501", "GeneralFailure" },
        { "reply", "05010003000000", "GeneralFailure" },
        { "reply", "0504000328{hash}0000", "HostUnreachable" },
        { "reply", "05000009", "AddressType" },
        { "reply", "0600", "Version" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Every_split_gives_the_same(string parser, string message, string expected)
    {
        byte[] bytes = Bytes(message);
        for (int extra = 0; extra < 3; extra++)
        {
            byte[] given = [.. bytes, .. new byte[extra]];
            if (extra > 0 && expected == "more")
            {
                continue;
            }

            Read(parser, given).Text.ShouldBe(expected.Replace("{hash}", HashHex, StringComparison.Ordinal));
        }

        ReadAsNeeded(parser, bytes).ShouldBe(Read(parser, bytes).Text);
        for (int length = 0; length < bytes.Length; length++)
        {
            Outcome early = Read(parser, bytes[..length]);
            if (early.Text == "more")
            {
                early.Needed.ShouldBeGreaterThan(length);
            }
            else
            {
                early.Text.ShouldBe(Read(parser, bytes).Text);
                early.Consumed.ShouldBeLessThanOrEqualTo(length);
            }
        }
    }

    [Theory]
    [InlineData("greeting")]
    [InlineData("request")]
    [InlineData("method")]
    [InlineData("reply")]
    public void Random_bytes_never_throw_and_reading_as_needed_takes_no_more_than_the_message(string parser) =>
        Prop.ForAll(
            Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(300)
                .SelectMany(tail => Gen.Elements<byte[]>([], [5], [5, 1], [5, 0, 0, 1], [5, 1, 0, 3], [5, 0, 0, 4], [5, 255]).Select(head => (byte[])[.. head, .. tail]))
                .ToArbitrary(),
            bytes =>
            {
                Outcome whole = Read(parser, bytes);
                whole.Text.ShouldNotBe("more");
                whole.Consumed.ShouldBeLessThanOrEqualTo(Socks5Codec.MaxRequest);
                ReadAsNeeded(parser, bytes).ShouldBe(whole.Text);
            }).QuickCheckThrowOnFailure();

    /// <summary>Reads as a socket's reader does: never a byte more than was asked for.</summary>
    private static string ReadAsNeeded(string parser, byte[] bytes)
    {
        int have = 0;
        while (true)
        {
            Outcome outcome = Read(parser, bytes[..have]);
            if (outcome.Text != "more" || outcome.Needed > bytes.Length)
            {
                if (outcome.Consumed > 0)
                {
                    outcome.Consumed.ShouldBe(have);
                }

                return outcome.Text;
            }

            outcome.Needed.ShouldBeInRange(have + 1, Socks5Codec.MaxRequest);
            have = outcome.Needed;
        }
    }

    private static Outcome Read(string parser, byte[] bytes) => parser switch
    {
        "greeting" => From(Socks5Codec.ReadGreeting(bytes), m => $"{m.MethodCount} method, none: {m.OffersNoAuthentication}"),
        "request" => From(Socks5Codec.ReadRequest(bytes), m => $"{m.Command} {Text(m.Destination)}"),
        "method" => From(Socks5Codec.ReadMethodReply(bytes), m => m.Accepted.ToString()),
        _ => From(Socks5Codec.ReadReply(bytes), m => m.Bound is null ? m.Code.ToString() : $"{m.Code} {Text(m.Bound)}"),
    };

    private static Outcome From<T>(Socks5Read<T> read, Func<T, string> text)
        where T : class =>
        new(read.Message is { } message ? text(message) : read.Violation?.ToString() ?? "more", read.Consumed, read.Needed);

    private static string Text(Socks5Address address) =>
        $"{address.Type} {Convert.ToHexStringLower(address.Bytes.Span)} {address.Port}";

    private static byte[] Bytes(string hex) =>
        Convert.FromHexString(hex.Replace("{hash}", HashHex, StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed record Outcome(string Text, int Consumed, int Needed);
}
