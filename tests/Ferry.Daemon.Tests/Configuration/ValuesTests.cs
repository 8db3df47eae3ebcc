using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Tests.Configuration;

public sealed class ValuesTests
{
    [Theory]
    [InlineData("1", 1L)]
    [InlineData("500 MB", 500_000_000L)]
    [InlineData("2GiB", 2147483648L)]
    [InlineData("1.5 kb", 1500L)]
    [InlineData("10 B", 10L)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("1e9", null)]
    [InlineData("", null)]
    [InlineData("MB", null)]
    [InlineData("1 XB", null)]
    [InlineData("99999999999999999999", null)]
    public void Bytes(string text, long? bytes) => (Values.Bytes(text, out var value) ? value : (long?)null).ShouldBe(bytes);

    [Theory]
    [InlineData("90", 90.0)]
    [InlineData("90s", 90.0)]
    [InlineData("1.5m", 90.0)]
    [InlineData("2H", 7200.0)]
    [InlineData("1d", 86400.0)]
    [InlineData("250ms", 0.25)]
    [InlineData("0", null)]
    [InlineData("1w", null)]
    [InlineData("400d", null)]
    public void Durations(string text, double? seconds) => (Values.Duration(text, out var value) ? value.TotalSeconds : (double?)null).ShouldBe(seconds);

    [Theory]
    [InlineData("localhost:5347", "localhost", 5347)]
    [InlineData("[::1]:1", "::1", 1)]
    [InlineData("example.org:65535", "example.org", 65535)]
    [InlineData("example.org", null, 0)]
    [InlineData("example.org:0", null, 0)]
    [InlineData("example.org:65536", null, 0)]
    [InlineData("::1:5347", null, 0)]
    [InlineData("a b:1", null, 0)]
    [InlineData(":1", null, 0)]
    public void Hosts_with_ports(string text, string? host, int port)
    {
        var read = Values.HostPort(text, out var value);
        read.ShouldBe(host is not null);
        if (read) (value!.Host, value.Port).ShouldBe((host, port));
    }

    [Theory]
    [InlineData("example.org", true)]
    [InlineData("carol@example.org", true)]
    [InlineData("carol@example.org/phone", false)]
    [InlineData("@", false)]
    public void Addresses(string text, bool right) => Values.Address(text, out _).ShouldBe(right);

    [Theory]
    [InlineData("https://relay.example.org/files/", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("ftp://x/", false)]
    [InlineData("https://u:p@x/", false)]
    [InlineData("https://x/?q", false)]
    [InlineData("/x", false)]
    public void Urls(string text, bool right) => Values.Url(text, out _).ShouldBe(right);
}
