using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>slixmpp to <c>ferry receive</c> through Prosody. slixmpp has no SOCKS5 listener: as the sender it has in-band and the server's proxy.</summary>
public sealed class SlixmppToFerryTests(ProsodyServer server)
{
    private const int ThreeMegabytes = 3_000_000;

    [Fact]
    public async Task Blocks_in_messages_are_taken_without_an_offer()
    {
        const string offer = "none";
        using var file = new SampleFile(ThreeMegabytes);
        using var target = new TargetDirectory();
        await using var sender = await LogIn();
        await using var receiver = await Receive(target, sender, "--offer", offer);

        await sender.Send(receiver.Jid, file.FilePath, offer, "ibb-message");

        var done = await receiver.Done();
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        done.GetProperty("method").GetString().ShouldBe("ibb");
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", sender.Describe("not sent"));
        (await receiver.ExitCode()).ShouldBe(0);
    }

    [Theory]
    [InlineData("Ünï çødé \"q\" & <x> 'y'.bin", "Ünï çødé \"q\" & <x> 'y'.bin")]
    [InlineData("../../up.bin", "up.bin")]
    public async Task A_difficult_name_is_made_safe_and_kept(string offered, string kept)
    {
        using var file = new SampleFile(1);
        using var target = new TargetDirectory();
        await using var sender = await LogIn();
        await using var receiver = await Receive(target, sender);

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb", name: offered);

        (await receiver.Done()).GetProperty("path").GetString().ShouldBe(Path.Combine(target.Path, kept));
        target.Arrived.ShouldBe([kept]);
    }

    [Fact]
    public async Task A_bigger_block_than_the_usual_is_taken()
    {
        using var file = new SampleFile(ThreeMegabytes);
        using var target = new TargetDirectory();
        await using var sender = await LogIn();
        await using var receiver = await Receive(target, sender);

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb", blockSize: 65535);

        (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task Without_from_and_without_a_terminal_everything_is_refused()
    {
        using var file = new SampleFile(1);
        using var target = new TargetDirectory();
        await using var sender = await LogIn();
        await using var receiver = await FerryProcess.Receive(server, await server.CreateAccount("receiver"), target.Path);

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb");

        // Whether we are there is not a stranger's business: either answer is a refusal.
        new[] { "forbidden", "service-unavailable" }.ShouldContain((await sender.Next("sent", "failed")).GetProperty("condition").GetString());
        target.Arrived.ShouldBeEmpty();
        receiver.Interrupt();
        (await receiver.ExitCode()).ShouldBe(130);
    }

    [Fact]
    public async Task A_bare_stream_is_refused_unless_asked_for()
    {
        using var file = new SampleFile(1);
        using var target = new TargetDirectory();
        await using var sender = await LogIn();
        await using var receiver = await Receive(target, sender);

        await sender.Send(receiver.Jid, file.FilePath, "none", "ibb");

        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("failed");
        target.Arrived.ShouldBeEmpty();
    }

    private async Task<SlixmppPeer> LogIn() => await SlixmppPeer.LogIn(server, await server.CreateAccount("sender"));

    private async Task<FerryProcess> Receive(TargetDirectory target, SlixmppPeer sender, params string[] options) =>
        await FerryProcess.Receive(server, await server.CreateAccount("receiver"), target.Path, ["--from", sender.Jid, .. options]);
}
