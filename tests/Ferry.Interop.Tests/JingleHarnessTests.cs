using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>The harness without Ferry: Gajim and Libervia among themselves. What fails here is no fault of Ferry's.</summary>
public sealed class JingleHarnessTests(ProsodyServer server, LiberviaBackend libervia)
{
    private const string DifficultName = "Ünï çødé \"q\" & <x> 'y'.bin";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_goes_from_Gajim_to_Gajim_with_the_plugin(bool byProxy)
    {
        using var file = new SampleFile(3_000_000, DifficultName);
        await using var sender = await GajimPeer.LogIn(server, await server.CreateAccount("sender"), proxies: byProxy);
        await using var receiver = await GajimPeer.LogIn(server, await server.CreateAccount("receiver"), addresses: byProxy ? [] : ["127.0.0.2"]);
        await receiver.Receive("jingle");
        await receiver.Greet(sender.Jid);

        await sender.Send(receiver.Jid, file.FilePath, "jingle", "s5b-direct");

        await Arrives(file, sender, receiver);
    }

    [Fact]
    public async Task Gajim_as_Debian_has_it_takes_no_file()
    {
        using var file = new SampleFile(1);
        await using var sender = await GajimPeer.LogIn(server, await server.CreateAccount("sender"));
        await using var receiver = await GajimPeer.LogIn(server, await server.CreateAccount("receiver"), receiving: false);
        await receiver.Receive("jingle");
        await receiver.Greet(sender.Jid);

        await sender.Send(receiver.Jid, file.FilePath, "jingle", "s5b-direct");

        var fault = await receiver.Next("fault", "offered", "received");
        fault.GetProperty("type").GetString().ShouldBe("fault", receiver.Describe("it does"));
        fault.GetProperty("text").GetString()!.ShouldContain("missing 1 required positional argument: 'file_props'");
    }

    /// <remarks>
    /// Whether its command ends is not looked at: it misses the end of what ends before it has learnt its number (`jp/base.py`, `progressFinishedHandler`), and waits
    /// for ever.
    /// </remarks>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_goes_from_Libervia_to_Libervia(bool byCommand)
    {
        using var file = new SampleFile(3_000_000, DifficultName);
        await using var sender = await LiberviaPeer.LogIn(libervia, server, await server.CreateAccount("sender"));
        await using var receiver = await LiberviaPeer.LogIn(libervia, server, await server.CreateAccount("receiver"));
        await receiver.Receive(byCommand: byCommand);

        await sender.Send(receiver.Jid, file.FilePath, "jingle", byCommand);

        await Arrives(file, sender, receiver);
    }

    private static async Task Arrives(SampleFile file, IPeer sender, IPeer receiver)
    {
        // The sender knows first what goes wrong.
        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", sender.Describe("not sent"));
        var received = await receiver.Next("received", "failed");
        received.GetProperty("type").GetString().ShouldBe("received", receiver.Describe("not received"));
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        received.GetProperty("name").GetString().ShouldBe(Path.GetFileName(file.FilePath));
    }
}
