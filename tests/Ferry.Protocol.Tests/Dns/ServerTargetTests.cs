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
}
