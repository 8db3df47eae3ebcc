using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>The harness without Ferry: libpurple to libpurple through each server. What fails here is no fault of Ferry's.</summary>
public sealed class PurpleHarnessTests(ProsodyServer prosody, EjabberdServer ejabberd, PurpleProgram purple)
{
    [Theory]
    [InlineData("Prosody")]
    [InlineData("ejabberd")]
    public async Task A_file_goes_from_libpurple_to_libpurple(string at)
    {
        IXmppServer server = at == prosody.Name ? prosody : ejabberd;
        using var file = new SampleFile(3_000_000, "Ünï çødé \"q\" & <x> 'y'.bin");
        await using var sender = await PurplePeer.LogIn(purple, server, await server.CreateAccount("sender"));
        await using var receiver = await PurplePeer.LogIn(purple, server, await server.CreateAccount("receiver"));
        await receiver.Receive("si");

        await sender.Send(receiver.Jid, file.FilePath, "si", "s5b-direct");

        (await receiver.Next("offered", "failed")).GetProperty("name").GetString().ShouldBe(Path.GetFileName(file.FilePath), receiver.Describe("another name"));
        var received = await receiver.Next("received", "failed");
        received.GetProperty("type").GetString().ShouldBe("received", receiver.Describe("not received"));
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", sender.Describe("not sent"));
    }
}
