using Ferry.Protocol.Xml;
using Ferry.Server.LocalXmpp;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

/// <summary>What an orderly stop waits for of that which passes through the server itself.</summary>
public sealed class InBandTransfersTests
{
    [Fact]
    public async Task A_stop_waits_for_the_close_and_a_moment_for_its_answer()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(Limits, ["alice", "bob"], time: time);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PassAsync(alice, bob, "open", "block-size='4096' sid='s1'");
        server.Local.Running.ShouldBe(1);
        var draining = server.Local.DrainAsync(CancellationToken.None);
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200)).WaitAsync(TimeSpan.FromSeconds(20));
        for (var seq = 0; seq < 3; seq++)
        {
            time.Advance(InBandTransfers.Idle - TimeSpan.FromSeconds(1));
            await PassAsync(alice, bob, "data", $"seq='{seq}' sid='s1'", "AAAA");
        }

        // From the other side, which is as good.
        await PassAsync(bob, alice, "close", "sid='s1'");
        server.Local.Running.ShouldBe(1);
        draining.IsCompleted.ShouldBeFalse();
        time.Advance(InBandTransfers.Settles + TimeSpan.FromSeconds(1));
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
        server.Local.Running.ShouldBe(0);
    }

    [Fact]
    public async Task It_does_not_wait_for_what_stands_still_or_begins_later_or_has_lost_an_end()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(Limits, ["alice", "bob", "carol"], time: time);
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        var carol = await server.LogInAsync("carol");
        await PassAsync(alice, carol, "open", "block-size='4096' sid='s1'");
        server.Local.Running.ShouldBe(1);
        await carol.DisposeAsync();
        await Testing.Eventually.HoldsAsync(() => server.Local.Running == 0, "carol has gone");

        await PassAsync(alice, bob, "open", "block-size='4096' sid='s2'");
        var draining = server.Local.DrainAsync(CancellationToken.None);
        await time.WaitForTimerAsync(TimeSpan.FromMilliseconds(200)).WaitAsync(TimeSpan.FromSeconds(20));
        await PassAsync(alice, bob, "open", "block-size='4096' sid='s3'");
        server.Local.Running.ShouldBe(1);
        time.Advance(InBandTransfers.Idle + TimeSpan.FromSeconds(1));
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task When_the_grace_is_over_it_waits_no_longer()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        await PassAsync(alice, bob, "open", "block-size='4096' sid='s1'");
        using var grace = new CancellationTokenSource();
        var draining = server.Local.DrainAsync(grace.Token);
        draining.IsCompleted.ShouldBeFalse();
        await grace.CancelAsync();
        await draining.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Only_so_many_are_known()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var alice = await server.LogInAsync("alice");
        await using var bob = await server.LogInAsync("bob");
        var (from, to) = (alice.Jid, bob.Jid);
        for (var i = 0; i < InBandTransfers.Most + 10; i++)
        {
            server.Local.Xmpp.Router.InBand.Pass(new Element("jabber:client", "iq", new Element("http://jabber.org/protocol/ibb", "open", ("sid", "s" + i))), from, to);
        }

        server.Local.Running.ShouldBe(InBandTransfers.Most);
    }

    private static LocalServerLimits Limits => new() { LoginDelay = TimeSpan.Zero };

    /// <summary>Sent, and there.</summary>
    private static async Task PassAsync(ScriptedClient from, ScriptedClient to, string name, string attributes, string text = "")
    {
        await from.SendAsync($"<iq type='set' id='i' to='{to.Jid}'><{name} xmlns='http://jabber.org/protocol/ibb' {attributes}>{text}</{name}></iq>");
        (await to.NextElementAsync()).FirstChild!.Name.ShouldBe(name);
    }
}
