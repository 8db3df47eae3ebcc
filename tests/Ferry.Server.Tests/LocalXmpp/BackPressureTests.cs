using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Ferry.Server.LocalXmpp;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

public sealed class BackPressureTests
{
    private const int Block = 48 * 1024;
    private static readonly string Filling = new('x', Block);

    [Fact]
    public async Task A_stalled_client_stalls_nobody_else_and_is_ended_by_name()
    {
        var limits = new LocalServerLimits { MaxQueueBytes = 512 * 1024, QueueWait = TimeSpan.FromMilliseconds(500), CloseTimeout = TimeSpan.FromSeconds(30) };
        await using var server = await TestServer.StartAsync(limits, ["alice", "bob", "carol", "stalled"]);
        await using var alice = await server.LogInAsync("alice");
        await using var stalled = await server.LogInAsync("stalled", receiveBuffer: 64 * 1024);
        await using var bob = await server.LogInAsync("bob");
        await using var carol = await server.LogInAsync("carol");

        var flood = FloodAsync(alice, "stalled@localhost/r", 400);
        for (var i = 0; i < 50; i++)
        {
            await bob.SendAsync($"<message to='carol@localhost/r' id='{i}'/>");
            await carol.ExpectAsync($"<message from='bob@localhost/r' to='carol@localhost/r' id='{i}'/>");
        }

        // What was for it comes back once it is ended; the flood ends, too.
        await alice.SkipToAsync("<message type='error' from='stalled@localhost/r' to='alice@localhost/r'>...</message>");
        await DrainAsync(alice, flood);
        var error = await stalled.ExpectStreamErrorAsync();
        error.Condition.ShouldBe(StreamCondition.ResourceConstraint);
        error.Text!.ShouldStartWith("stalled@localhost/r did not read");
    }

    [Fact]
    public async Task A_flooded_session_holds_a_bounded_amount()
    {
        var limits = new LocalServerLimits { MaxQueueBytes = 512 * 1024, QueueWait = TimeSpan.FromSeconds(20) };
        await using var server = await TestServer.StartAsync(limits, ["alice", "bob"]);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob", receiveBuffer: 64 * 1024);
        var session = server.Local.Xmpp.Sessions.Find(bob.Jid)!;

        const int Count = 200;
        var flood = FloodAsync(alice, "bob@localhost/r", Count);
        // Full it may have been for less than a look takes, while the socket's buffer grew: who waits for room waits until half of it is free.
        await Ferry.Testing.Eventually.HoldsAsync(() => session.Out.Bytes > limits.MaxQueueBytes / 2, "the queue has been filled");
        for (var i = 0; i < Count; i++)
        {
            session.Out.Bytes.ShouldBeLessThan(limits.MaxQueueBytes + (2 * Block));
            await bob.ExpectAsync($"<message from='alice@localhost/r' to='bob@localhost/r' id='{i}'><body>*</body></message>");
        }

        await flood;
        await bob.ExpectNothingAsync();
    }

    [Fact]
    public void Pushes_have_a_reserve_and_then_the_client_is_too_slow()
    {
        var queue = new OutboundQueue(maxBytes: 4000);
        var stanza = XmlPattern.Read("<presence/>");
        while (queue.Offer(stanza, 1000) == Admission.Taken)
        {
        }

        queue.Bytes.ShouldBe(4000);
        var room = queue.RoomAsync();
        room.IsCompleted.ShouldBeFalse();
        while (queue.Push(stanza) == Admission.Taken) queue.Bytes.ShouldBeLessThan(5200);
        var batch = new List<Element>();
        queue.Take(batch, int.MaxValue, DateTimeOffset.UnixEpoch);
        room.IsCompleted.ShouldBeFalse();
        queue.Flushed();
        room.IsCompleted.ShouldBeTrue();
        queue.Close().ShouldBeEmpty();
        queue.Offer(stanza, 1).ShouldBe(Admission.Closed);
    }

    private static async Task FloodAsync(ScriptedClient client, string to, int count)
    {
        for (var i = 0; i < count; i++) await client.SendRawAsync($"<message to='{to}' id='{i}'><body>{Filling}</body></message>");
    }

    private static async Task DrainAsync(ScriptedClient client, Task flood)
    {
        await flood;
        await client.SendAsync("<iq type='get' id='drained' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
        await client.SkipToAsync("<iq type='result' id='drained' from='localhost' to='alice@localhost/r'/>");
    }
}
