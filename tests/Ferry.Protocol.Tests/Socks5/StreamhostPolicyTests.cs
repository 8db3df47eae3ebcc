using System.Net;
using Ferry.Protocol.Socks5;

namespace Ferry.Protocol.Tests.Socks5;

public class StreamhostPolicyTests
{
    private static readonly StreamhostPolicy Bare = new();

    [Theory]
    [InlineData("192.0.2.4", StreamhostVerdict.Allowed)]
    [InlineData("2001:db8::7", StreamhostVerdict.Allowed)]
    [InlineData("127.0.0.1", StreamhostVerdict.Loopback)]
    [InlineData("127.255.0.9", StreamhostVerdict.Loopback)]
    [InlineData("::1", StreamhostVerdict.Loopback)]
    [InlineData("::ffff:127.0.0.1", StreamhostVerdict.Loopback)]
    [InlineData("64:ff9b::7f00:1", StreamhostVerdict.Loopback)]
    [InlineData("2002:7f00:1::", StreamhostVerdict.Loopback)]
    [InlineData("::127.0.0.1", StreamhostVerdict.Loopback)]
    [InlineData("10.1.2.3", StreamhostVerdict.Private)]
    [InlineData("172.16.0.1", StreamhostVerdict.Private)]
    [InlineData("172.32.0.1", StreamhostVerdict.Allowed)]
    [InlineData("192.168.255.255", StreamhostVerdict.Private)]
    [InlineData("100.64.0.1", StreamhostVerdict.Private)]
    [InlineData("::ffff:10.1.2.3", StreamhostVerdict.Private)]
    [InlineData("fd00::1", StreamhostVerdict.Private)]
    [InlineData("fec0::1", StreamhostVerdict.Private)]
    [InlineData("169.254.169.254", StreamhostVerdict.LinkLocal)]
    [InlineData("fe80::1", StreamhostVerdict.LinkLocal)]
    [InlineData("fe80::1%3", StreamhostVerdict.LinkLocal)]
    [InlineData("0.0.0.0", StreamhostVerdict.Unspecified)]
    [InlineData("0.1.2.3", StreamhostVerdict.Unspecified)]
    [InlineData("::", StreamhostVerdict.Unspecified)]
    [InlineData("::ffff:0.0.0.0", StreamhostVerdict.Unspecified)]
    [InlineData("224.0.0.1", StreamhostVerdict.Multicast)]
    [InlineData("255.255.255.255", StreamhostVerdict.Multicast)]
    [InlineData("ff02::1", StreamhostVerdict.Multicast)]
    public void A_stranger_may_send_us_to_public_addresses_only(string address, StreamhostVerdict expected) =>
        Bare.Check(IPAddress.Parse(address), 5086).ShouldBe(expected);

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(22, false)]
    [InlineData(80, true)]
    [InlineData(443, true)]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    [InlineData(1080, true)]
    [InlineData(65535, true)]
    [InlineData(65536, false)]
    public void Low_ports_are_refused_but_for_the_web(int port, bool allowed)
    {
        StreamhostVerdict expected = allowed ? StreamhostVerdict.Allowed : StreamhostVerdict.Port;
        StreamhostPolicy.CheckPort(port).ShouldBe(expected);
        (Bare with { AllowLocal = true }).Check(IPAddress.Parse("192.0.2.4"), port).ShouldBe(expected);
    }

    [Fact]
    public void Loopback_is_for_a_loopback_connection()
    {
        StreamhostPolicy policy = Bare with { ConnectionIsLoopback = true, ServerAddress = IPAddress.Loopback };
        policy.Check(IPAddress.Loopback, 5086).ShouldBe(StreamhostVerdict.Allowed);
        policy.Check(IPAddress.IPv6Loopback, 5086).ShouldBe(StreamhostVerdict.Allowed);
        policy.Check(IPAddress.Parse("10.0.0.1"), 5086).ShouldBe(StreamhostVerdict.Private);
    }

    [Theory]
    [InlineData("10.9.9.9", StreamhostVerdict.Allowed)]
    [InlineData("192.168.1.1", StreamhostVerdict.Private)]
    [InlineData("127.0.0.1", StreamhostVerdict.Loopback)]
    [InlineData("169.254.1.1", StreamhostVerdict.LinkLocal)]
    public void A_private_address_is_fine_in_the_servers_range(string address, StreamhostVerdict expected) =>
        (Bare with { ServerAddress = IPAddress.Parse("10.0.0.5") }).Check(IPAddress.Parse(address), 5086).ShouldBe(expected);

    [Theory]
    [InlineData("192.168.7.7", StreamhostVerdict.Allowed)]
    [InlineData("10.9.9.9", StreamhostVerdict.Private)]
    [InlineData("fd01:2:3:4::1", StreamhostVerdict.Allowed)] // the same /48
    [InlineData("fd01:2:4::1", StreamhostVerdict.Private)]
    public void A_private_address_is_fine_in_a_range_of_ours(string address, StreamhostVerdict expected)
    {
        StreamhostPolicy policy = Bare with
        {
            OwnAddresses = [new OwnAddress(IPAddress.Parse("192.168.1.4"), 24), new OwnAddress(IPAddress.Parse("fd01:2:3::9"), 64)],
        };
        policy.Check(IPAddress.Parse(address), 5086).ShouldBe(expected);
    }

    [Fact]
    public void A_wide_network_of_ours_counts_as_near()
    {
        StreamhostPolicy policy = Bare with { OwnAddresses = [new OwnAddress(IPAddress.Parse("fd01:2:3::9"), 40)] };
        policy.Check(IPAddress.Parse("fd01:2:4::1"), 5086).ShouldBe(StreamhostVerdict.Allowed);
    }

    [Theory]
    [InlineData("127.0.0.1", StreamhostVerdict.Allowed)]
    [InlineData("10.1.2.3", StreamhostVerdict.Allowed)]
    [InlineData("169.254.1.1", StreamhostVerdict.Allowed)]
    [InlineData("0.0.0.0", StreamhostVerdict.Unspecified)]
    [InlineData("224.0.0.1", StreamhostVerdict.Multicast)]
    public void Allow_local_lets_local_addresses_pass_and_nothing_else(string address, StreamhostVerdict expected) =>
        (Bare with { AllowLocal = true }).Check(IPAddress.Parse(address), 5086).ShouldBe(expected);

    [Theory]
    [InlineData(false, "", "192.168.1.4 10.0.0.4 127.0.0.1 169.254.1.1 198.51.100.2 2001:db8::9 fd00::9 fe80::9 ::1",
        "198.51.100.2 2001:db8::9 192.168.1.4 10.0.0.4")]
    [InlineData(false, "10.0.0.1", "192.168.1.4 10.0.0.4 2001:db8::9", "10.0.0.4 2001:db8::9 192.168.1.4")]
    [InlineData(true, "127.0.0.1", "::1 127.0.0.1 192.168.1.4 10.0.0.4 2001:db8::9", "127.0.0.1 ::1 192.168.1.4 2001:db8::9")]
    [InlineData(false, "", "127.0.0.1 ::1 fe80::1 0.0.0.0", "")]
    [InlineData(false, "", "192.168.1.4 ::ffff:192.168.1.4", "192.168.1.4")]
    public void Offers_the_best_of_each_family_first_and_at_most_four(bool loopback, string server, string own, string expected)
    {
        StreamhostPolicy policy = new()
        {
            ConnectionIsLoopback = loopback,
            ServerAddress = server.Length == 0 ? null : IPAddress.Parse(server),
            OwnAddresses = [.. own.Split(' ').Select(a => new OwnAddress(IPAddress.Parse(a), 24))],
        };
        string.Join(' ', policy.ToOffer()).ShouldBe(expected);
    }
}
