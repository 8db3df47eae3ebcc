using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>A file that was broken off and is sent once more.</summary>
public sealed partial class CrossingTests
{
    private async Task<CrossingResult> OnceMoreToPeer(Crossing crossing)
    {
        using var file = FileFor(crossing);
        var from = await Server(crossing).CreateAccount("sender");
        await using var receiver = await LogIn(crossing, "receiver");
        await receiver.Receive(crossing.Offer, crossing.Via, closeAfter: Midway(crossing), keep: true);
        await using (var broken = Send(crossing, from, file, receiver))
        {
            await Next(receiver, "cancelled");
            // Which one: other endings' business. All of it may have been on its way when the receiver closed.
            await broken.ExitCode();
        }

        await receiver.Receive(crossing.Offer, crossing.Via, keep: true);
        await using var sender = Send(crossing, from, file, receiver);

        var done = await sender.Done();
        var start = done.GetProperty("resumedFrom").GetInt64();
        if (crossing.PeerKnowsParts) start.ShouldBeInRange(Midway(crossing), file.Size - 1);
        else start.ShouldBe(0);
        done.GetProperty("bytes").GetInt64().ShouldBe(file.Size - start);
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        done.GetProperty("method").GetString().ShouldBe(crossing.Method);
        var received = await Next(receiver, "received");
        if (crossing.PeerKnowsParts) received.GetProperty("start").GetInt64().ShouldBe(start);
        received.GetProperty("bytes").GetInt64().ShouldBe(file.Size);
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.ExitCode()).ShouldBe(0);
        return CrossingResult.Right;
    }

    private async Task<CrossingResult> OnceMoreFromPeer(Crossing crossing)
    {
        using var file = FileFor(crossing);
        using var target = new TargetDirectory();
        using var state = new TargetDirectory();
        var (from, to) = (await Server(crossing).CreateAccount("sender"), await Server(crossing).CreateAccount("receiver"));
        await using (var first = await LogIn(crossing, from))
        await using (var broken = await Receive(crossing, first, to, target, state))
        {
            await first.Send(broken.Jid, file.FilePath, crossing.Offer, crossing.Via, Midway(crossing), parts: true);
            await Next(first, "cancelled");
            var failed = await broken.Failed();
            failed.GetProperty("reason").GetString().ShouldBe("cancelled-by-peer", broken.Describe("wrong reason"));
            failed.GetProperty("resumable").GetBoolean().ShouldBe(crossing.PeerKnowsParts);
            await broken.ExitCode();
        }

        // Logged in anew: libpurple sends but once to somebody whose presence it has not seen (jabber.c, jabber_can_receive_file).
        await using var sender = await LogIn(crossing, from);
        await using var receiver = await Receive(crossing, sender, to, target, state);
        await sender.Send(receiver.Jid, file.FilePath, crossing.Offer, crossing.Via, parts: true);

        if (await DoneUnlessLost(crossing, sender, receiver) is not { } done) return CrossingResult.Lost;
        var start = done.GetProperty("resumedFrom").GetInt64();
        if (crossing.PeerKnowsParts) start.ShouldBeInRange(Midway(crossing), file.Size - 1);
        else start.ShouldBe(0);
        done.GetProperty("bytes").GetInt64().ShouldBe(file.Size - start);
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        done.GetProperty("method").GetString().ShouldBe(crossing.Method);
        // The partial file is gone, too.
        var path = Directory.GetFiles(target.Path).ShouldHaveSingleItem();
        Path.GetFileName(path).ShouldBe(Path.GetFileName(file.FilePath));
        SampleFile.HashOf(path).ShouldBe(file.Sha256);
        await Next(sender, "sent");
        (await receiver.ExitCode()).ShouldBe(0);
        return CrossingResult.Right;
    }

    private Task<FerryProcess> Receive(Crossing crossing, IPeer sender, Account to, TargetDirectory target, TargetDirectory state) =>
        FerryProcess.ReceiveWithState(Server(crossing), to, target.Path, state.Path, "--from", sender.Jid, "--offer", crossing.Offer, "--via", crossing.Method);
}
