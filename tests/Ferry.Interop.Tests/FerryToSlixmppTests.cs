using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary><c>ferry send</c> to slixmpp through Prosody.</summary>
public sealed class FerryToSlixmppTests(ProsodyServer server)
{
    private const int ThreeMegabytes = 3_000_000;

    public static TheoryData<string, string, int> Ways()
    {
        var ways = new TheoryData<string, string, int>();
        foreach (var (offer, via) in new[] { ("si", "s5b-direct"), ("si", "s5b-proxy"), ("si", "ibb"), ("none", "s5b-direct"), ("none", "s5b-proxy"), ("none", "ibb") })
        {
            ways.Add(offer, via, 0);
            ways.Add(offer, via, 1);
            ways.Add(offer, via, ThreeMegabytes);
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_file_arrives(string offer, string via, int size)
    {
        using var file = new SampleFile(size);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive(offer, via);

        await using var sender = await Send(file, receiver, "--offer", offer, "--via", via);

        var done = await sender.Done();
        done.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        done.GetProperty("bytes").GetInt64().ShouldBe(size);
        done.GetProperty("offer").GetString().ShouldBe(offer);
        done.GetProperty("method").GetString().ShouldBe(via);
        // Neither an SI sender nor a bare one is ever told the receiver's hash.
        done.GetProperty("verified").GetBoolean().ShouldBeFalse();
        var received = await receiver.Next("received");
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        received.GetProperty("bytes").GetInt64().ShouldBe(size);
        (await sender.ExitCode()).ShouldBe(0);
    }

    [Fact]
    public async Task A_difficult_name_is_offered_as_it_is()
    {
        const string name = "Ünï çødé \"q\" & <x> 'y'.bin";
        using var file = new SampleFile(1, name);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive("si");

        await using var sender = await Send(file, receiver);

        (await receiver.Next("offered")).GetProperty("name").GetString().ShouldBe(name);
        (await sender.Done()).GetProperty("name").GetString().ShouldBe(name);
        (await receiver.Next("received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task Both_methods_are_offered_and_the_peer_s_choice_is_taken()
    {
        using var file = new SampleFile(ThreeMegabytes);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive("si");

        await using var sender = await Send(file, receiver);

        var methods = (await receiver.Next("offered")).GetProperty("methods").EnumerateArray().Select(method => method.GetString());
        methods.ShouldBe(["http://jabber.org/protocol/bytestreams", "http://jabber.org/protocol/ibb"]);
        (await sender.Done()).GetProperty("method").GetString().ShouldBe("ibb");
        (await receiver.Next("received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task A_declined_offer_is_refused()
    {
        using var file = new SampleFile(1);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive("si", decline: true);

        await using var sender = await Send(file, receiver);

        var failed = await sender.Failed();
        failed.GetProperty("reason").GetString().ShouldBe("refused");
        failed.GetProperty("side").GetString().ShouldBe("peer");
        (await sender.ExitCode()).ShouldBe(4);
    }

    [Theory]
    [InlineData("si", "s5b-direct")]
    [InlineData("si", "ibb")]
    [InlineData("none", "ibb")]
    public async Task The_receiver_s_close_midway_is_its_cancelling(string offer, string via)
    {
        // More than sockets hold on the way, so that the sender is still at it.
        using var file = new SampleFile(30_000_000);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive(offer, via, closeAfter: 100_000);

        await using var sender = await Send(file, receiver, "--offer", offer, "--via", via);

        await receiver.Next("cancelled");
        var failed = await sender.Failed();
        failed.GetProperty("reason").GetString().ShouldBe("cancelled-by-peer", sender.Describe("wrong reason"));
        (await sender.ExitCode()).ShouldBe(4);
    }

    [Theory]
    [InlineData("si", "s5b-direct")]
    [InlineData("si", "ibb")]
    [InlineData("none", "ibb")]
    public async Task An_interrupt_midway_ends_both_sides(string offer, string via)
    {
        using var file = SampleFile.Sparse(via == "ibb" ? 200_000_000 : 20_000_000_000);
        await using var receiver = await SlixmppPeer.LogIn(server, await server.CreateAccount("receiver"));
        await receiver.Receive(offer, via);
        await using var sender = await Send(file, receiver, "--offer", offer, "--via", via);
        await receiver.Next("progress");

        sender.Interrupt();

        (await sender.ExitCode()).ShouldBe(130, sender.Describe("wrong code"));
        (await receiver.Next("received")).GetProperty("bytes").GetInt64().ShouldBeLessThan(file.Size);
    }

    [Fact]
    public async Task A_peer_that_is_not_there_is_absent()
    {
        using var file = new SampleFile(1);
        var nobody = await server.CreateAccount("nobody");

        await using var sender = FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, nobody.Jid + "/nowhere");

        (await sender.Failed()).GetProperty("reason").GetString().ShouldBe("absent");
        (await sender.ExitCode()).ShouldBe(5);
    }

    private async Task<FerryProcess> Send(SampleFile file, SlixmppPeer receiver, params string[] options) =>
        FerryProcess.Send(server, await server.CreateAccount("sender"), file.FilePath, receiver.Jid, options);
}
