using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> by Jingle where SOCKS5 is agreed on and fails: Ferry replaces the transport, and the others go along.</summary>
public sealed class JingleFallbackTests(ProsodyServer server, LiberviaBackend libervia)
{
    [Fact]
    public async Task Gajim_goes_over_to_in_band()
    {
        await using var receiver = await GajimPeer.LogIn(server, await server.CreateAccount("receiver"));
        await GoesOver(receiver);
    }

    [Fact]
    public async Task Libervia_goes_over_to_in_band()
    {
        await using var receiver = await LiberviaPeer.LogIn(libervia, server, await server.CreateAccount("receiver"));
        await GoesOver(receiver);
    }

    private async Task GoesOver(IPeer receiver)
    {
        using var file = new SampleFile(100_000);
        await receiver.Receive("jingle");
        // By a proxy alone, of which there is none here.
        string[] options = ["--offer", "jingle", "--via", "s5b-proxy,ibb", "--proxy", "nowhere.localhost"];
        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, options);

        var done = await sender.Done();
        done.GetProperty("method").GetString().ShouldBe("ibb");
        sender.Describe("").ShouldContain("\"method\":\"s5b-proxy\",\"result\":\"failed\"");
        var received = await receiver.Next("received", "failed");
        received.GetProperty("type").GetString().ShouldBe("received", receiver.Describe("not received"));
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }
}
