using Ferry.Methods;
using Ferry.Methods.InBand;
using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Peers;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Testing.XmppScripts;
using Ferry.Tests.Transfers;

namespace Ferry.Tests.Methods.InBand;

public sealed class InBandSendStreamTests
{
    private static readonly byte[] Content = new byte[4096]; // a whole block, which need not wait for more

    [Theory]
    [InlineData("goes")]
    [InlineData("closes")]
    [InlineData("ends our session")]
    public async Task A_receiver_that_has_acknowledged_everything_may_do_as_it_likes(string what)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var bob = await harbour.JoinAsync("bob");
        await using var session = await LogInAsync(harbour);
        var presence = new PresenceBook();
        await using var stream = Open(session, bob, presence, Content.Length, out var opening);
        await AnswerAsync(bob, "open");
        (await opening.WaitAsync(Harbour.Patience)).ShouldBeNull();

        await stream.Bytes.WriteAsync(Content);
        await stream.Bytes.FlushAsync();
        await AnswerAsync(bob, "data");
        // Nobody has said yet that these were all. It is closed all the same, and bob does not answer.
        await bob.SkipToAsync($"<iq type='set'>...<close xmlns='{Scripts.InBand}' sid='s1'/></iq>");
        if (what == "goes") presence.Hear(new Presence(null, "unavailable", bob.Jid, null, []));
        else if (what == "closes") stream.Close(new Iq(IqType.Set, "c", bob.Jid, null, null));
        else await session.DisposeAsync();

        (await stream.CompleteAsync(CancellationToken.None).WaitAsync(Harbour.Patience)).ShouldBeNull();
    }

    [Fact]
    public async Task A_receiver_that_goes_with_a_block_unanswered_is_absent()
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        await using var bob = await harbour.JoinAsync("bob");
        await using var session = await LogInAsync(harbour);
        var presence = new PresenceBook();
        await using var stream = Open(session, bob, presence, Content.Length, out var opening);
        await AnswerAsync(bob, "open");
        (await opening.WaitAsync(Harbour.Patience)).ShouldBeNull();

        await stream.Bytes.WriteAsync(Content);
        await stream.Bytes.FlushAsync();
        var completing = stream.CompleteAsync(CancellationToken.None);
        await bob.SkipToAsync($"<iq type='set'>...<data xmlns='{Scripts.InBand}' sid='s1' seq='0'>...</data></iq>");
        presence.Hear(new Presence(null, "unavailable", bob.Jid, null, []));

        (await completing.WaitAsync(Harbour.Patience)).ShouldNotBeNull().Reason.ShouldBe(FailureReason.Absent);
    }

    private static async Task<StanzaSession> LogInAsync(Harbour harbour)
    {
        var (session, failure) = await StanzaSession.ConnectAsync(
            new SessionOptions
            {
                Account = Harbour.Address("alice"),
                Password = _ => new ValueTask<string>("alice"),
                Resource = "x",
                Server = harbour.Server.Endpoints[0].ToString(),
                Tls = new TlsOptions { Pin = harbour.Server.Pin },
            },
            CancellationToken.None);
        session.ShouldNotBeNull(failure?.Message);
        session.Start();
        return session;
    }

    private static InBandSendStream Open(StanzaSession session, ScriptedClient peer, PresenceBook presence, long length, out Task<MethodFailure?> opening)
    {
        var stream = new InBandSendStream(
            session,
            new StreamOpening("s1", new Peer(peer.Jid, null, null), ["ibb"], length, (_, _, _) => { }),
            new InBandSenderOptions(4096) { ExpectedBytes = length },
            TimeProvider.System,
            presence,
            (_, _, _) => { });
        opening = stream.OpenAsync(CancellationToken.None);
        return stream;
    }

    private static async Task AnswerAsync(ScriptedClient peer, string name)
    {
        var request = await peer.SkipToAsync($"<iq type='set'>...<{name} xmlns='{Scripts.InBand}' sid='s1'>...</{name}></iq>");
        await peer.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{request.Attribute("from")}'/>");
    }
}
