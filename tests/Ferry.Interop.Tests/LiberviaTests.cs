using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> to Libervia, beside the crossings: what it makes of the hash that it is told.</summary>
public sealed class LiberviaTests(ProsodyServer server, LiberviaBackend libervia)
{
    [Theory]
    [InlineData("s5b-direct")]
    [InlineData("ibb")]
    public async Task It_compares_what_arrived_with_our_hash_at_once(string method)
    {
        using var file = new SampleFile(100_000);
        await using var receiver = await LiberviaPeer.LogIn(libervia, server, await server.CreateAccount("receiver"));
        await receiver.Receive();

        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, "--offer", "jingle", "--via", method);

        var done = await sender.Done();
        var received = await receiver.Next("received", "failed");
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256, receiver.Describe("not received"));
        var found = received.GetProperty("metadata");
        (found.GetProperty("hash").GetString(), found.GetProperty("hash_verified").GetString()).ShouldBe((file.Sha256, "true"));
        done.GetProperty("verified").GetBoolean().ShouldBeFalse(); // it would have said success in any case
    }
}
