using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> to <c>ferry receive</c> through Prosody.</summary>
public sealed class FerryToFerryTests(ProsodyServer server)
{
    [Theory]
    [InlineData("si", "s5b-direct")]
    [InlineData("si", "ibb")]
    [InlineData("none", "s5b-direct")]
    [InlineData("none", "ibb")]
    public async Task A_file_arrives(string offer, string via)
    {
        using var file = new SampleFile(3_000_000);
        using var target = new TargetDirectory();
        var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
        await using var receiver = await FerryProcess.Receive(server, to, target.Path, "--from", from.Jid, "--offer", offer, "--via", via);

        await using var sender = FerryProcess.Send(server, from, file.FilePath, receiver.Jid, "--offer", offer, "--via", via);

        (await sender.Done()).GetProperty("method").GetString().ShouldBe(via);
        var done = await receiver.Done();
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
        (await sender.ExitCode()).ShouldBe(0);
        (await receiver.ExitCode()).ShouldBe(0);
    }

    [Fact]
    public async Task A_bare_address_is_enough_though_the_accounts_never_met()
    {
        using var file = new SampleFile(1);
        using var target = new TargetDirectory();
        var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
        await using var receiver = await FerryProcess.Receive(server, to, target.Path, "--from", from.Jid);

        await using var sender = FerryProcess.Send(server, from, file.FilePath, to.Jid);

        (await sender.Done()).GetProperty("peer").GetString().ShouldBe(receiver.Jid);
        (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }
}
