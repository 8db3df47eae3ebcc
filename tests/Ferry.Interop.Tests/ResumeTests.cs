using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>A receive that did not come to its end, and the same file offered once more.</summary>
public sealed class ResumeTests(ProsodyServer server)
{
    private const int ThreeMegabytes = 3_000_000;

    [Fact]
    public async Task A_killed_receive_goes_on_where_its_journal_says()
    {
        // In-band it lasts longer than the second after which the first note is taken.
        using var file = new SampleFile(300_000_000);
        using var target = new TargetDirectory();
        using var state = new TargetDirectory();
        var (from, to) = (await server.CreateAccount("sender"), await server.CreateAccount("receiver"));
        await using (var killed = await FerryProcess.ReceiveWithState(server, to, target.Path, state.Path, "--from", from.Jid))
        await using (FerryProcess.Send(server, from, file.FilePath, killed.Jid, "--via", "ibb"))
        {
            while (!HasNotes(state.Path)) (await killed.Next("progress", "attempt", "offered", "failed", "done")).GetProperty("type").GetString().ShouldNotBe("done", killed.Describe("too fast"));
            killed.Kill();
            await killed.ExitCode();
        }

        target.Arrived.ShouldBeEmpty();
        await using var receiver = await FerryProcess.ReceiveWithState(server, to, target.Path, state.Path, "--from", from.Jid);
        await using var sender = FerryProcess.Send(server, from, file.FilePath, receiver.Jid, "--via", "s5b-direct");

        var done = await receiver.Done();
        var start = done.GetProperty("resumedFrom").GetInt64();
        start.ShouldBeGreaterThan(0);
        done.GetProperty("bytes").GetInt64().ShouldBe(file.Size - start);
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
        var sent = await sender.Done();
        sent.GetProperty("resumedFrom").GetInt64().ShouldBe(start);
        sent.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        HasNotes(state.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_part_is_asked_of_slixmpp()
    {
        using var file = new SampleFile(ThreeMegabytes);
        using var target = new TargetDirectory();
        using var state = new TargetDirectory();
        await using var sender = await SlixmppPeer.LogIn(server, await server.CreateAccount("sender"));
        var to = await server.CreateAccount("receiver");
        await BreakOff(sender, to, file, target, state);

        var done = await Again(sender, to, file, target, state, "serve");

        done.GetProperty("type").GetString().ShouldBe("done");
        done.GetProperty("resumedFrom").GetInt64().ShouldBeGreaterThanOrEqualTo(100_000);
        done.GetProperty("verifiedBy").GetString().ShouldBe("md5");
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task A_slixmpp_that_sends_everything_all_the_same_is_noticed_and_the_next_time_is_whole()
    {
        using var file = new SampleFile(ThreeMegabytes);
        using var target = new TargetDirectory();
        using var state = new TargetDirectory();
        await using var sender = await SlixmppPeer.LogIn(server, await server.CreateAccount("sender"));
        var to = await server.CreateAccount("receiver");
        await BreakOff(sender, to, file, target, state);

        var failed = await Again(sender, to, file, target, state, "ignore");
        failed.GetProperty("type").GetString().ShouldBe("failed");
        failed.GetProperty("reason").GetString().ShouldBe("mismatch");
        failed.GetProperty("side").GetString().ShouldBe("peer");
        Directory.GetFiles(target.Path).ShouldBeEmpty();

        var done = await Again(sender, to, file, target, state, "ignore");
        done.GetProperty("type").GetString().ShouldBe("done");
        done.GetProperty("resumedFrom").GetInt64().ShouldBe(0);
        SampleFile.HashOf(done.GetProperty("path").GetString()!).ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task Another_file_of_the_same_name_and_size_begins_anew()
    {
        using var file = new SampleFile(ThreeMegabytes);
        using var target = new TargetDirectory();
        using var state = new TargetDirectory();
        await using var sender = await SlixmppPeer.LogIn(server, await server.CreateAccount("sender"));
        var to = await server.CreateAccount("receiver");
        await BreakOff(sender, to, file, target, state);
        var changed = File.ReadAllBytes(file.FilePath);
        changed[^1] ^= 1;
        File.WriteAllBytes(file.FilePath, changed);

        var done = await Again(sender, to, file, target, state, "serve");

        done.GetProperty("type").GetString().ShouldBe("done");
        done.GetProperty("resumedFrom").GetInt64().ShouldBe(0);
        File.ReadAllBytes(done.GetProperty("path").GetString()!).ShouldBe(changed);
    }

    private async Task BreakOff(SlixmppPeer sender, Account to, SampleFile file, TargetDirectory target, TargetDirectory state)
    {
        await using var receiver = await FerryProcess.ReceiveWithState(server, to, target.Path, state.Path, "--from", sender.Jid);
        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb", closeAfter: 100_000, ranges: "serve");
        (await receiver.Failed()).GetProperty("resumable").GetBoolean().ShouldBeTrue();
        await receiver.ExitCode();
    }

    private async Task<System.Text.Json.JsonElement> Again(SlixmppPeer sender, Account to, SampleFile file, TargetDirectory target, TargetDirectory state, string ranges)
    {
        await using var receiver = await FerryProcess.ReceiveWithState(server, to, target.Path, state.Path, "--from", sender.Jid);
        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb", ranges: ranges);
        return await receiver.Next("done", "failed");
    }

    private static bool HasNotes(string state) =>
        Directory.Exists(Path.Combine(state, "ferry", "partials")) && Directory.EnumerateFiles(Path.Combine(state, "ferry", "partials"), "*.json").Any();
}
