using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Ferry.Testing;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>What follows when a stream cannot be resumed: another one, unless the server will not have us.</summary>
public sealed class ReconnectTests
{
    private const string Forgotten = "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
    private const string Enable = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>";
    private const string Enabled = "<enabled xmlns='urn:xmpp:sm:3' id='sm-2' resume='true'/>";
    private static readonly Jid Bob = Jid.Parse("bob@localhost/r");

    [Fact]
    public async Task A_forgotten_stream_is_followed_by_another_on_the_same_connection()
    {
        await using var play = await BeginAsync();
        var old = play.Session.Binding;
        var (asked, _) = await AskAsync(play.Session, "old");
        await play.Connection.ExpectAsync("<iq type='get' id='*' to='bob@localhost/r'><old xmlns='urn:x'/></iq>");
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.SendAsync(Forgotten);
        await BindAsync(again);

        // What it is greeted with comes first; nothing of the old stream is repeated.
        await again.ExpectAsync("<presence/>");
        (await old.Lost.WaitAsync(Play.Patience))!.Reason.ShouldBe(FailureReason.StreamLost);
        (await asked.WaitAsync(Play.Patience)).Missing.ShouldBe(NoReply.SessionEnded);
        (await play.Session.BoundAsync(CancellationToken.None)).ShouldBe(play.Session.Binding);
        play.Session.Binding.ShouldNotBe(old);
        play.Session.Jid.ShouldBe(old.Jid);
        play.Session.Completion.IsCompleted.ShouldBeFalse();

        // It is a whole session: requests, counters from zero, resumption.
        var (answer, _) = await AskAsync(play.Session, "new");
        var id = (await again.ExpectAsync("<iq type='get' id='*' to='bob@localhost/r'><new xmlns='urn:x'/></iq>")).Attribute("id");
        await again.SendAsync($"<iq type='result' id='{id}' from='bob@localhost/r'/>");
        (await answer.WaitAsync(Play.Patience)).IsResult.ShouldBeTrue();
        again.Break();
        var third = await play.Server.AcceptAsync();
        var resume = await third.LogInToResumeAsync();
        (resume.Attribute("previd"), resume.Attribute("h")).ShouldBe(("sm-2", "1"));
        third.Break();
    }

    [Theory]
    [InlineData("</stream:stream>")]
    [InlineData("<stream:error><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")]
    [InlineData("<stream:error><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")]
    public async Task A_stream_that_the_server_closes_is_followed_by_another(string end)
    {
        await using var play = await BeginAsync();
        await play.Connection.SendRawAsync(end);
        var again = await play.Server.AcceptAsync();
        await again.LogInAsync();
        await again.ExpectAsync("<presence/>");
        again.Jid.ShouldBe(play.Session.Jid);
        again.Break();
    }

