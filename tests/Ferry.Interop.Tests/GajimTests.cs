using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> to Gajim 1.7.3 as Debian has it, beside the crossings, where a plugin lets it take files.</summary>
public sealed class GajimTests(ProsodyServer server)
{
    [Fact]
    public async Task As_Debian_has_it_it_never_answers_and_Ferry_gives_up_by_its_name()
    {
        using var file = new SampleFile(1);
        await using var receiver = await GajimPeer.LogIn(server, await server.CreateAccount("receiver"), receiving: false);
        await receiver.Receive("jingle");

        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, "--offer", "jingle", "--timeout", "5");

        (await receiver.Next("fault")).GetProperty("text").GetString()!.ShouldContain("'file_props'");
        (await sender.Failed()).GetProperty("reason").GetString().ShouldBe("timeout", sender.Describe("another reason"));
    }
}
