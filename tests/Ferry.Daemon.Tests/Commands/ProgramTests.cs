using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ferry.Daemon.Tests.Systemd;
using Ferry.Protocol.Components;
using Ferry.Testing.XmppScripts;

namespace Ferry.Daemon.Tests.Commands;

/// <summary>The built program, started as it is started in earnest.</summary>
public sealed class ProgramTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private static readonly (string, string)[] FreePorts = [("FERRYD_XMPP__LISTEN", "127.0.0.1:0"), ("FERRYD_ADMIN__LISTEN", "127.0.0.1:0")];

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(Terminate)]
    [InlineData(Interrupt)]
    public async Task It_runs_as_the_embedded_server_and_stops_in_order(int signal)
    {
        if (OperatingSystem.IsWindows()) return;
        await using var ferryd = FerrydProcess.Start(_home, ["run"], FreePorts);
        var port = Port(await ferryd.AfterAsync("listens on "));
        var admin = await ferryd.AfterAsync("admin pages at ");
        await ferryd.AfterAsync("ferryd is ready");

        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(admin + "/healthz"))).ShouldBe("ok\n");
        (await client.GetStringAsync(new Uri(admin + "/readyz"))).ShouldBe("running: ok\nlistening: ok\nstore: ok\nindex: ok\n");
        await using (var xmpp = await ScriptedClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), "localhost"))
        {
            await xmpp.OpenAsync();
            (await client.GetStringAsync(new Uri(admin + "/metrics"))).ShouldContain("\nferry_server_connections 1\n");
        }

        ferryd.Signal(signal);
        (await ferryd.ExitCodeAsync()).ShouldBe(0);
        ferryd.Log.ShouldContain("stopping: 0 transfers are running");
    }

    [Fact]
    public async Task Systemd_hears_of_everything()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var systemd = new NotifyListener(Path.Combine(_home.Path, "notify"));
        await using var ferryd = FerrydProcess.Start(_home, ["run"], [.. FreePorts, ("NOTIFY_SOCKET", systemd.Path), ("WATCHDOG_USEC", "200000")]);
        (await systemd.NextWordAsync()).Message.ShouldBe("READY=1\nSTATUS=embedded server for localhost");
        for (var i = 0; i < 3; i++) (await systemd.NextAsync()).ShouldBe("WATCHDOG=1");
        ferryd.Signal(Terminate);
        (await systemd.NextWordAsync()).Message.ShouldBe("STOPPING=1\nSTATUS=stopping");
        (await ferryd.ExitCodeAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task As_a_component_it_is_ready_when_it_is_attached_and_comes_back()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var systemd = new NotifyListener(Path.Combine(_home.Path, "notify"));
        await using var server = FakeServer.Start();
        _home.Write("secret", "s\n");
        var file = _home.Write("ferryd.yml", $"component: {{ server: '127.0.0.1:{server.EndPoint.Port}', domain: relay.example.org, secretFile: secret }}\nrelay: {{ listen: '127.0.0.1:0' }}\nadmin: {{ listen: '127.0.0.1:0' }}\n");
        await using var ferryd = FerrydProcess.Start(_home, ["run", "--config", file], ("NOTIFY_SOCKET", systemd.Path));
        var admin = await ferryd.AfterAsync("admin pages at ");
        using var client = new HttpClient();
        using (var early = await client.GetAsync(new Uri(admin + "/readyz")))
        {
            early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await early.Content.ReadAsStringAsync()).ShouldBe("running: ok\ncomponent: attaching\n");
        }

        (await systemd.NextWordAsync()).Message.ShouldBe("READY=1\nSTATUS=component relay.example.org: attaching");
        var first = await AttachAsync(server);
        (await systemd.NextWordAsync()).Message.ShouldBe("STATUS=component relay.example.org: attached");
        (await client.GetStringAsync(new Uri(admin + "/readyz"))).ShouldBe("running: ok\ncomponent: ok\n");
        await first.SendAsync("<iq type='get' id='1' from='alice@example.org/a' to='relay.example.org'><ping xmlns='urn:xmpp:ping'/></iq>");
        await first.ExpectAsync("<iq type='result' id='1' from='relay.example.org' to='alice@example.org/a'/>");

        first.Break();
        (await systemd.NextWordAsync()).Message.ShouldStartWith("STATUS=component relay.example.org: lost: ");
        var second = await AttachAsync(server);
        (await systemd.NextWordAsync()).Message.ShouldBe("STATUS=component relay.example.org: attached");
        ferryd.Signal(Terminate);
        (await systemd.NextWordAsync()).Message.ShouldBe("STOPPING=1\nSTATUS=stopping");
        await second.ExpectCloseAsync();
        (await ferryd.ExitCodeAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_second_signal_ends_it_at_once()
    {
        if (OperatingSystem.IsWindows()) return;
        await using var server = FakeServer.Start();
        var secret = _home.Write("secret", "s\n");
        await using var ferryd = FerrydProcess.Start(
            _home,
            ["run", "--log=json"],
            ("FERRYD_COMPONENT__SERVER", $"127.0.0.1:{server.EndPoint.Port}"),
            ("FERRYD_COMPONENT__DOMAIN", "relay.example.org"),
            ("FERRYD_COMPONENT__SECRETFILE", secret),
            ("FERRYD_RELAY__LISTEN", "127.0.0.1:0"),
            ("FERRYD_ADMIN__LISTEN", "off"));
        // The server never ends its side, so the farewell would take five seconds.
        await AttachAsync(server);
        await ferryd.AfterAsync("is attached to");
        ferryd.Signal(Terminate);
        JsonDocument.Parse("{\"message\":\"stopping" + await ferryd.AfterAsync("\"message\":\"stopping")).RootElement.GetProperty("running").GetInt32().ShouldBe(0);
        ferryd.Signal(Interrupt);
        (await ferryd.ExitCodeAsync()).ShouldBe(130);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (code, _, errors) = await FerrydProcess.RunAsync(_home, ["run"], ("FERRYD_XMPP__LISTEN", taken.LocalEndpoint.ToString()!), ("FERRYD_ADMIN__LISTEN", "off"));
        code.ShouldBe(1);
        errors.ShouldContain("ferryd cannot start: ");
    }

    [Fact]
    public async Task A_wrong_configuration_does_not_start()
    {
        var file = _home.Write("ferryd.yml", "xmpp:\n  domian: x\n");
        var (code, _, errors) = await FerrydProcess.RunAsync(_home, ["run", "--config", file], ("FERRYD_GRACE", "soon"));
        code.ShouldBe(2);
        errors.ReplaceLineEndings("\n").ShouldBe(
            "ferryd: error: ferryd.yml, line 2: there is no key xmpp.domian; the nearest is xmpp.domain\n"
            + "ferryd: error: environment: FERRYD_GRACE: 'soon' is not a time, such as 90s, 5m or 1h, 24h at most; write for example 30s\n");
    }

    [Fact]
    public async Task Init_writes_what_check_config_accepts_and_overwrites_nothing()
    {
        (await FerrydProcess.RunAsync(_home, ["init"])).Code.ShouldBe(0);
        var file = Path.Combine(_home.Path, "ferryd.yml");
        var written = await File.ReadAllTextAsync(file);
        var check = await FerrydProcess.RunAsync(_home, ["check-config", file], ("FERRYD_XMPP__DOMAIN", "example.org"));
        check.Code.ShouldBe(0, check.Errors);
        check.Output.ShouldStartWith("ferryd would be the XMPP server of example.org, ");
        check.Output.ShouldContain("xmpp.domain:           example.org  (environment)");
        check.Output.ShouldContain("database: SQLite 3.");
        check.Output.ShouldContain("descriptors may be open");
        check.Output.ShouldEndWith("the configuration is right" + Environment.NewLine);

        var again = await FerrydProcess.RunAsync(_home, ["init", file]);
        again.Code.ShouldBe(2);
        again.Errors.ShouldContain("is there already");
        (await File.ReadAllTextAsync(file)).ShouldBe(written);
    }

    [Fact]
    public async Task Check_config_shows_a_component_but_not_its_secret()
    {
        _home.Write("secret", "hidden\n");
        var file = _home.Write("ferryd.yml", "component:\n  server: 192.0.2.1:5347\n  domain: relay.example.org\n  secretFile: secret\nadmin: { listen: '0.0.0.0:7776' }");
        var (code, output, errors) = await FerrydProcess.RunAsync(_home, ["check-config", file]);
        code.ShouldBe(0, errors);
        output.ShouldStartWith("ferryd would attach to 192.0.2.1:5347 as component relay.example.org.");
        output.ShouldContain("component.domain:      relay.example.org  (ferryd.yml, line 3)");
        output.ShouldContain("warning: what 192.0.2.1 and ferryd say to each other is not encrypted");
        output.ShouldContain("warning: the admin pages at 0.0.0.0:7776 ask nobody for a password");
        output.ShouldNotContain("hidden");
    }

    [Theory]
    [InlineData(0, "--version")]
    [InlineData(0, "--help")]
    [InlineData(0, "run", "--help")]
    [InlineData(2)]
    [InlineData(2, "start")]
    [InlineData(2, "run", "--config")]
    [InlineData(2, "run", "--log", "xml")]
    [InlineData(2, "run", "file")]
    [InlineData(2, "init", "a", "b")]
    [InlineData(2, "check-config", "--strict")]
    [InlineData(2, "run", "--config", "/nowhere/ferryd.yml")]
    public async Task Words(int code, params string[] arguments)
    {
        var (ended, output, errors) = await FerrydProcess.RunAsync(_home, arguments);
        ended.ShouldBe(code);
        (output.Length > 0).ShouldBe(code == 0);
        (errors.Length > 0).ShouldBe(code != 0);
    }

    private static int Port(string endpoint) => IPEndPoint.Parse(endpoint).Port;

    private static async Task<FakeConnection> AttachAsync(FakeServer server)
    {
        var connection = await server.AcceptAsync();
        (await connection.ExpectHeaderAsync()).Attribute("to").ShouldBe("relay.example.org");
        await connection.SendRawAsync("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='i' from='relay.example.org'>");
        await connection.ExpectAsync($"<handshake>{ComponentHandshake.Digest("i", "s")}</handshake>");
        await connection.SendRawAsync("<handshake/>");
        return connection;
    }
}
