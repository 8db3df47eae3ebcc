using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>What somebody with Pidgin does at a server that <c>ferry up</c> started: become a contact, get a file, send one.</summary>
public sealed class PurpleAtOurServerTests(PurpleProgram purple)
{
    [Theory]
    [InlineData("s5b-direct")]
    [InlineData("ibb")]
    public async Task A_contact_with_libpurple_gets_a_file_and_sends_one(string via)
    {
        using var ours = new SampleFile(3_000_000, "ours.bin");
        using var theirs = new SampleFile(2_999_999, "theirs.bin");
        using var target = new TargetDirectory();
        await using var server = await EmbeddedServer.Start();
        var (ferry, account) = (await server.CreateAccount("ferry"), await server.CreateAccount("peer"));
        await using var peer = await PurplePeer.LogIn(purple, server, account);
        await peer.Receive("si");
        await Contacts.Meet(server, ferry, account);

        await using (var sender = FerryProcess.Run(server, ferry, "send", ours.FilePath, account.Jid, "--via", via))
        {
            (await peer.Next("received", "failed")).GetProperty("sha256").GetString().ShouldBe(ours.Sha256);
            (await sender.Done()).GetProperty("method").GetString().ShouldBe(via);
            // It says that it leaves: without that the next client of this account would be no news to libpurple.
            (await sender.ExitCode()).ShouldBe(0);
        }

        await using var receiver = await FerryProcess.Receive(server, ferry, target.Path, "--from", account.Jid, "--via", via);
        await peer.Next("online");
        // As Pidgin does it: to the bare address, where one client is there.
        await peer.Send(ferry.Jid, theirs.FilePath, "si", via);

        (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(theirs.Sha256);
        (await peer.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", peer.Describe("not sent"));
    }
}
