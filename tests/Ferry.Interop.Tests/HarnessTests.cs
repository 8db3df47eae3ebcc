using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>The harness without Ferry: slixmpp to slixmpp through Prosody. What fails here is no fault of Ferry's.</summary>
public sealed class HarnessTests(ProsodyServer server)
{
    private const int ThreeMegabytes = 3_000_000;

    [Theory]
    [InlineData("si", "ibb", 0)]
    [InlineData("si", "ibb", 1)]
    [InlineData("si", "ibb", ThreeMegabytes)]
    [InlineData("none", "ibb", 0)]
    [InlineData("none", "ibb", ThreeMegabytes)]
    [InlineData("none", "ibb-message", ThreeMegabytes)]
    [InlineData("none", "s5b-proxy", 0)]
    [InlineData("none", "s5b-proxy", ThreeMegabytes)]
    [InlineData("si", "s5b-proxy", 0)]
    [InlineData("si", "s5b-proxy", 1)]
    [InlineData("si", "s5b-proxy", ThreeMegabytes)]
    [InlineData("si", "ibb-message", ThreeMegabytes)]
    public async Task A_file_goes_from_slixmpp_to_slixmpp(string offer, string via, int size)
    {
        using var file = new SampleFile(size);
        await using var sender = await LogIn("sender");
        await using var receiver = await LogIn("receiver");
        await receiver.Receive(offer, via);

        await sender.Send(receiver.Jid, file.FilePath, offer, via);

        var received = await receiver.Next("received", "failed", "declined");
        received.GetProperty("type").GetString().ShouldBe("received", receiver.Describe("not received"));
        received.GetProperty("sha256").GetString().ShouldBe(file.Sha256);
        (await sender.Next("sent", "failed")).GetProperty("type").GetString().ShouldBe("sent", sender.Describe("not sent"));
    }

    [Fact]
    public async Task A_difficult_name_arrives_as_it_was_sent()
    {
        const string name = "Ünï çødé \"q\" & <x> 'y'.bin";
        using var file = new SampleFile(1, name);
        await using var sender = await LogIn("sender");
        await using var receiver = await LogIn("receiver");
        await receiver.Receive("si");

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb");

        (await receiver.Next("offered")).GetProperty("name").GetString().ShouldBe(name);
        (await receiver.Next("received")).GetProperty("sha256").GetString().ShouldBe(file.Sha256);
    }

    [Fact]
    public async Task A_declined_offer_is_forbidden()
    {
        using var file = new SampleFile(1);
        await using var sender = await LogIn("sender");
        await using var receiver = await LogIn("receiver");
        await receiver.Receive("si", decline: true);

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb");

        (await sender.Next("sent", "failed")).GetProperty("condition").GetString().ShouldBe("forbidden");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_closed_midway_is_seen_by_the_other_side(bool bySender)
    {
        const int midway = 100_000;
        using var file = new SampleFile(ThreeMegabytes);
        await using var sender = await LogIn("sender");
        await using var receiver = await LogIn("receiver");
        await receiver.Receive("si", "ibb", closeAfter: bySender ? null : midway);

        await sender.Send(receiver.Jid, file.FilePath, "si", "ibb", closeAfter: bySender ? midway : null);

        if (bySender)
        {
            (await sender.Next("cancelled")).GetProperty("bytes").GetInt64().ShouldBeInRange(midway, midway + 4096);
            (await receiver.Next("received")).GetProperty("bytes").GetInt64().ShouldBeInRange(midway, midway + 4096);
        }
        else
        {
            (await receiver.Next("cancelled")).GetProperty("bytes").GetInt64().ShouldBeInRange(midway, midway + 4096);
            (await sender.Next("sent", "failed")).GetProperty("condition").GetString().ShouldBe("closed-by-peer");
        }
    }

    [Fact]
    public async Task Direct_TLS_is_served_too()
    {
        await using var peer = await SlixmppPeer.LogIn(server, await server.CreateAccount("direct"), directTls: true);

        peer.Jid.ShouldStartWith("direct");
    }

    private async Task<SlixmppPeer> LogIn(string name) => await SlixmppPeer.LogIn(server, await server.CreateAccount(name));
}
