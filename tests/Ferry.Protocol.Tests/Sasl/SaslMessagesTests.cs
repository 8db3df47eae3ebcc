using Ferry.Protocol.Sasl;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Sasl;

public sealed class SaslMessagesTests
{
    [Fact]
    public void Plain_goes_both_ways()
    {
        var message = new PlainMessage("", "user", "pencil").Encode();
        message.ShouldBe("\0user\0pencil");
        PlainMessage.TryParse(message, out var read).ShouldBeTrue();
        read.ShouldBe(new PlainMessage("", "user", "pencil"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user\0pencil")]
    [InlineData("\0user\0")]
    [InlineData("\0\0pencil")]
    [InlineData("\0user\0pencil\0")]
    public void Malformed_plain_is_not_read(string message) => PlainMessage.TryParse(message, out _).ShouldBeFalse();

    [Fact]
    public void Plain_parts_are_bounded()
    {
        PlainMessage.TryParse($"\0user\0{new string('x', PlainMessage.MaxPartLength)}", out _).ShouldBeTrue();
        PlainMessage.TryParse($"\0user\0{new string('x', PlainMessage.MaxPartLength + 1)}", out _).ShouldBeFalse();
    }

    [Fact]
    public void Plain_cannot_smuggle_a_part() =>
        Should.Throw<ArgumentException>(() => new PlainMessage("", "user\0admin", "pencil").Encode());

    [Theory]
    [InlineData("", "=")]
    [InlineData("n,,", "biws")]
    [InlineData("\u00E4", "w6Q=")]
    public void Payloads_go_both_ways(string message, string payload)
    {
        SaslPayload.Encode(message).ShouldBe(payload);
        SaslPayload.TryDecode(payload, out var read).ShouldBeTrue();
        read.ShouldBe(message);
    }

    [Fact]
    public void An_absent_payload_is_an_empty_message()
    {
        SaslPayload.TryDecode("", out var read).ShouldBeTrue();
        read.ShouldBe("");
    }

    [Theory]
    [InlineData("b")]
    [InlineData("biws!")]
    [InlineData("/w==")]
    [InlineData("==")]
    public void Malformed_payloads_are_not_read(string payload) => SaslPayload.TryDecode(payload, out _).ShouldBeFalse();

    [Fact]
    public void Payloads_are_bounded()
    {
        SaslPayload.TryDecode(new string('A', SaslPayload.MaxLength), out _).ShouldBeTrue();
        SaslPayload.TryDecode(new string('A', SaslPayload.MaxLength + 4), out _).ShouldBeFalse();
    }

    [Fact]
    public void No_text_from_a_peer_throws() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            text ??= "";
            _ = SaslPayload.TryDecode(text, out _);
            _ = PlainMessage.TryParse(text, out _);
            _ = ScramCredentials.TryParse(text, out _);
            var sha1 = new ScramMechanism(ScramHash.Sha1, Plus: false);
            ScramPair.Client(sha1).HandleServerFirst(text).ShouldBeOfType<SaslStep.Failed>();
            ScramPair.Client(sha1).HandleServerFirst($"r={ScramPair.ClientNonce}{text}").ShouldBeOfType<SaslStep.Failed>();
            new ScramServer(sha1, ScramPair.ServerNonce, ScramPair.ServerOptions).HandleClientFirst(text);
            new ScramServer(sha1, ScramPair.ServerNonce, ScramPair.ServerOptions).HandleClientFirst($"n,,n={text},r={text}");
        }).QuickCheckThrowOnFailure();
}
