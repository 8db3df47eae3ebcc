using System.Net;
using Ferry.Interop.Tests.Peers;
using Ferry.Testing.Faults;

namespace Ferry.Interop.Tests;

/// <summary>
/// The connection breaks in the middle of a transfer and is resumed, by Prosody's mod_smacks and ejabberd's mod_stream_mgmt. Cuts through what a sender writes
/// go through stanzas: Prosody then reads on in the middle of one.
/// </summary>
public sealed class BrokenXmppTests(ProsodyServer prosody, EjabberdServer ejabberd)
{
    private const string Prosody = nameof(prosody);
    private const string Ejabberd = nameof(ejabberd);

    [Theory]
    [InlineData(Prosody, "ibb", true, 1)]
    [InlineData(Prosody, "ibb", false, 2)]
    [InlineData(Prosody, "ibb", true, 3)]
    [InlineData(Prosody, "ibb", false, 4)]
    [InlineData(Prosody, "s5b-direct", false, 5)]
    [InlineData(Prosody, "s5b-direct", false, 6)]
    [InlineData(Ejabberd, "ibb", true, 7)]
    [InlineData(Ejabberd, "s5b-direct", false, 8)]
    public async Task A_transfer_goes_on_over_cuts(string name, string method, bool senders, int seed)
    {
        IXmppServer server = name == Ejabberd ? ejabberd : prosody;
        var random = new Random(seed);
        using var file = new SampleFile(3_000_000);
        using var target = new TargetDirectory();
        await using var way = FaultProxy.Before(new IPEndPoint(IPAddress.Loopback, server.Port));
        var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
        await using var receiver = FerryProcess.Start(["receive", "--dir", target.Path, "--count", "1", "--from", from.Jid, .. Through(server, senders ? null : way)], to);
        var jid = (await receiver.Next("ready")).GetProperty("jid").GetString()!;

        // In-band in the file, else in the negotiation.
        List<Task> faults = [];
        if (method != "ibb") faults.Add(way.After(Way.Down, random.Next(50, 600), FaultKind.Reset));
        for (var i = 0; i < 3 && method == "ibb"; i++)
        {
            var at = 100_000 + (i * 1_000_000) + random.Next(800_000);
            faults.Add(way.After(senders ? Way.Up : Way.Down, at, random.Next(2) == 0 ? FaultKind.Cut : FaultKind.Reset));
        }

        await using var sender = FerryProcess.Start(["send", file.FilePath, jid, "--via", method, .. Through(server, senders ? way : null)], from);
        var (sent, done) = (await sender.Next("done", "failed"), await receiver.Next("done", "failed"));
        (sent.GetProperty("type").GetString(), done.GetProperty("type").GetString()).ShouldBe(("done", "done"), sender.Describe("sender") + receiver.Describe("receiver"));
        (sent.GetProperty("sha256").GetString(), done.GetProperty("sha256").GetString()).ShouldBe((file.Sha256, file.Sha256));
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
        target.Arrived.Count().ShouldBe(1);
        faults.ShouldAllBe(fault => fault.IsCompleted);
        (await sender.ExitCode(), await receiver.ExitCode()).ShouldBe((0, 0));
    }

    private static string[] Through(IXmppServer server, FaultProxy? way) => ["--server", $"xmpp:127.0.0.1:{way?.EndPoint.Port ?? server.Port}", "--ca", server.Certificate.AuthorityFile];
}
