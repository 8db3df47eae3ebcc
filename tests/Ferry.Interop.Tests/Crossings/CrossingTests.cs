using System.Text.Json;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>Every server, peer, method and direction. See <see cref="CrossingChoice"/> for which of them a run has.</summary>
public sealed partial class CrossingTests(
    ProsodyServer prosody, EjabberdServer ejabberd, OurServer ours, PurpleProgram purple, LiberviaBackend libervia, CrossingTable table)
{
    private const string DifficultName = "Ünï çødé \"q\" & <x> 'y'.bin";

    public static TheoryData<string> Chosen() => [.. CrossingChoice.Chosen().Select(crossing => crossing.ToString())];

    [Theory]
    [MemberData(nameof(Chosen))]
    public async Task It_ends_as_it_should(string crossing)
    {
        var chosen = Crossing.All.Single(one => one.ToString() == crossing);
        var result = CrossingResult.Wrong;
        try
        {
            result = await (chosen switch
            {
                { Ending: Ending.Resumed, FerrySends: true } => OnceMoreToPeer(chosen),
                { Ending: Ending.Resumed } => OnceMoreFromPeer(chosen),
                { FerrySends: true } => ToPeer(chosen),
                _ => FromPeer(chosen),
            });
        }
        finally
        {
            table.Add(chosen, result);
        }
    }

    private async Task<CrossingResult> ToPeer(Crossing crossing)
    {
        using var file = FileFor(crossing);
        await using var receiver = await LogIn(crossing, "receiver");
        await receiver.Receive(
            crossing.Offer, crossing.Via, crossing.Ending == Ending.Declined, crossing.Ending == Ending.CancelledByReceiver ? Midway(crossing) : null);
        await using var sender = Send(crossing, await Server(crossing).CreateAccount("sender"), file, receiver);

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
                done.GetProperty("method").GetString().ShouldBe(crossing.Method);
                // Neither an SI sender nor a bare one is ever told the receiver's hash.
                done.GetProperty("verified").GetBoolean().ShouldBeFalse();
                if (crossing.Offer != "none") (await Next(receiver, "offered")).GetProperty("name").GetString().ShouldBe(Path.GetFileName(file.FilePath));
                if (CrossingNotes.IsTakenForCancelled(crossing)) (await receiver.Next("received", "failed")).GetProperty("bytes").GetInt64().ShouldBe(0);
                else if (!CrossingNotes.NeverEnds(crossing)) (await Next(receiver, "received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
                (await sender.ExitCode()).ShouldBe(0);
                break;
        }

        return CrossingResult.Right;
    }

    private async Task<CrossingResult> FromPeer(Crossing crossing)
    {
        var server = Server(crossing);
        using var file = FileFor(crossing);
        using var target = new TargetDirectory();
        await using var sender = await LogIn(crossing, "sender");
        await using var receiver = await FerryProcess.Receive(
            server, await server.CreateAccount("receiver"), target.Path, [.. Trust(crossing, sender), "--offer", crossing.Offer, "--via", crossing.Allowed]);

        await sender.Send(receiver.Jid, file.FilePath, crossing.Offer, crossing.Via, crossing.Ending == Ending.CancelledBySender ? Midway(crossing) : null);

        switch (crossing.Ending)
        {
            case Ending.Declined:
                await Next(sender, "failed");
                receiver.Interrupt();
                // What is too large may have ended it before.
                (await receiver.ExitCode()).ShouldBeOneOf(crossing.Peer == Crossing.Gajim ? [11, 130] : [130]);
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
                if (!CrossingNotes.NeverLooks(crossing)) (await Next(sender, "failed")).GetProperty("bytes").GetInt64().ShouldBeLessThan(file.Size);
                target.Arrived.ShouldBeEmpty();
                break;
            default:
                if (await DoneUnlessLost(crossing, sender, receiver) is not { } done) return CrossingResult.Lost;
                done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
                // Libervia's own proxy has carried an empty file, once: then there was nothing to replace.
                done.GetProperty("method").GetString().ShouldBeOneOf(crossing.Allowed == crossing.Method ? [crossing.Method] : ["s5b-proxy", crossing.Method]);
                var name = target.Arrived.ShouldHaveSingleItem();
                if (crossing.Offer != "none") name.ShouldBe(Path.GetFileName(file.FilePath));
                SampleFile.HashOf(Path.Combine(target.Path, name)).ShouldBe(file.Sha256);
                done.GetProperty("verified").GetBoolean().ShouldBe(crossing.PeerSaysHash);
                await Next(sender, "sent");
                (await receiver.ExitCode()).ShouldBe(0);
                break;
        }

        return CrossingResult.Right;
    }

    /// <summary>The end of the receiver's transfer; null when the others have lost the file and Ferry has said so.</summary>
    private static async Task<JsonElement?> DoneUnlessLost(Crossing crossing, IPeer sender, FerryProcess receiver)
    {
        if (!CrossingNotes.MayBeLost(crossing)) return await DoneFrom(sender, receiver);
        var end = await receiver.Next("done", "failed");
        if (end.GetProperty("type").GetString() == "done") return end;
        end.GetProperty("reason").GetString().ShouldBe(crossing.Peer == Crossing.Gajim ? "cancelled-by-peer" : "no-method", receiver.Describe("wrong reason"));
        return null;
    }

    private static async Task<JsonElement> DoneFrom(IPeer sender, FerryProcess receiver)
    {
        try
        {
            return await receiver.Done();
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{sender.Describe("the sender")}", late);
        }
    }

    /// <summary>Gajim offers only to whom it sees, and strangers don't see Ferry: it is refused for the file's size.</summary>
    private static string[] Trust(Crossing crossing, IPeer sender) => crossing switch
    {
        { Ending: Ending.Declined, Peer: Crossing.Gajim } => ["--from", sender.Jid, "--max-size", "1"],
        { Ending: Ending.Declined } => ["--from", "nobody@localhost"],
        _ => ["--from", sender.Jid],
    };

    /// <summary>Where it is broken off, in bytes: with libpurple behind a proxy, where no buffer on the way has room for what it writes before the stream is activated.</summary>
    private static int Midway(Crossing crossing) => crossing is { Peer: Crossing.Libpurple, FerrySends: false, Via: "s5b-proxy" } ? 20_000_000 : 100_000;

    private static SampleFile FileFor(Crossing crossing) => crossing.Ending switch
    {
        Ending.Empty => new SampleFile(0),
        Ending.OneByte => new SampleFile(1),
        Ending.ThreeMegabytes => new SampleFile(3_000_000),
        Ending.DifficultName => new SampleFile(10_000, DifficultName),
        Ending.Declined => new SampleFile(2),
        Ending.Resumed => new SampleFile(Midway(crossing) < 3_000_000 ? 3_000_000 : 30_000_000),
        // More than is moved before the other side has had its say; slixmpp's sender holds all of it in memory, twice.
        _ when crossing.Method == "ibb" => SampleFile.Sparse(100_000_000),
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

    private FerryProcess Send(Crossing crossing, Account from, SampleFile file, IPeer receiver)
    {
        string[] options = ["--offer", crossing.Offer, "--via", crossing.Method];
        if (crossing.Via == "ibb-message") options = [.. options, "--ibb-messages"];
        // Gajim never connects to 127.0.0.1.
        if (crossing is { Peer: Crossing.Gajim, Via: "s5b-direct" }) options = [.. options, "--advertise", "127.0.0.2"];
        if (crossing.Method == "s5b-proxy" && OwnProxy(crossing) is { } proxy) options = [.. options, "--proxy", proxy];
        return FerryProcess.Send(Server(crossing), from, file.FilePath, receiver.Jid, options);
    }

    // Other tests attach components to these servers for a while, relays and such as answer nothing; ByProxyTests find what is there.
    private static string? OwnProxy(Crossing crossing) => crossing.Server == Crossing.Embedded ? null : IXmppServer.ProxyJid;

    private IXmppServer Server(Crossing crossing) => crossing.Server switch
    {
        Crossing.Prosody => prosody,
        Crossing.Ejabberd => ejabberd,
        _ => ours.Server,
    };

    private async Task<IPeer> LogIn(Crossing crossing, string name) => await LogIn(crossing, await Server(crossing).CreateAccount(name));

    private async Task<IPeer> LogIn(Crossing crossing, Account account)
    {
        var server = Server(crossing);
        return crossing.Peer switch
        {
            Crossing.Slixmpp => await SlixmppPeer.LogIn(server, account, proxy: OwnProxy(crossing)),
            Crossing.Libpurple => await PurplePeer.LogIn(purple, server, account),
            Crossing.Libervia => await LiberviaPeer.LogIn(libervia, server, account),
            _ => await GajimPeer.LogIn(server, account, proxies: crossing.Via == "s5b-proxy"),
        };
    }
}
