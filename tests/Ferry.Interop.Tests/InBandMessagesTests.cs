using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send --ibb-messages</c>: the blocks go in messages, which slixmpp alone of the living clients takes (XEP-0047 section 4). With an offer they are crossings.</summary>
public sealed class InBandMessagesTests(ProsodyServer server)
{
    [Theory]
    [InlineData("none", 0)]
    [InlineData("none", 3_000_000)]
    public async Task A_file_arrives_in_messages(string offer, int size)
    {
        using var file = new SampleFile(size);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive(offer, "ibb");

        await using var sender = FerryProcess.Send(
            server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, ["--offer", offer, "--via", "ibb", "--ibb-messages"]);

        (await sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await receiver.Next("received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.ExitCode()).ShouldBe(0);
    }
}