    [Theory]
    [InlineData("not-authorized")]
    [InlineData("policy-violation")]
    [InlineData("host-unknown")]
    [InlineData("unsupported-version")]
    [InlineData("invalid-from")]
    [InlineData("not-well-formed")]
    public async Task What_would_only_happen_again_is_the_end(string condition)
    {
        await using var play = await BeginAsync();
        await play.Connection.SendRawAsync($"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        var end = await play.EndAsync();
        (end!.Reason, end.Message.Contains(condition, StringComparison.Ordinal)).ShouldBe((FailureReason.StreamLost, true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_resource_taken_by_another_is_left_to_it(bool asked)
    {
        await using var play = await BeginAsync(options => options with { Account = Jid.Parse(asked ? "alice@localhost/r" : "alice@localhost") });
        var old = play.Session.Jid;
        await play.Connection.SendRawAsync("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        if (asked)
        {
            (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
            return;
        }

        var again = await play.Server.AcceptAsync();
        await again.LogInAsync();
        again.Jid.ShouldNotBe(old);
        await again.ExpectAsync("<presence/>");
        play.Session.Jid.ShouldBe(again.Jid);
        again.Break();
    }

    [Fact]
    public async Task A_password_that_is_refused_by_now_is_the_end()
    {
        await using var play = await BeginAsync();
        play.Connection.Break();
        var again = await play.Server.AcceptAsync();
        await again.OpenAsync(FakeConnection.OnlyScram);
        await again.ExpectAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>*</auth>");
        await again.SendAsync("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.Auth);
    }

    [Theory]
    [InlineData("<iq type='error' id='bind'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    [InlineData("<iq type='error' id='bind'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")]
    public async Task A_resource_that_is_still_held_for_us_is_asked_for_again(string refusal)
    {
        await using var play = await BeginAsync();
        await play.Connection.SendRawAsync("</stream:stream>");
        var held = await play.Server.AcceptAsync();
        await held.AuthenticateAsync("secret");
        await held.OpenAsync(FakeConnection.BindAndManage);
        await held.ExpectAsync("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>*</resource></bind></iq>");
        await held.SendAsync(refusal);
        var again = await play.Server.AcceptAsync();
        await again.LogInAsync();
        await again.ExpectAsync("<presence/>");
        again.Break();
    }

    [Fact]
    public async Task Who_sends_meanwhile_waits_for_the_new_stream()
    {
        await using var play = await BeginAsync();
        await play.Connection.SendRawAsync("</stream:stream>");
        await play.Session.Binding.Lost.WaitAsync(Play.Patience);
        var bound = play.Session.BoundAsync(CancellationToken.None).AsTask();
        var (asked, _) = await AskAsync(play.Session, "between");
        asked.IsCompleted.ShouldBeFalse();
        bound.IsCompleted.ShouldBeFalse();
        var again = await play.Server.AcceptAsync();
        await again.LogInAsync();
        await again.SkipToAsync("<iq type='get' id='*' to='bob@localhost/r'><between xmlns='urn:x'/></iq>");
        (await bound.WaitAsync(Play.Patience)).ShouldBe(play.Session.Binding);
        again.Break();
    }

    [Fact]
    public async Task The_time_for_it_has_its_limit()
    {
        var time = new ManualTime();
        await using var play = await BeginAsync(options => options with { TimeProvider = time, ReconnectTimeout = TimeSpan.FromSeconds(60), Random = () => 0.999999 });
        play.Server.StopListening();
        play.Connection.Break();
        var ended = play.Session.Completion;
        while (!ended.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var end = await ended;
        end!.Reason.ShouldBe(FailureReason.StreamLost);
        end.Message.ShouldContain("within 60 s");
    }

    [Fact]
    public void Waits_double_to_five_minutes_and_are_spread()
    {
        var (least, most) = (new RetryDelays(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), () => 0), new RetryDelays(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), () => 1));
        Enumerable.Range(0, 11).Select(_ => least.Next().TotalSeconds).ShouldBe([0.5, 1, 2, 4, 8, 16, 32, 64, 128, 150, 150]);
        Enumerable.Range(0, 11).Select(_ => most.Next().TotalSeconds).ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_host_that_a_running_stream_names_is_gone_to(bool resumed)
    {
        await using var server = FakeServer.Start();
        await using var session = await SecureAsync(server, with: options => options with { ReconnectTimeout = Timeout.InfiniteTimeSpan });
        var old = session.Session.Binding;
        await session.Connection.SendRawAsync(SeeOther($"127.0.0.1:{server.EndPoint.Port}"));
        await using var again = await server.AcceptAsync();
        await again.OpenAsync(FakeConnection.OnlyTls);
        await again.StartTlsAsync();
        await again.LogInToResumeAsync();
        if (resumed)
        {
            await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        }
        else
        {
            await again.SendAsync(Forgotten);
            await BindAsync(again);
            await old.Lost.WaitAsync(Play.Patience);
            await session.Session.BoundAsync(CancellationToken.None);
        }

        await session.Session.SendAsync(new Message("m", null, null, null, []).ToElement(), CancellationToken.None);
        await again.SkipToAsync("<message id='m'/>");
        again.Break();
    }

    [Fact]
    public async Task Another_host_must_be_the_domain_s_own()
    {
        await using var server = FakeServer.Start();
        await using var stranger = FakeServer.Start(); // with another certificate than the pinned one
        await using var session = await SecureAsync(server, with: options => options with { ReconnectTimeout = Timeout.InfiniteTimeSpan });
        await session.Connection.SendRawAsync(SeeOther($"127.0.0.1:{stranger.EndPoint.Port}"));
        var there = await stranger.AcceptAsync();
        await there.OpenAsync(FakeConnection.OnlyTls);
        await ShouldHangUpAsync(there);

        // It said nothing to the stranger, and goes back to where it came from.
        await using var again = await server.AcceptAsync();
        await again.OpenAsync(FakeConnection.OnlyTls);
        await again.StartTlsAsync();
        await again.LogInToResumeAsync();
        again.Break();
    }

    [Fact]
    public async Task Another_host_is_gone_to_during_log_in_but_three_times_at_most()
    {
        await using var server = FakeServer.Start();
        var connecting = StanzaSession.ConnectAsync(Play.Secure(server), CancellationToken.None);
        for (var hop = 0; hop <= SessionConnector.MostRedirects; hop++)
        {
            var connection = await server.AcceptAsync();
            await connection.OpenAsync(FakeConnection.OnlyTls);
            await connection.StartTlsAsync();
            await connection.ExpectHeaderAsync();
            await connection.SendRawAsync(FakeConnection.Header + SeeOther($"localhost:{server.EndPoint.Port}"));
        }

        var (session, failure) = await connecting.WaitAsync(Play.Patience);
        session.ShouldBeNull();
        failure!.Reason.ShouldBe(FailureReason.Connect);
        failure.Message.ShouldContain("from host to host");
    }

    [Fact]
    public async Task Another_host_named_before_tls_is_not_believed()
    {
        await using var server = FakeServer.Start();
        await using var elsewhere = FakeServer.Start();
        var connecting = StanzaSession.ConnectAsync(Play.Secure(server), CancellationToken.None);
        var connection = await server.AcceptAsync();
        await connection.ExpectHeaderAsync();
        await connection.SendRawAsync(FakeConnection.Header + SeeOther($"127.0.0.1:{elsewhere.EndPoint.Port}"));
        var (session, failure) = await connecting.WaitAsync(Play.Patience);
        session.ShouldBeNull();
        failure!.Reason.ShouldBe(FailureReason.Connect);
        failure.Message.ShouldContain("see-other-host");
    }

    [Fact]
    public async Task The_place_for_resuming_is_tried_first_and_its_failure_is_no_end()
    {
        await using var server = FakeServer.Start();
        await using var place = FakeServer.Start(); // it is not the domain's
        var enabled = $"<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true' location='127.0.0.1:{place.EndPoint.Port}'/>";
        await using var session = await SecureAsync(server, enabled);
        session.Connection.Break();
        var there = await place.AcceptAsync();
        await there.OpenAsync(FakeConnection.OnlyTls);
        await ShouldHangUpAsync(there);
        await using var again = await server.AcceptAsync();
        await again.OpenAsync(FakeConnection.OnlyTls);
        await again.StartTlsAsync();
        await again.LogInToResumeAsync();
        again.Break();
    }

    [Fact]
    public async Task A_person_s_time_for_the_password_is_not_the_server_s()
    {
        var time = new ManualTime();
        await using var server = FakeServer.Start();
        var typed = new TaskCompletionSource<string>();
        var options = Play.Options(server) with { Password = _ => new ValueTask<string>(typed.Task), TimeProvider = time, ConnectTimeout = TimeSpan.FromSeconds(5) };
        var connecting = StanzaSession.ConnectAsync(options, CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(3));
        typed.SetResult("secret");
        var connection = await server.AcceptAsync();
        await connection.LogInAsync();
        await using var session = (await connecting.WaitAsync(Play.Patience)).Session.ShouldNotBeNull();
        connection.Break();
    }

    [Fact]
    public async Task What_is_wrong_with_our_own_settings_is_not_the_server_s_fault()
    {
        foreach (var tls in new[] { new TlsOptions { Pin = "beef" }, new TlsOptions { AuthorityFiles = ["/nowhere/ca.pem"] } })
        {
            await using var server = FakeServer.Start();
            var connecting = StanzaSession.ConnectAsync(Play.Secure(server) with { Tls = tls }, CancellationToken.None);
            var connection = await server.AcceptAsync();
            await connection.OpenAsync(FakeConnection.OnlyTls);
            await connection.ExpectAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            await connection.SendRawAsync("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            var (_, failure) = await connecting.WaitAsync(Play.Patience);
            (failure!.Reason, failure.AtServer).ShouldBe((FailureReason.Usage, false));
        }
    }

    // In TLS 1.3 a server learns of a refused certificate only behind its own handshake. Not even a header may follow.
    private static async Task ShouldHangUpAsync(FakeConnection connection)
    {
        try
        {
            await connection.StartTlsAsync();
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            return;
        }

        (await connection.NextAsync()).Kind.ShouldBe(Ferry.Net.XmppStreams.StreamReadKind.Ended);
    }

    private static string SeeOther(string where) =>
        $"<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{where}</see-other-host></stream:error></stream:stream>";

    private static Task<Play> BeginAsync(Func<SessionOptions, SessionOptions>? with = null) => Play.BeginAsync(
        session => session.Rebound = async () => await session.SendAsync(new Presence(null, null, null, null, []).ToElement(), CancellationToken.None),
        with: options => (with ?? (same => same))(options with { ReconnectTimeout = Timeout.InfiniteTimeSpan }));

    private static async Task<SecureSession> SecureAsync(
        FakeServer server, string enabled = "<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true'/>", Func<SessionOptions, SessionOptions>? with = null)
    {
        var connecting = StanzaSession.ConnectAsync((with ?? (same => same))(Play.Secure(server)), CancellationToken.None);
        var connection = await server.AcceptAsync();
        await connection.LogInAsync(tls: true, sm: enabled);
        var session = (await connecting.WaitAsync(Play.Patience)).Session.ShouldNotBeNull();
        session.Start();
        return new SecureSession(server, connection, session);
    }

    private static async Task BindAsync(FakeConnection connection)
    {
        await connection.BindAsync();
        await connection.ExpectAsync(Enable);
        await connection.SendAsync(Enabled);
    }

    private static ValueTask<(Task<IqReply> Answer, Action Forget)> AskAsync(StanzaSession session, string what) =>
        session.BeginRequestAsync(Bob, IqType.Get, new Element("urn:x", what), bulk: false, CancellationToken.None);

    private sealed record SecureSession(FakeServer Server, FakeConnection Connection, StanzaSession Session) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Server.StopListening();
            Connection.Break();
            await Session.DisposeAsync();
        }
    }
}
