using Ferry.Net.Sessions;
using Ferry.Net.Tls;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Transfers;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>From the first byte to a bound session, in order and out of order (RFC 6120 sections 4 to 7).</summary>
public sealed class LoginTests
{
    private const string Sasl = Namespaces.Sasl;
    private const string Plain = $"<mechanisms xmlns='{Sasl}'><mechanism>PLAIN</mechanism></mechanisms>";

    [Fact]
    public async Task Starttls_scram_bind_and_stream_management()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Secure(server));
        var connection = await server.AcceptAsync();
        await connection.LogInAsync(tls: true);
        var (session, failure) = await connecting;
        failure.ShouldBeNull();
        await using var owned = session;
        session!.Jid.ShouldBe(Jid.Parse("alice@localhost/r"));
    }

    [Fact]
    public async Task Direct_tls()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Secure(server) with { Server = $"xmpps:127.0.0.1:{server.EndPoint.Port}" });
        var connection = await server.AcceptAsync();
        await connection.SecureAsync();
        await connection.LogInAsync();
        var (session, failure) = await connecting;
        failure.ShouldBeNull();
        await session!.DisposeAsync();
    }

    [Fact]
    public async Task Our_address_is_told_inside_tls_only()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Secure(server));
        var connection = await server.AcceptAsync();
        (await connection.ExpectHeaderAsync()).Attribute("from").ShouldBeNull();
        await connection.SendRawAsync(FakeConnection.Header + $"<stream:features>{FakeConnection.OnlyTls}</stream:features>");
        await connection.StartTlsAsync();
        (await connection.ExpectHeaderAsync()).Attribute("from").ShouldBe("alice@localhost");
        connection.Break();
        (await connecting).Failure.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_full_address_asks_for_its_resource_and_the_server_has_the_last_word()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Options(server) with { Account = Jid.Parse("alice@localhost/desk") });
        var connection = await server.AcceptAsync();
        await connection.AuthenticateAsync("secret");
        await connection.OpenAsync($"<bind xmlns='{Namespaces.Bind}'/>");
        await connection.ExpectAsync($"<iq type='set' id='bind'><bind xmlns='{Namespaces.Bind}'><resource>desk</resource></bind></iq>");
        await connection.SendAsync($"<iq type='result' id='bind'><bind xmlns='{Namespaces.Bind}'><jid>alice@localhost/other</jid></bind></iq>");
        var (session, _) = await connecting;
        await using var owned = session;
        session!.Jid.Resource.ShouldBe("other");
    }

    [Fact]
    public async Task Plain_text_is_refused_where_others_could_listen()
    {
        // 0.0.0.0 reaches this machine, and is no loopback address.
        await using var server = FakeServer.Start();
        var failure = await FailAsync(Play.Options(server) with { Server = $"0.0.0.0:{server.EndPoint.Port}" });
        failure.Reason.ShouldBe(FailureReason.Usage);
        failure.Hint.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_server_without_starttls_is_left()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Secure(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyScram);
        (await failing).Reason.ShouldBe(FailureReason.Tls);
        await connection.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refused_starttls_is_tls()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Secure(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyTls);
        await connection.ExpectAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        await connection.SendAsync($"<failure xmlns='{Namespaces.Tls}'/>");
        (await failing).Reason.ShouldBe(FailureReason.Tls);
    }

    [Fact]
    public async Task Another_certificate_than_the_pinned_one_is_tls()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Secure(server) with { Tls = new TlsOptions { Pin = new string('0', 64) } });
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyTls);
        await connection.ExpectAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        await connection.SendRawAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
        _ = connection.SecureAsync().ContinueWith(task => task.Exception, TaskScheduler.Default); // the client hangs up in it
        (await failing).Reason.ShouldBe(FailureReason.Tls);
    }

    [Fact]
    public async Task What_follows_proceed_in_plain_text_is_dropped()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Secure(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyTls);
        await connection.ExpectAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        // In one segment, so that the client has it in its buffer before TLS begins. Mechanisms that nobody may inject.
        await connection.SendRawAsync(
            $"<proceed xmlns='{Namespaces.Tls}'/>{FakeConnection.Header}<stream:features>{Plain}</stream:features>");
        await connection.SecureAsync();
        await connection.LogInAsync();
        var (session, failure) = await connecting;
        failure.ShouldBeNull();
        await session!.DisposeAsync();
    }

    [Theory]
    [InlineData("not-authorized", true)]
    [InlineData("account-disabled", true)]
    [InlineData("credentials-expired", true)]
    [InlineData("temporary-auth-failure", true)]
    [InlineData("mechanism-too-weak", false)]
    [InlineData("something-new", false)]
    public async Task A_refused_log_in_is_auth_and_says_why(string condition, bool hint)
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyScram);
        await connection.ExpectAsync($"<auth xmlns='{Sasl}' mechanism='SCRAM-SHA-1'>*</auth>");
        await connection.SendAsync($"<failure xmlns='{Sasl}'><{condition}/><text>no luck</text></failure>");
        var failure = await failing;
        failure.Reason.ShouldBe(FailureReason.Auth);
        failure.Message.ShouldContain(condition);
        failure.Message.ShouldContain("no luck");
        (failure.Hint is not null).ShouldBe(hint);
    }

    [Theory]
    [InlineData("v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("e=other-error")]
    [InlineData("")]
    public async Task A_server_that_does_not_know_the_password_is_not_believed(string last)
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyScram);
        await connection.ScramAsync("secret", _ => $"<success xmlns='{Sasl}'>{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(last))}</success>");
        (await failing).Reason.ShouldBe(FailureReason.Auth);
        await connection.ExpectEndAsync();
    }

    [Fact]
    public async Task The_signature_may_come_in_a_last_challenge()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyScram);
        await connection.ScramAsync("secret", proof => $"<challenge xmlns='{Sasl}'>{Ferry.Protocol.Sasl.SaslPayload.Encode(proof)}</challenge>");
        await connection.ExpectAsync($"<response xmlns='{Sasl}'>*</response>");
        connection.Break();
        (await connecting).Failure!.Reason.ShouldBe(FailureReason.Connect);
    }

    [Fact]
    public async Task Plain_only_with_permission()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Secure(server));
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyTls);
        await connection.StartTlsAsync();
        await connection.OpenAsync(Plain);
        var failure = await failing;
        failure.Reason.ShouldBe(FailureReason.Auth);
        failure.Hint!.ShouldContain("--allow-plain");
    }

    [Fact]
    public async Task Plain_only_inside_tls()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server) with { AllowPlain = true });
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(Plain);
        (await failing).Reason.ShouldBe(FailureReason.Auth);
        await connection.ExpectEndAsync(); // without having said the password
    }

    [Fact]
    public async Task Plain_inside_tls_with_permission()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Secure(server) with { AllowPlain = true });
        var connection = await server.AcceptAsync();
        await connection.OpenAsync(FakeConnection.OnlyTls);
        await connection.StartTlsAsync();
        await connection.OpenAsync(Plain);
        var auth = await connection.ExpectAsync($"<auth xmlns='{Sasl}' mechanism='PLAIN'>*</auth>");
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(auth.Text)).ShouldBe("\0alice\0secret");
        await connection.SendAsync($"<failure xmlns='{Sasl}'><not-authorized/></failure>");
        (await failing).Reason.ShouldBe(FailureReason.Auth);
    }

    [Theory]
    [InlineData("<iq type='error' id='bind'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", FailureReason.Auth)]
    [InlineData("<iq type='result' id='bind'/>", FailureReason.Protocol)]
    [InlineData("<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@localhost</jid></bind></iq>", FailureReason.Protocol)]
    public async Task A_refused_bind_is_named(string answer, FailureReason reason)
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.AuthenticateAsync("secret");
        await connection.OpenAsync(FakeConnection.BindAndManage);
        await connection.ExpectAsync($"<iq type='set' id='bind'><bind xmlns='{Namespaces.Bind}'><resource>r</resource></bind></iq>");
        await connection.SendAsync(answer);
        (await failing).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task No_binding_offered_is_protocol()
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.AuthenticateAsync("secret");
        await connection.OpenAsync("");
        (await failing).Reason.ShouldBe(FailureReason.Protocol);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("<failed xmlns='urn:xmpp:sm:3'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")]
    public async Task Stream_management_is_no_condition(string? answer)
    {
        await using var play = await Play.BeginAsync(session => session.OnIq("urn:x", "q", iq => iq.Result()), sm: answer);
        await play.Connection.SendAsync("<iq type='get' id='1' from='localhost'><q xmlns='urn:x'/></iq>");
        await play.Connection.ExpectAsync("<iq type='result' id='1' to='localhost'/>");
        play.Connection.Break();
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    [Fact]
    public async Task Stanzas_that_come_before_the_end_of_log_in_are_kept()
    {
        await using var server = FakeServer.Start();
        var connecting = Connect(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.AuthenticateAsync("secret");
        await connection.OpenAsync(FakeConnection.BindAndManage);
        await connection.BindAsync();
        await connection.ExpectAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        await connection.SendAsync("<iq type='get' id='early' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>");
        await connection.SendAsync("<enabled xmlns='urn:xmpp:sm:3'/>");
        var (session, _) = await connecting;
        session!.Start();
        await connection.ExpectAsync("<iq type='error' id='early' to='localhost'>...</iq>");
        connection.Break();
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData("host-unknown", FailureReason.Connect)]
    [InlineData("see-other-host", FailureReason.Connect)]
    public async Task A_stream_error_instead_of_features_is_named(string condition, FailureReason reason)
    {
        await using var server = FakeServer.Start();
        var failing = FailAsync(Play.Options(server));
        var connection = await server.AcceptAsync();
        await connection.ExpectHeaderAsync();
        await connection.SendRawAsync($"{FakeConnection.Header}<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        var failure = await failing;
        failure.Reason.ShouldBe(reason);
        failure.Message.ShouldContain(condition);
    }

    private static Task<(StanzaSession? Session, SessionFailure? Failure)> Connect(SessionOptions options) =>
        StanzaSession.ConnectAsync(options, CancellationToken.None).WaitAsync(Play.Patience);

    private static async Task<SessionFailure> FailAsync(SessionOptions options)
    {
        var (session, failure) = await Connect(options);
        session.ShouldBeNull();
        return failure.ShouldNotBeNull();
    }
}
