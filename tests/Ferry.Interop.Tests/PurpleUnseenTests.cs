using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>libpurple and a Ferry that has not let it see its presence for good.</summary>
public sealed class PurpleUnseenTests(ProsodyServer server, PurpleProgram purple)
{
    [Fact]
    public async Task To_whom_it_does_not_know_it_offers_one_file_whatever_presence_is_sent_to_it()
    {
        using var file = new SampleFile(1_000);
        using var target = new TargetDirectory();
        var (ferry, account) = (await server.CreateAccount("ferry"), await server.CreateAccount("peer"));
        await using var peer = await PurplePeer.LogIn(purple, server, account);
        await peer.Receive("si");
        await using var receiver = await FerryProcess.ReceiveSome(server, ferry, target.Path, 2, "--from", account.Jid);
        await peer.Send(receiver.Jid, file.FilePath, "si", "ibb");
        await receiver.Done();
        (await peer.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", peer.Describe("not sent"));

        // That begins with directed presence, which libpurple takes from its contacts alone (presence.c, handle_presence_contact).
        await using var sender = FerryProcess.Run(server, ferry, "send", file.FilePath, peer.Jid);
        await sender.Done();
        await peer.Next("received");
        await peer.Send(receiver.Jid, file.FilePath, "si", "ibb");

        (await peer.Next("sent", "failed")).GetProperty("condition").GetString().ShouldBe("not-offered", peer.Describe("it does: docs/peers.md says otherwise"));
    }

    [Fact]
    public async Task Whom_it_asks_to_see_it_offers_files_one_after_the_other_if_they_take_its_files()
    {
        using var one = new SampleFile(1_000, "one.bin");
        using var other = new SampleFile(2_000, "other.bin");
        using var target = new TargetDirectory();
        var (ferry, account) = (await server.CreateAccount("ferry"), await server.CreateAccount("peer"));
        await using var peer = await PurplePeer.LogIn(purple, server, account);
        await peer.Add(ferry.Jid);
        await using var receiver = await FerryProcess.ReceiveSome(server, ferry, target.Path, 2, "--from", account.Jid);
        await peer.Next("online");

        foreach (var file in (SampleFile[])[one, other])
        {
            await peer.Send(ferry.Jid, file.FilePath, "si", "ibb");
            (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
            (await peer.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", peer.Describe("not sent"));
        }

        (await receiver.ExitCode()).ShouldBe(0);
    }
}
