using System.Globalization;
using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Ferry.Testing;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>Counting and going on after a break (XEP-0198).</summary>
public sealed class ResumptionTests
{
    private const string Request = "<r xmlns='urn:xmpp:sm:3'/>";

    [Fact]
    public async Task Requests_are_answered_with_what_was_handled()
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='0'/>");
        await play.Connection.SendAsync("<message from='bob@localhost/r'/>");
        await play.Connection.SendAsync("<presence from='bob@localhost/r'/>");
        await play.Connection.SendAsync("<iq type='result' id='x' from='bob@localhost/r'/>");
        await play.Connection.SendAsync("<what xmlns='urn:x'/>"); // no stanza
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='3'/>");
    }

    [Fact]
    public async Task An_acknowledgement_of_less_than_before_is_no_news()
    {
        await using var play = await Play.BeginAsync();
        await SendAsync(play.Session, "m1");
        await play.Connection.ExpectAsync("<message id='m1'/>");
        await play.Connection.SendAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>");
        await play.Connection.SendAsync("<a xmlns='urn:xmpp:sm:3' h='0'/>");
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='0'/>");
        play.Session.Completion.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task An_address_that_this_machine_no_longer_has_breaks_the_connection_at_once()
    {
        var network = new FakeNetwork();
        await using var play = await Play.BeginAsync(with: options => options with { Network = network });
        await SendAsync(play.Session, "m1");
        await play.Connection.ExpectAsync("<message id='m1'/>");
        network.Change(); // another one: nothing happens
        await SendAsync(play.Session, "m2");
        await play.Connection.ExpectAsync("<message id='m2'/>");
        network.Lost = play.Session.LocalEndPoint.Address;
        network.Change(); // the server, which has not been told, still holds the old connection
        var again = await play.Server.AcceptAsync();
        (await again.LogInToResumeAsync()).Attribute("previd").ShouldBe("sm-1");
        network.Lost = null;
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='2'/>");
        await SendAsync(play.Session, "m3");
        await again.SkipToAsync("<message id='m3'/>");
        again.Break();
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_once_more_and_requests_stay_open()
    {
        await using var play = await Play.BeginAsync();
        await SendAsync(play.Session, "m1", "m2", "m3");
        var asking = play.Session.RequestAsync(Jid.Parse("bob@localhost/r"), IqType.Get, new Element("urn:x", "q"), Play.Patience, CancellationToken.None);
        await play.Connection.ExpectAsync("<message id='m1'/>");
        await play.Connection.ExpectAsync("<message id='m2'/>");
        await play.Connection.ExpectAsync("<message id='m3'/>");
        var id = (await play.Connection.ExpectAsync("<iq type='get' id='*' to='bob@localhost/r'><q xmlns='urn:x'/></iq>")).Attribute("id");
        await play.Connection.SendAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>");
        await play.Connection.SendAsync("<message from='bob@localhost/r'/>");
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>"); // the acknowledgement was read, too
        play.Connection.Break();

        var again = await play.Server.AcceptAsync();
        var resume = await again.LogInToResumeAsync();
        resume.Attribute("previd").ShouldBe("sm-1");
        resume.Attribute("h").ShouldBe("1");
        await SendAsync(play.Session, "m4"); // during the break
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='2'/>");
        await HearAsync(again, "2");
        await again.ExpectAsync("<message id='m3'/>");
        await again.ExpectAsync("<iq type='get' id='*' to='bob@localhost/r'><q xmlns='urn:x'/></iq>");
        await again.SkipToAsync("<message id='m4'/>");
        await again.SendAsync($"<iq type='result' id='{id}' from='bob@localhost/r'/>");
        (await asking.WaitAsync(Play.Patience)).IsResult.ShouldBeTrue();

        // And a second time, counting on.
        again.Break();
        var third = await play.Server.AcceptAsync();
        (await third.LogInToResumeAsync()).Attribute("h").ShouldBe("2");
        await third.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='5'/>");
        await SendAsync(play.Session, "m5");
        await third.ExpectAsync("<message id='m5'/>");
        third.Break();
        play.Server.StopListening();
    }

    [Fact]
    public async Task What_is_resent_does_not_wait_for_something_new()
    {
        var time = new Ferry.Testing.Time.ManualTime();
        await using var play = await Play.BeginAsync(with: options => options with { TimeProvider = time });
        await SendAsync(play.Session, "m1");
        await play.Connection.ExpectAsync("<message id='m1'/>");
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        await HearAsync(again, "0");
        await again.ExpectAsync("<message id='m1'/>"); // although the clock stands still
        again.Break();
    }

    /// <summary>Prosody ends a stream whose client "acknowledged less stanzas than already acknowledged".</summary>
    [Fact]
    public async Task An_acknowledgement_that_waited_over_a_break_says_what_is_handled_when_it_leaves()
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendAsync("<message from='bob@localhost/r'/>");
        await play.Connection.SendAsync(Request);
        await play.Connection.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>");
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        (await again.LogInToResumeAsync()).Attribute("h").ShouldBe("1");
        // As the reader queues it for an <r/>; the connection broke before it was written.
        await play.Session.SendAsync(XmlPattern.Read("<a xmlns='urn:xmpp:sm:3' h='0'/>"), CancellationToken.None);
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        await again.ExpectAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>");
        again.Break();
    }

    [Fact]
    public async Task A_server_that_no_longer_knows_the_stream_ends_the_session()
    {
        await using var play = await Play.BeginAsync();
        var asking = play.Session.RequestAsync(null, IqType.Get, new Element("urn:x", "q"), Play.Patience, CancellationToken.None);
        await play.Connection.ExpectAsync("<iq type='get' id='*'><q xmlns='urn:x'/></iq>");
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync("<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
        var end = await play.EndAsync();
        end!.Reason.ShouldBe(FailureReason.StreamLost);
        (await asking.WaitAsync(Play.Patience)).Missing.ShouldBe(NoReply.SessionEnded);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("4294967295")]
    public async Task Acknowledging_more_than_was_sent_ends_the_session(string h)
    {
        await using var play = await Play.BeginAsync();
        await SendAsync(play.Session, "m1");
        await play.Connection.ExpectAsync("<message id='m1'/>");
        await play.Connection.SendAsync($"<a xmlns='urn:xmpp:sm:3' h='{h}'/>");
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.Protocol);
    }

    [Fact]
    public async Task Resuming_with_more_than_was_sent_ends_the_session()
    {
        await using var play = await Play.BeginAsync();
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='9'/>");
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.Protocol);
    }

    [Theory]
    [InlineData("system-shutdown")]
    [InlineData("reset")]
    [InlineData("connection-timeout")]
    public async Task A_server_that_restarts_is_waited_for(string condition)
    {
        await using var play = await Play.BeginAsync();
        var resumed = new TaskCompletionSource();
        play.Session.Resumed = resumed.SetResult;
        await play.Connection.SendRawAsync($"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        // Its first connections lead nowhere.
        (await play.Server.AcceptAsync()).Break();
        var half = await play.Server.AcceptAsync();
        await half.OpenAsync(FakeConnection.OnlyScram);
        half.Break();
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        await resumed.Task.WaitAsync(Play.Patience);
        again.Break();
    }

    [Fact]
    public async Task A_tls_handshake_that_breaks_off_is_tried_again()
    {
        await using var server = FakeServer.Start();
        var connecting = StanzaSession.ConnectAsync(Play.Secure(server), CancellationToken.None);
        var connection = await server.AcceptAsync();
        await connection.LogInAsync(tls: true);
        var session = (await connecting.WaitAsync(Play.Patience)).Session!;
        var resumed = new TaskCompletionSource();
        session.Resumed = resumed.SetResult;
        session.Start();
        connection.Break();
        var half = await server.AcceptAsync();
        await half.OpenAsync(FakeConnection.OnlyTls);
        await half.ExpectAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        await half.SendRawAsync("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        half.Break();
        var again = await server.AcceptAsync();
        await again.OpenAsync(FakeConnection.OnlyTls);
        await again.StartTlsAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        await resumed.Task.WaitAsync(Play.Patience);
        again.Break();
        server.StopListening();
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_there_any_more_is_stream_lost_when_the_time_is_over()
    {
        await using var play = await Play.BeginAsync(sm: "<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true' max='1'/>");
        play.Server.StopListening();
        play.Connection.Break();
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    [Fact]
    public async Task Disposal_during_a_break_ends_at_once()
    {
        var play = await Play.BeginAsync();
        play.Connection.Break();
        var silent = await play.Server.AcceptAsync(); // being resumed, and never answered
        await silent.ExpectHeaderAsync();
        await play.Session.DisposeAsync().AsTask().WaitAsync(Play.Patience);
        (await play.EndAsync()).ShouldBeNull();
        await play.DisposeAsync();
    }

    [Fact]
    public async Task A_resource_taken_over_by_another_is_not_resumed()
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendRawAsync("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    [Fact]
    public async Task So_much_may_be_unacknowledged_and_no_more()
    {
        await using var play = await Play.BeginAsync();
        var reading = ReadAsync(play.Connection);
        var stanza = new Message(null, null, null, null, [new Element("urn:x", "m", new string('x', 64 * 1024))]).ToElement();
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (sent < 1000 && await play.Session.SendAsync(stanza, CancellationToken.None, bulk: true)) Interlocked.Increment(ref sent);
        });
        var (last, still) = (0, 0);
        await Eventually.HoldsAsync(
            () =>
            {
                still = sent == last && sent > 0 ? still + 1 : 0;
                last = sent;
                return still > 300;
            },
            "the sender waits");
        sending.IsCompleted.ShouldBeFalse();
        sent.ShouldBeLessThan((8 * 16) + 64 + 32); // 8 MiB, the queue, a batch
        play.Connection.Break();
        play.Server.StopListening();
        await reading.WaitAsync(Play.Patience);
        await play.Session.DisposeAsync().AsTask().WaitAsync(Play.Patience);
        await sending.WaitAsync(Play.Patience);
    }

    private static async Task HearAsync(FakeConnection connection, string h)
    {
        await connection.ExpectAsync(Request);
        await connection.SendAsync($"<a xmlns='urn:xmpp:sm:3' h='{h}'/>");
    }

    private static async Task ReadAsync(FakeConnection connection)
    {
        try
        {
            while ((await connection.NextAsync()).Element is not null)
            {
                // Taken, never acknowledged.
            }
        }
        catch (ObjectDisposedException)
        {
            // Cut.
        }
    }

    private static async Task SendAsync(StanzaSession session, params string[] ids)
    {
        foreach (var id in ids) await session.SendAsync(new Message(id, null, null, null, []).ToElement(), CancellationToken.None);
    }
}
