using Ferry.Interop.Tests.Crossings;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>Two contacts that send each other a file at the same time.</summary>
public sealed class BothWaysTests(EjabberdServer server, PurpleProgram purple)
{
    [Theory]
    [InlineData(Crossing.Slixmpp, "ibb")]
    [InlineData(Crossing.Slixmpp, "s5b-proxy")]
    [InlineData(Crossing.Libpurple, "ibb")]
    [InlineData(Crossing.Libpurple, "s5b-direct")]
    public async Task Each_has_the_other_s_file(string library, string via)
    {
        using var ours = new SampleFile(3_000_000, "ours.bin");
        using var theirs = new SampleFile(2_999_999, "theirs.bin");
        using var target = new TargetDirectory();
        var (ferry, account) = (await server.CreateAccount("ferry"), await server.CreateAccount("peer"));
        await using IPeer peer = library == Crossing.Slixmpp ? await SlixmppPeer.LogIn(server, account) : await PurplePeer.LogIn(purple, server, account);
        await peer.Receive("si", via);
        await Contacts.Meet(server, ferry, account);
        await using var receiver = await FerryProcess.Receive(server, ferry, target.Path, "--from", account.Jid, "--via", via);
        await peer.Next("online");

        await using var sender = FerryProcess.Send(server, ferry, ours.FilePath, peer.Jid, "--via", via);
        await sender.Next("attempt", "failed");
        await peer.Send(receiver.Jid, theirs.FilePath, "si", via);

        string[] endings = ["received", "sent", "failed", "cancelled"];
        var (one, other) = (await peer.Next(endings), await peer.Next(endings));
        new[] { one, other }.Select(ending => ending.GetProperty("type").GetString()).ShouldBe(["received", "sent"], ignoreOrder: true, peer.Describe("not both"));
        (one.GetProperty("type").GetString() == "received" ? one : other).GetProperty("sha256").GetString().ShouldBe(ours.Sha256);
        (await sender.Done()).GetProperty("method").GetString().ShouldBe(via);
        (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(theirs.Sha256);
    }
}
