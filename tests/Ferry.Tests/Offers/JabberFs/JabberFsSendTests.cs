using System.Security.Cryptography;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>Proposals to send between two clients at the embedded server: what arrives, and how each side's transfer ends.</summary>
public sealed class JabberFsSendTests
{
    private static readonly SendOptions ByJabberFs = new() { Offers = ["jabberfs"] };

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(1, "one")]
    [InlineData(3_000_000, "ünïcødé & <\"quotes'>; 100% 漢字.tar.gz")]
    public async Task A_file_arrives_whole_and_both_know_it(int size, string name)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        var path = harbour.File(name, size);
        var receiving = harbour.ReceiveAsync(bob);
        var sent = await alice.SendAsync(path, bob.Jid, ByJabberFs).WaitAsync(Harbour.Patience);
        var received = await receiving;
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));
        sent.Failure.ShouldBeNull();
        received.Failure.ShouldBeNull();
        (sent.Sha256, received.Sha256).ShouldBe((hash, hash));
        (sent.Offer, received.Offer).ShouldBe(("jabberfs", "jabberfs"));
        (sent.Bytes, received.Bytes).ShouldBe((size, size));
        (sent.VerifiedBy, received.VerifiedBy).ShouldBe(("sha-256", "sha-256"));
        (sent.Method, received.Method).ShouldBe(("tcp", "tcp"));
        (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(path));
        harbour.Received.ShouldBe([received.Name]);
    }
}
