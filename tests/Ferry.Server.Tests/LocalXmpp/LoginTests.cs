using Ferry.Net.XmppStreams;
using Ferry.Protocol.Streams;
using Ferry.Server.LocalXmpp;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Server.Tests.LocalXmpp;

public sealed class LoginTests
{
    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-1-PLUS")]
    [InlineData("SCRAM-SHA-256")]
    [InlineData("SCRAM-SHA-1")]
    public async Task Every_mechanism_works(string mechanism)
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var alice = await ScriptedClient.LogInAsync(server.EndPoint, "alice@localhost/x", "alice", mechanism);
        alice.Jid.ToString().ShouldBe("alice@localhost/x");
        await alice.CloseAsync();
    }

    [Fact]
    public async Task The_features_grow_with_trust()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        client.Features.StartTls.ShouldBeTrue();
        client.Features.Mechanisms.ShouldBeEmpty();
        client.Features.MaxStanzaBytes.ShouldBe(10_000);

        await client.StartTlsAsync();
        client.Features.StartTls.ShouldBeFalse();
        client.Features.Mechanisms.ShouldBe(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1"]);
        client.Features.ChannelBindings.ShouldBe(["tls-server-end-point"]);

        await client.AuthenticateAsync("alice", "alice");
        client.Features.Bind.ShouldBeTrue();
        client.Features.StreamManagement.ShouldBeTrue();
        client.Features.Mechanisms.ShouldBeEmpty();
        client.Features.MaxStanzaBytes.ShouldBe(256 * 1024);
    }

    [Fact]
    public async Task Direct_tls_needs_no_starttls()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await ScriptedClient.ConnectAsync(server.Local.DirectTlsEndpoints[0], TestServer.Domain);
        await client.SecureAsync();
        await client.OpenAsync();
        client.Features.StartTls.ShouldBeFalse();
        await client.AuthenticateAsync("alice", "alice");
        await client.BindAsync("x");
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_user_look_alike()
    {
        await using var server = await TestServer.StartAsync("alice");
        foreach (var user in new[] { "alice", "nobody" })
        {
            await using var client = await server.ConnectAsync();
            await client.StartTlsAsync();
            var answer = await client.TryAuthenticateAsync(user, "wrong");
            answer.ToString().ShouldBe("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
        }
    }

    [Fact]
    public async Task After_a_failure_the_client_may_try_again_but_not_for_ever()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using (var client = await server.ConnectAsync())
        {
            await client.StartTlsAsync();
            (await client.TryAuthenticateAsync("alice", "wrong")).Name.ShouldBe("failure");
            await client.AuthenticateAsync("alice", "alice");
        }

        await using var stubborn = await server.ConnectAsync();
        await stubborn.StartTlsAsync();
        for (var i = 0; i < 3; i++) (await stubborn.TryAuthenticateAsync("alice", "wrong")).Name.ShouldBe("failure");
        (await stubborn.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.PolicyViolation);
    }

    [Fact]
    public void Each_recent_failure_delays_the_next_refusal()
    {
        var time = new ManualTime();
        var throttle = new LoginThrottle(TimeSpan.FromSeconds(1), time);
        var (here, there) = (System.Net.IPAddress.Loopback, System.Net.IPAddress.IPv6Loopback);
        throttle.Failed(here).ShouldBe(TimeSpan.Zero);
        throttle.Failed(here).ShouldBe(TimeSpan.FromSeconds(1));
        throttle.Failed(there).ShouldBe(TimeSpan.Zero);
        throttle.Failed(here).ShouldBe(TimeSpan.FromSeconds(2));
        time.Advance(TimeSpan.FromMinutes(5));
        throttle.Failed(here).ShouldBe(TimeSpan.Zero);
        for (var i = 0; i < 50; i++) throttle.Failed(here).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(20));
        throttle.Succeeded(here);
        throttle.Failed(here).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void All_addresses_of_one_IPv6_network_are_one()
    {
        var throttle = new LoginThrottle(TimeSpan.FromSeconds(1), new ManualTime());
        throttle.Failed(System.Net.IPAddress.Parse("2001:db8::1")).ShouldBe(TimeSpan.Zero);
        throttle.Failed(System.Net.IPAddress.Parse("2001:db8::2")).ShouldBe(TimeSpan.FromSeconds(1));
        throttle.Failed(System.Net.IPAddress.Parse("2001:db8:0:1::2")).ShouldBe(TimeSpan.Zero);
        throttle.Succeeded(System.Net.IPAddress.Parse("2001:db8::3"));
        throttle.Failed(System.Net.IPAddress.Parse("2001:db8::1")).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Addresses_beyond_the_limit_are_forgotten()
    {
        var time = new ManualTime();
        var throttle = new LoginThrottle(TimeSpan.FromSeconds(1), time);
        for (var i = 0; i < 4096 + 1; i++)
        {
            throttle.Failed(new System.Net.IPAddress(i + 1)).ShouldBe(TimeSpan.Zero);
            time.Advance(TimeSpan.FromMilliseconds(1));
        }

        throttle.Failed(new System.Net.IPAddress(4097)).ShouldBe(TimeSpan.FromSeconds(1));
        throttle.Failed(new System.Net.IPAddress(1)).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Without_tls_nobody_logs_in()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        await client.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj1hLHI9YWJj</auth>");
        (await client.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.UnsupportedStanzaType);
    }

    [Fact]
    public async Task Without_tls_only_where_it_is_allowed()
    {
        await using var server = await TestServer.StartAsync(new LocalServerLimits(), ["alice"], allowPlaintext: true);
        await using var client = await server.ConnectAsync();
        client.Features.Mechanisms.ShouldBe(["SCRAM-SHA-256", "SCRAM-SHA-1"]);
        client.Features.ChannelBindings.ShouldBeNull();
        await client.AuthenticateAsync("alice", "alice", "SCRAM-SHA-256");
        await client.BindAsync("plain");
    }

    [Theory]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAGFsaWNl</auth>", "invalid-mechanism")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-512'>eHg=</auth>", "invalid-mechanism")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>!!</auth>", "incorrect-encoding")]
    [InlineData("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>bm9uc2Vuc2U=</auth>", "malformed-request")]
    public async Task Nonsense_is_refused_by_its_name(string auth, string condition)
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        await client.StartTlsAsync();
        await client.SendAsync(auth);
        await client.ExpectAsync($"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/></failure>");
    }

    [Fact]
    public async Task An_attempt_without_initial_response_and_an_aborted_one()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        await client.StartTlsAsync();
        await client.SendAsync("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'/>");
        await client.ExpectAsync("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        await client.SendAsync("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
        await client.ExpectAsync("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>");
        await client.AuthenticateAsync("alice", "alice");
    }

    [Fact]
    public async Task Stanzas_before_log_in_end_the_stream()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        await client.SendAsync("<message to='alice@localhost'><body>hi</body></message>");
        (await client.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.NotAuthorized);
    }

    [Fact]
    public async Task Who_does_not_log_in_in_time_is_ended()
    {
        var time = new ManualTime();
        await using var server = await TestServer.StartAsync(new LocalServerLimits(), ["alice"], time: time);
        await using var client = await server.ConnectAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        (await client.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.ConnectionTimeout);
    }

    [Fact]
    public async Task Another_domain_is_unknown_here()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await ScriptedClient.ConnectAsync(server.EndPoint, "example.org");
        await client.SendRawAsync("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>");
        (await client.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.HostUnknown);
    }

    [Fact]
    public async Task A_connection_too_many_is_closed()
    {
        await using var server = await TestServer.StartAsync(new LocalServerLimits { MaxConnectionsPerAddress = 1 }, ["alice"]);
        await using var first = await server.ConnectAsync();
        await using var second = await ScriptedClient.ConnectAsync(server.EndPoint, TestServer.Domain);
        (await second.NextAsync()).Kind.ShouldBe(StreamReadKind.Ended);
    }

    [Fact]
    public async Task An_element_too_long_before_log_in_is_refused()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await server.ConnectAsync();
        await client.SendRawAsync($"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls' x='{new string('x', 10_000)}'/>");
        (await client.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.PolicyViolation);
    }

    [Fact]
    public async Task A_resource_is_made_where_none_is_wished()
    {
        await using var server = await TestServer.StartAsync("alice");
        await using var client = await ScriptedClient.LogInAsync(server.EndPoint, "alice@localhost", "alice");
        client.Jid.Resource!.ShouldMatch("^ferry-[0-9a-f]{10}$");
    }

    [Fact]
    public async Task The_newcomer_gets_the_resource_and_the_old_one_is_told()
    {
        await using var server = await TestServer.StartAsync("alice", "bob");
        await using var old = await server.JoinAsync("alice", "x");
        await using var second = await server.LogInAsync("alice", "x");
        (await old.ExpectStreamErrorAsync()).Condition.ShouldBe(StreamCondition.Conflict);
        await second.BeAvailableAsync();
        await second.ExpectNothingAsync();
    }

    [Fact]
    public async Task An_account_has_only_so_many_sessions()
    {
        await using var server = await TestServer.StartAsync(new LocalServerLimits { MaxResources = 2 }, ["alice"]);
        await using var one = await server.LogInAsync("alice", "1");
        await using var two = await server.LogInAsync("alice", "2");
        await using var three = await server.ConnectAsync();
        await three.StartTlsAsync();
        await three.AuthenticateAsync("alice", "alice");
        await three.SendAsync("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        await three.ExpectAsync("<iq type='error' id='b'><error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>...</error></iq>");
    }
}
