using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> to slixmpp through Prosody, beside the crossings.</summary>
public sealed class FerryToSlixmppTests(ProsodyServer server)
{
    private const int ThreeMegabytes = 3_000_000;

    [Fact]
    public async Task Both_methods_are_offered_and_the_peer_s_choice_is_taken()
    {
        using var file = new SampleFile(ThreeMegabytes);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive("si");

        await using var sender = await Send(file, receiver);

        var methods = (await receiver.Next("offered")).GetProperty("methods").EnumerateArray().Select(method => method.GetString());
        methods.ShouldBe(["http://jabber.org/protocol/bytestreams", "http://jabber.org/protocol/ibb"]);
        (await sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await receiver.Next("received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task A_peer_that_is_not_there_is_absent()
    {
        using var file = new SampleFile(1);
        var nobody = await server.CreateAccount("nobody");

        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, nobody.Jid + "/nowhere");

        (await sender.Failed()).GetProperty("reason").GetString().ShouldBe("absent");
        (await sender.ExitCode()).ShouldBe(5);
    }

    private async Task<FerryProcess> Send(SampleFile file, SlixmppPeer receiver, params string[] options) =>
        FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, options);
}
