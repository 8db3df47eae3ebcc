using System.Security.Cryptography;
using Ferry.Testing;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Jingle;

/// <summary>Two clients and the embedded server: what arrives by Jingle, and how each side's transfer ends.</summary>
public sealed class JingleLoopbackTests
{
    private const string Socks5 = "s5b-direct";
    private const string Proxy = "s5b-proxy";
    private const string InBand = "ibb";
    private const string Difficult = "ünïcødé & <\"quotes'>; 100% 漢字 \u0301.tar.gz";

    [Theory]
    [InlineData(Socks5, 0, "empty")]
    [InlineData(Socks5, 1, "one")]
    [InlineData(Socks5, 3_000_000, "film.mkv")]
    [InlineData(Socks5, 70_000, Difficult)]
    [InlineData(Proxy, 0, "empty")]
    [InlineData(Proxy, 3_000_000, "film.mkv")]
    [InlineData(InBand, 0, "empty")]
    [InlineData(InBand, 1, "one")]
    [InlineData(InBand, 3_000_000, "film.mkv")]
    [InlineData(InBand, 70_000, Difficult)]
    public async Task A_file_arrives_whole_and_both_know_it(string method, int size, string name)
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: method == Proxy, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice", ByJingle);
        var bob = await harbour.ConnectAsync("bob", ByJingle);
        var path = harbour.File(name, size);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid, new SendOptions { Methods = [method] }).WaitAsync(Harbour.Patience);
        var received = await receiving;
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        (sent.Method, received.Method).ShouldBe((method, method));
        (sent.Offer, received.Offer).ShouldBe(("jingle", "jingle"));
        (sent.Bytes, received.Bytes).ShouldBe((size, size));
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        received.Name.ShouldBe(name);
        harbour.Received.ShouldBe([received.Name]);
    }

    internal static FerryOptions ByJingle(FerryOptions options) => options with { Offers = ["jingle"] };
}
