using System.Text.Json;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>Every server, peer, method and direction. See <see cref="Crossing.Chosen"/> for which of them a run has.</summary>
public sealed class CrossingTests(ProsodyServer prosody, EjabberdServer ejabberd, PurpleProgram purple, CrossingTable table)
{
    private const int Midway = 100_000;
    private const string DifficultName = "Ünï çødé \"q\" & <x> 'y'.bin";

    public static TheoryData<string> Chosen() => [.. Crossing.Chosen().Select(crossing => crossing.ToString())];

    [Theory]
    [MemberData(nameof(Chosen))]
    public async Task It_ends_as_it_should(string crossing)
    {
        var chosen = Crossing.All.Single(one => one.ToString() == crossing);
        var good = false;
        try
        {
            await (chosen.FerrySends ? ToPeer(chosen) : FromPeer(chosen));
            good = true;
        }
        finally
        {
            table.Add(chosen, good);
        }
    }

    private async Task ToPeer(Crossing crossing)
    {
        var server = Server(crossing);
        using var file = FileFor(crossing);
        await using var receiver = await LogIn(crossing, "receiver");
        await receiver.Receive(
            crossing.Offer, crossing.Via, crossing.Ending == Ending.Declined, crossing.Ending == Ending.CancelledByReceiver ? Midway : null);
        await using var sender = FerryProcess.Send(
            server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, "--offer", crossing.Offer, "--via", crossing.Via);

        switch (crossing.Ending)
        {
            case Ending.Declined:
                await FailsAt(sender, "refused");
                break;
            case Ending.CancelledByReceiver:
                await Next(receiver, "cancelled");
                await FailsAt(sender, "cancelled-by-peer");
                break;
            case Ending.CancelledBySender:
                await Next(receiver, "progress");
                sender.Interrupt();
                (await sender.ExitCode()).ShouldBe(130, sender.Describe("wrong code"));
                // slixmpp takes a close for the end; libpurple knows that more was promised.
                (await receiver.Next("received", "failed")).GetProperty("bytes").GetInt64().ShouldBeLessThan(file.Size);
                break;
            default:
                var done = await sender.Done();
                done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
                done.GetProperty("bytes").GetInt64().ShouldBe(file.Size);
                done.GetProperty("offer").GetString().ShouldBe(crossing.Offer);
                done.GetProperty("method").GetString().ShouldBe(crossing.Via);
                // Neither an SI sender nor a bare one is ever told the receiver's hash.
                done.GetProperty("verified").GetBoolean().ShouldBeFalse();
                if (crossing.Offer == "si") (await Next(receiver, "offered")).GetProperty("name").GetString().ShouldBe(Path.GetFileName(file.FilePath));
                if (TakesItForCancelled(crossing)) (await receiver.Next("received", "failed")).GetProperty("bytes").GetInt64().ShouldBe(0);
                else (await Next(receiver, "received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
                (await sender.ExitCode()).ShouldBe(0);
                break;
        }
    }

    private async Task FromPeer(Crossing crossing)
    {
        var server = Server(crossing);
        using var file = FileFor(crossing);
        using var target = new TargetDirectory();
        await using var sender = await LogIn(crossing, "sender");
        var trusted = crossing.Ending == Ending.Declined ? "nobody@localhost" : sender.Jid;
        await using var receiver = await FerryProcess.Receive(
            server, await server.CreateAccount("receiver"), target.Path, "--from", trusted, "--offer", crossing.Offer, "--via", crossing.Via);

        await sender.Send(receiver.Jid, file.FilePath, crossing.Offer, crossing.Via, crossing.Ending == Ending.CancelledBySender ? Midway : null);

        switch (crossing.Ending)
        {
            case Ending.Declined:
                await Next(sender, "failed");
                receiver.Interrupt();
                (await receiver.ExitCode()).ShouldBe(130);
                target.Arrived.ShouldBeEmpty();
                break;
            case Ending.CancelledBySender:
                await Next(sender, "cancelled");
                await FailsAt(receiver, "cancelled-by-peer");
                target.Arrived.ShouldBeEmpty();
                break;
            case Ending.CancelledByReceiver:
                await Next(sender, "progress");
                receiver.Interrupt();
                (await receiver.ExitCode()).ShouldBe(130, receiver.Describe("wrong code"));
                if (!NeverLooks(crossing)) (await Next(sender, "failed")).GetProperty("bytes").GetInt64().ShouldBeLessThan(file.Size);
                target.Arrived.ShouldBeEmpty();
                break;
            default:
                if (MayBeLost(crossing) && await IsLost(receiver)) break;
                var done = await receiver.Done();
                done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
                done.GetProperty("method").GetString().ShouldBe(crossing.Via);
                var name = target.Arrived.ShouldHaveSingleItem();
                if (crossing.Offer == "si") name.ShouldBe(Path.GetFileName(file.FilePath));
                SampleFile.HashOf(Path.Combine(target.Path, name)).ShouldBe(file.Sha256);
                // libpurple offers no hash.
                done.GetProperty("verified").GetBoolean().ShouldBe(crossing.Offer == "si" && crossing.Peer == Crossing.Slixmpp);
                await Next(sender, "sent");
                (await receiver.ExitCode()).ShouldBe(0);
                break;
        }
    }

    /// <summary>libpurple takes a size of 0 for an unknown one, and the end of a socket for the end of what is known alone.</summary>
    private static bool TakesItForCancelled(Crossing crossing) =>
        crossing is { Peer: Crossing.Libpurple, FerrySends: true, Ending: Ending.Empty } && crossing.Via.StartsWith("s5b", StringComparison.Ordinal);

    /// <summary>
    /// libpurple writes a small file and closes before its activation is answered, and Prosody's proxy drops what comes in before: nobody's receiver can have it.
    /// Ferry's is to say so at once.
    /// </summary>
    private static bool MayBeLost(Crossing crossing) =>
        crossing is { Server: "Prosody", Peer: Crossing.Libpurple, FerrySends: false, Via: "s5b-proxy", Ending: Ending.OneByte or Ending.DifficultName };

    private static async Task<bool> IsLost(FerryProcess receiver)
    {
        var attempt = await receiver.Next("attempt");
        while (attempt.GetProperty("result").GetString() == "started") attempt = await receiver.Next("attempt");
        if (attempt.GetProperty("result").GetString() == "chosen") return false;
        (await receiver.Failed()).GetProperty("reason").GetString().ShouldBe("no-method");
        return true;
    }

    /// <summary>slixmpp's sender hands all bytes to its socket without waiting, and never sees its end.</summary>
    private static bool NeverLooks(Crossing crossing) => crossing is { Peer: Crossing.Slixmpp, FerrySends: false, Via: "s5b-proxy" };

    private static SampleFile FileFor(Crossing crossing) => crossing.Ending switch
    {
        Ending.Empty => new SampleFile(0),
        Ending.OneByte => new SampleFile(1),
        Ending.ThreeMegabytes => new SampleFile(3_000_000),
        Ending.DifficultName => new SampleFile(10_000, DifficultName),
        Ending.Declined => new SampleFile(1),
        // More than is moved before the other side has had its say; slixmpp's sender holds all of it in memory, twice.
        _ when crossing.Via == "ibb" => SampleFile.Sparse(100_000_000),
        _ => SampleFile.Sparse(crossing is { Peer: Crossing.Slixmpp, FerrySends: false } ? 200_000_000 : 20_000_000_000),
    };

    private static async Task<JsonElement> Next(IPeer peer, string type)
    {
        var found = await peer.Next(type, "failed");
        found.GetProperty("type").GetString().ShouldBe(type, peer.Describe($"no {type}"));
        return found;
    }

    private static async Task FailsAt(FerryProcess ferry, string reason)
    {
        (await ferry.Failed()).GetProperty("reason").GetString().ShouldBe(reason, ferry.Describe("wrong reason"));
        (await ferry.ExitCode()).ShouldBe(4);
    }

    private IXmppServer Server(Crossing crossing) => crossing.Server == prosody.Name ? prosody : ejabberd;

    private async Task<IPeer> LogIn(Crossing crossing, string name)
    {
        var server = Server(crossing);
        var account = await server.CreateAccount(name);
        return crossing.Peer == Crossing.Slixmpp ? await SlixmppPeer.LogIn(server, account) : await PurplePeer.LogIn(purple, server, account);
    }
}
