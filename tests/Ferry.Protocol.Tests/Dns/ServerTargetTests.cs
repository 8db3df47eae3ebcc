using Ferry.Protocol.Dns;

namespace Ferry.Protocol.Tests.Dns;

public sealed class ServerTargetTests
{
    [Theory]
    [InlineData("example.org:5222", "example.org", 5222, false)]
    [InlineData("xmpp:example.org:5222", "example.org", 5222, false)]
    [InlineData("xmpps:example.org:443", "example.org", 443, true)]
    [InlineData("127.0.0.1:1", "127.0.0.1", 1, false)]
    [InlineData("xmpps:[2001:db8::1]:65535", "2001:db8::1", 65535, true)]
    [InlineData("[::1]:5222", "::1", 5222, false)]
    public void Reads_and_writes(string text, string host, int port, bool direct)
    {
        ServerTarget.TryParse(text, out var target).ShouldBeTrue();
        target.ShouldBe(new ServerTarget(host, port, direct));
        ServerTarget.TryParse(target!.ToString(), out var again).ShouldBeTrue();
        again.ShouldBe(target);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":5222")]
    [InlineData("example.org")]
    [InlineData("example.org:")]
    [InlineData("example.org:0")]
    [InlineData("example.org:65536")]
    [InlineData("example.org:+1")]
    [InlineData("xmpp://example.org:5222")]
    [InlineData("http:example.org:5222")]
    [InlineData("::1:5222")]
    [InlineData("[example.org]:5222")]
    [InlineData("[::1:5222")]
    [InlineData("a b:5222")]
    public void Refuses(string text) => ServerTarget.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("other.example", false, "other.example:5222")]
    [InlineData("other.example", true, "xmpps:other.example:5223")]
    [InlineData(" other.example:9 ", false, "other.example:9")]
    [InlineData("192.0.2.1:9", true, "xmpps:192.0.2.1:9")]
    [InlineData("[2001:db8::1]:9", false, "[2001:db8::1]:9")]
    [InlineData("[2001:db8::1]", false, "[2001:db8::1]:5222")]
    [InlineData("2001:db8::1", false, "[2001:db8::1]:5222")]
    [InlineData(null, false, null)]
    [InlineData("", false, null)]
    [InlineData("xmpp:other.example:9", false, null)]
    [InlineData("other.example:0", false, null)]
    [InlineData("other example:9", false, null)]
    [InlineData("http://other.example/", false, null)]
    public void A_redirect_is_a_host_with_or_without_a_port(string? text, bool directTls, string? target)
    {
        ServerTarget.TryParseRedirect(text, directTls, out var read).ShouldBe(target is not null);
        (read?.ToString()).ShouldBe(target);
        ServerTarget.TryParseRedirect(new string('a', 301), directTls, out _).ShouldBeFalse();
    }
}
