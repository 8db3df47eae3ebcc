namespace Ferry.Tests.Transfers;

/// <summary>Both ends by the proxy inside the embedded server.</summary>
public sealed class ByRelayTests
{
    /// <summary>
    /// Again and again, because it was one in a dozen that failed: the receiver took a late sign of life of its socket for the end of the stream
    /// and went while the sender was being activated.
    /// </summary>
    [Fact]
    public async Task File_after_file_arrives_whole()
    {
        await using var harbour = await Harbour.OpenAsync(withRelay: true, "alice", "bob");
        var alice = await harbour.ConnectAsync("alice");
        var bob = await harbour.ConnectAsync("bob");
        for (var i = 0; i < 80; i++)
        {
            var file = harbour.File($"f{i}", i % 3 == 0 ? 1 : 100_000 + i);
            var sending = alice.SendAsync(file, bob.Jid, new SendOptions { Methods = ["s5b-proxy"] });
            var received = await (await Harbour.NextOfferAsync(bob)).AcceptAsync(harbour.Inbox).WaitAsync(Harbour.Patience);
            received.Failure.ShouldBeNull();
            var sent = await sending.WaitAsync(Harbour.Patience);
            (sent.Failure, sent.Method).ShouldBe((null, "s5b-proxy"));
            (await File.ReadAllBytesAsync(received.Path!)).ShouldBe(await File.ReadAllBytesAsync(file));
        }
    }
}
