using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>While in-band data flows fast through TLS, what is written fills records of 4096 bytes, which is what Prosody reads at a time.</summary>
public sealed class FullRecordsTests
{
    private const int Record = 4096;
    private const string Request = "<r xmlns='urn:xmpp:sm:3'/>";
    private const string Limits = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes></limits>";
    private static readonly Jid Bob = Jid.Parse("bob@localhost/r");

    [Theory]
    [InlineData(true, 12, "", true)]
    [InlineData(true, 5, "", false)] // too little to call it fast
    [InlineData(false, 12, "", false)]
    [InlineData(true, 12, Limits, false)] // it reads stanzas whole
    [InlineData(true, 12, Limits + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://prosody.im' ver='x'/>", true)]
    [InlineData(true, 12, Limits + "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:x' ver='x'/>", false)]
    public async Task What_is_written_while_bulk_flows_fills_records(bool tls, int blocks, string features, bool filled)
    {
        var time = new ManualTime();
        await using var server = FakeServer.Start();
        var options = (tls ? Play.Secure(server) : Play.Options(server)) with { TimeProvider = time };
        var connecting = StanzaSession.ConnectAsync(options, CancellationToken.None);
        var connection = await server.AcceptAsync();
        await connection.LogInAsync(tls: tls, sm: null, more: features);
        var (session, _) = await connecting.WaitAsync(Play.Patience);
        await using var ending = new Ending(connection, session!);
        session!.Start();
        for (var i = 0; i < blocks; i++)
        {
            await session.SendAsync(Stanza($"b{i}", new string('A', 6000)), CancellationToken.None, bulk: true);
            (await connection.NextElementAsync()).Attribute("id").ShouldBe($"b{i}");
        }

        var before = await MarkAsync("m1");
        var after = await MarkAsync("m2");
        (after - before == Record).ShouldBe(filled);
        time.Advance(TimeSpan.FromSeconds(2));
        before = await MarkAsync("m3");
        after = await MarkAsync("m4");
        (after - before).ShouldBeLessThan(200);

        // The bytes that came up to this stanza and with it: one record, or what the socket had.
        async Task<long> MarkAsync(string id)
        {
            await session.SendAsync(Stanza(id, ""), CancellationToken.None);
            (await connection.NextElementAsync()).Attribute("id").ShouldBe(id);
            return connection.BytesRead;
        }
    }

    [Fact]
    public async Task A_server_that_asks_behind_every_stanza_is_answered_at_times_with_the_whole_count()
    {
        var time = new ManualTime();
        await using var play = await Play.BeginAsync(with: options => options with { TimeProvider = time });
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='0'/>");
        for (var i = 0; i < 3; i++)
        {
            await play.Connection.SendAsync("<iq type='result' id='x' from='bob@localhost/r'/>");
            await play.Connection.SendAsync(Request);
        }

        // This one's answer shows that all were read.
        await play.Connection.SendAsync("<iq type='get' id='q' from='bob@localhost/r'><q xmlns='urn:x'/></iq>");
        (await play.Connection.NextElementAsync()).Attribute("id").ShouldBe("q");
        time.Advance(AnswerPace.Least);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='4'/>");
    }

    /// <summary>Nobody waits, with a clock that stands still, for a close in order.</summary>
    private sealed class Ending(FakeConnection connection, StanzaSession session) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            connection.Break();
            await session.DisposeAsync();
        }
    }

    private static Element Stanza(string id, string text) => new Message(id, null, null, Bob, [new Element("urn:x", "data", text)]).ToElement();
}
