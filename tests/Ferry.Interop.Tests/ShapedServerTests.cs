using Ferry.Interop.Tests.Crossings;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>
/// In-band through servers that read slowly from each client, as their packages have it: a slow server is not a dead one. The bursts that both allow are smaller
/// than the file.
/// </summary>
public sealed class ShapedServerTests
{
    private const int Size = 50_000;

    /// <summary>Each takes half a minute.</summary>
    public static TheoryData<string> Receivers() => CrossingChoice.IsLong ? ["ferry", "slixmpp"] : ["ferry"];

    [Theory]
    [MemberData(nameof(Receivers))]
    public async Task Prosody_with_mod_limits_not_configured(string receiver)
    {
        await using var server = await ProsodyServer.Start(ServerShaper.Usual);

        await Crosses(server, receiver);
    }

    [Theory]
    [MemberData(nameof(Receivers))]
    public async Task Ejabberd_with_its_normal_shaper(string receiver)
    {
        await using var server = await EjabberdServer.Start(ServerShaper.Usual);

        await Crosses(server, receiver);
    }

    private static Task Crosses(IXmppServer server, string receiver) => receiver == "ferry" ? ToFerry(server) : ToSlixmpp(server);

    private static async Task ToSlixmpp(IXmppServer server)
    {
        using var file = new SampleFile(Size);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive("si", "ibb");

        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, "--via", "ibb");

        (await sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await receiver.Next("received", "failed")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.ExitCode()).ShouldBe(0);
    }

    private static async Task ToFerry(IXmppServer server)
    {
        using var file = new SampleFile(Size);
        using var target = new TargetDirectory();
        var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
        await using var receiver = await FerryProcess.Receive(server, to, target.Path, "--from", from.Jid, "--via", "ibb");

        await using var sender = FerryProcess.Send(server, from, file.FilePath, receiver.Jid, "--via", "ibb");

        (await sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.ExitCode()).ShouldBe(0);
        (await receiver.ExitCode()).ShouldBe(0);
    }
}
