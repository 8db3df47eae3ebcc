using Ferry.Daemon.Configuration;
using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Tests.Configuration;

/// <summary>contract.md section 2 as the reader has it: file and environment, what is wrong and what to do.</summary>
public sealed class ConfigurationReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_nothing_set_it_is_the_embedded_server()
    {
        var configuration = Read("").Configuration.ShouldNotBeNull();
        configuration.Component.ShouldBeNull();
        configuration.Xmpp!.Domain.ToString().ShouldBe("localhost");
        configuration.Xmpp.Listen.ShouldBeEmpty();
        configuration.Admin.Listen.ShouldBeNull();
        configuration.Http.ShouldBeNull();
        configuration.Grace.ShouldBe(TimeSpan.FromSeconds(30));
        configuration.Log.ShouldBe(new LogConfiguration(LogFormat.Text, LogLevel.Information, FullAddresses: false));
    }

    [Fact]
    public void A_file_sets_values_lists_and_sections()
    {
        var configuration = Read("""
            # a comment
            XMPP:
              domain: example.org   # another
              listen: [ "127.0.0.1:5222", "[::1]:0" ]
            admin:
              listen: 127.0.0.1:1,127.0.0.1:2
            log: { format: json, level: debug, fullAddresses: yes }
            grace: 1.5m
            """).Configuration.ShouldNotBeNull();
        configuration.Xmpp!.Domain.ToString().ShouldBe("example.org");
        configuration.Xmpp.Listen.Select(end => end.ToString()).ShouldBe(["127.0.0.1:5222", "[::1]:0"]);
        configuration.Admin.Listen!.Select(end => end.Port).ShouldBe([1, 2]);
        configuration.Log.ShouldBe(new LogConfiguration(LogFormat.Json, LogLevel.Debug, FullAddresses: true));
        configuration.Grace.ShouldBe(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public void The_environment_goes_before_the_file_and_its_case_does_not_matter()
    {
        var loaded = Read("xmpp: { domain: file.example }\ngrace: 1s", ("FERRYD_xmpp__Domain", "env.example"), ("FERRYD_XMPP__LISTEN", "127.0.0.1:1, [::1]:2"), ("OTHER", "x"), ("FERRYD_GRACE", ""));
        loaded.Configuration!.Xmpp!.Domain.ToString().ShouldBe("env.example");
        loaded.Configuration.Xmpp.Listen.Count.ShouldBe(2);
        loaded.Configuration.Grace.ShouldBe(TimeSpan.FromSeconds(1));
        loaded.Set[Keys.XmppDomain].Where.ShouldBe("environment");
        loaded.Set[Keys.Grace].Where.ShouldBe("ferryd.yml, line 2");
    }

    [Fact]
    public void A_component_needs_all_three_and_a_secret_that_is_one()
    {
        var secret = _folder.Write("secret", "s\n");
        var component = Read("component: { server: 127.0.0.1:5347, domain: Relay.example.org, secretFile: secret }").Configuration.ShouldNotBeNull();
        component.Component!.Server.ToString().ShouldContain("127.0.0.1:5347");
        component.Component.Domain.ToString().ShouldBe("relay.example.org");
        component.Component.SecretFile.ShouldBe(secret);
        component.Xmpp.ShouldBeNull();
        Faults("component: { server: 127.0.0.1:5347 }").ShouldBe([
            "ferryd.yml, line 1: a component needs component.domain, too (The domain that the server keeps for this component); set it, for example to relay.example.org",
            "ferryd.yml, line 1: a component needs component.secretFile, too (The file whose first line is the secret that the server has for it, too. Others must not be able to read it); set it, for example to component.secret",
        ]);
    }

    [Theory]
    [InlineData("xmpp: { domain: x }", "ferryd.yml, line 2: xmpp.domain is of the embedded server, which does not run where a component is given; remove it, or the component")]
    [InlineData("data: /x", "ferryd.yml, line 2: data does nothing here: a component keeps nothing but an index and a spool; remove it, or the component")]
    public void What_does_nothing_with_a_component_is_refused(string line, string fault)
    {
        _folder.Write("secret", "s\n");
        Faults("component: { server: 127.0.0.1:5347, domain: relay.example.org, secretFile: secret }\n" + line).ShouldBe([fault]);
    }

    [Theory]
    [InlineData("xmpp:\n  domian: x", "ferryd.yml, line 2: there is no key xmpp.domian; the nearest is xmpp.domain")]
    [InlineData("grcae: 1s", "ferryd.yml, line 1: there is no key grcae; the nearest is grace")]
    [InlineData("componet: { server: x }", "ferryd.yml, line 1: there is no key componet; the nearest is component")]
    [InlineData("xmpp: { listen: 5222 }", "ferryd.yml, line 1: xmpp.listen: '5222' is not ADDRESS:PORT, more with commas between; write for example 127.0.0.1:5222,[::1]:5222")]
    [InlineData("xmpp: { listen: \"::1:5222\" }", "ferryd.yml, line 1: xmpp.listen: '::1:5222' is not ADDRESS:PORT, more with commas between; write for example 127.0.0.1:5222,[::1]:5222")]
    [InlineData("xmpp: { domain: a@b }", "ferryd.yml, line 1: xmpp.domain: 'a@b' is not a domain; write for example localhost")]
    [InlineData("xmpp: { domain: [a, b] }", "ferryd.yml, line 1: xmpp.domain: 'a,b' is not a domain; write for example localhost")]
    [InlineData("log: { format: xml }", "ferryd.yml, line 1: log.format: 'xml' is not text or json; write for example text")]
    [InlineData("grace: 25h", "ferryd.yml, line 1: grace: '25h' is not a time, such as 90s, 5m or 1h, 24h at most; write for example 30s")]
    [InlineData("grace: -1s", "ferryd.yml, line 1: grace: '-1s' is not a time, such as 90s, 5m or 1h, 24h at most; write for example 30s")]
    [InlineData("\ngrace:", "ferryd.yml, line 2: grace has no value; give it one, or remove the line")]
    [InlineData("grace: {}", "ferryd.yml, line 1: grace is a value or a list, not a section")]
    [InlineData("xmpp: 5222", "ferryd.yml, line 1: xmpp is a section; its keys stand below it, indented")]
    [InlineData("xmpp: [5222]", "ferryd.yml, line 1: xmpp is a section; its keys stand below it, indented")]
    [InlineData("xmpp: { listen: [[a]] }", "ferryd.yml, line 1: xmpp.listen: a list has plain values")]
    [InlineData("xmpp: { listen: [] }", "ferryd.yml, line 1: xmpp.listen is an empty list; give it values, or remove the line")]
    [InlineData("? {- \n1sxmppgrace---é", "ferryd.yml, line 1: this is not YAML, or what follows it is not")]
    [InlineData("grace: 1s\ngrace: 2s", "ferryd.yml, line 2: grace stands here for the second time; keep one")]
    [InlineData("grace: !!str 1s", "ferryd.yml, line 1: grace: anchors and tags are not read here; write the value")]
    [InlineData("grace: *x", "ferryd.yml, line 1: grace is a value or a list, not a section")]
    [InlineData("- grace", "ferryd.yml, line 1: the file is no list; write KEY: VALUE")]
    [InlineData("grace", "ferryd.yml, line 1: here begins no key; write KEY: VALUE")]
    [InlineData("[a]: b", "ferryd.yml, line 1: a key is a word")]
    [InlineData("xmpp.domain: x", "ferryd.yml, line 1: 'xmpp.domain' is no key; sections are written on lines of their own")]
    [InlineData("grace: 1s\n---\ngrace: 2s", "ferryd.yml, line 2: there is a second document; keep one")]
    [InlineData("relay: { streams: none }", "ferryd.yml, line 1: relay.streams: 'none' is not a whole number from 1 on; write for example 1000")]
    [InlineData("index: { secretFile: x }", "ferryd.yml, line 1: index.secretFile is of a component, and there is none; remove it, or set component.server")]
    [InlineData("index: { domain: localhost }", "ferryd.yml, line 1: index.domain is another component's or the server's own domain; set it, for example to files.example.org")]
    [InlineData("xmpp: { certFile: nowhere.pem }", "ferryd.yml, line 1: xmpp.certFile: there is no file FOLDER/nowhere.pem")]
    public void What_is_wrong_says_where_what_and_what_to_do(string text, string fault) =>
        Faults(text).ShouldBe([fault.Replace("FOLDER", _folder.Path, StringComparison.Ordinal)]);

    [Theory]
    [InlineData("FERRYD_XMPP_DOMAIN", "x", "environment: there is no key FERRYD_XMPP_DOMAIN; the nearest is FERRYD_XMPP__DOMAIN")]
    [InlineData("FERRYD_", "x", "environment: there is no key FERRYD_; the nearest is FERRYD_DATA")]
    [InlineData("FERRYD_INDEX__ALLOW", "@", "environment: FERRYD_INDEX__ALLOW: '@' is not domains and JIDs with commas between, or * for everybody; write for example example.org,carol@example.net")]
    [InlineData("FERRYD_LOG__LEVEL", "loud", "environment: FERRYD_LOG__LEVEL: 'loud' is not debug, information, warning or error; write for example information")]
    [InlineData("FERRYD_XMPP__LISTEN", ",", "environment: FERRYD_XMPP__LISTEN: ',' is not ADDRESS:PORT, more with commas between; write for example 127.0.0.1:5222,[::1]:5222")]
    [InlineData("FERRYD_XMPP__DOMAIN", "a\u001b[31m@", "environment: FERRYD_XMPP__DOMAIN: 'a?[31m@' is not a domain; write for example localhost")]
    public void The_environments_faults_name_its_variables(string name, string value, string fault) => Read("", (name, value)).Faults.ShouldBe([fault]);

    [Fact]
    public void Everything_wrong_is_said_at_once() =>
        Faults("grace: x\nxmpp:\n  listen: y\n  nothing: z").Count.ShouldBe(3);

    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_secret_that_others_may_read_or_change_is_refused(UnixFileMode others)
    {
        if (OperatingSystem.IsWindows()) return;
        var file = _folder.Write("secret", "s\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        SecretFile.Fault(file).ShouldBe($"everybody on this machine may read or change {file}; chmod o= it");
        Faults("xmpp: { certFile: secret }").Single().ShouldContain("chmod o=");
        _folder.Write("secret", "s\n", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        SecretFile.Fault(file).ShouldBeNull();
    }

    [Theory]
    [InlineData("s\n", "s")]
    [InlineData("s\r\nmore", "s")]
    [InlineData(" with spaces ", " with spaces ")]
    [InlineData("", null)]
    [InlineData("\nsecond line", null)]
    public async Task The_secret_is_the_first_line(string text, string? secret)
    {
        var file = _folder.Write("secret", text);
        if (secret is null) (await Should.ThrowAsync<IOException>(SecretFile.ReadAsync(file, CancellationToken.None).AsTask())).Message.ShouldContain("is no secret");
        else (await SecretFile.ReadAsync(file, CancellationToken.None)).ShouldBe(secret);
    }

    [Fact]
    public async Task A_secret_without_end_is_none()
    {
        var file = _folder.Write("secret", new string('s', 5000));
        (await Should.ThrowAsync<IOException>(SecretFile.ReadAsync(file, CancellationToken.None).AsTask())).Message.ShouldContain("more than 4096");
    }

    [Fact]
    public void A_file_too_large_or_missing_or_of_other_bytes_is_a_fault()
    {
        YamlSource.ReadFile(_folder.Write("large.yml", new string('#', YamlSource.MaxBytes + 1))).Faults.Single().ShouldContain("more than 256 KiB");
        YamlSource.ReadFile(_folder.Write("most.yml", new string('#', YamlSource.MaxBytes))).Faults.ShouldBeEmpty();
        YamlSource.ReadFile(Path.Combine(_folder.Path, "nowhere.yml")).Faults.Single().ShouldContain("nowhere.yml");
        YamlSource.ReadFile(_folder.Path).Faults.ShouldHaveSingleItem();
        var latin = Path.Combine(_folder.Path, "latin.yml");
        File.WriteAllBytes(latin, [(byte)'a', 0xE4, (byte)'\n']);
        YamlSource.ReadFile(latin).Faults.Single().ShouldContain("not UTF-8");
    }

    [Theory]
    [InlineData("/srv/state", null, "/srv/state")]
    [InlineData("/srv/state:/srv/other", "/home/x", "/srv/state")]
    [InlineData(null, "/home/x", "/home/x/ferry/server")]
    public void The_data_folder_follows_systemd_and_then_XDG(string? systemd, string? xdg, string expected)
    {
        var variables = new List<(string, string)>();
        if (systemd is not null) variables.Add(("STATE_DIRECTORY", systemd));
        if (xdg is not null) variables.Add(("XDG_STATE_HOME", xdg));
        Read("", [.. variables]).Configuration!.DataFolder.ShouldBe(expected);
    }

    // Entries by hand, so that keys of parts that are not built yet are read as they will be.
    [Fact]
    public void The_relays_limits()
    {
        var relay = Given(
            (Keys.RelayListen, "0.0.0.0:7777,[::]:7777"), (Keys.RelayAdvertise, "relay.example.org,[2001:db8::1]:1"), (Keys.RelayAllow, "example.org,Carol@example.net"), (Keys.RelayStreams, "9"),
            (Keys.RelayStreamsPerUser, "3"), (Keys.RelayRate, "1 GB"), (Keys.RelayRatePerUser, "10MB"), (Keys.RelayRatePerStream, "1 MiB"), (Keys.RelayMaxBytes, "2GiB"),
            (Keys.RelayHandshakeTimeout, "1s"), (Keys.RelayPairingTimeout, "2s"), (Keys.RelayIdleTimeout, "1h")).Configuration!.Relay;
        relay.Listen.Select(end => end.ToString()).ShouldBe(["0.0.0.0:7777", "[::]:7777"]);
        relay.Advertise.Select(end => (end.Host, end.Port)).ShouldBe([("relay.example.org", 0), ("2001:db8::1", 1)]);
        relay.Allow!.Addresses.Select(jid => jid.ToString()).ShouldBe(["example.org", "carol@example.net"]);
        relay.Allow.Everybody.ShouldBeFalse();
        (relay.Streams, relay.StreamsPerUser, relay.Rate, relay.RatePerUser, relay.RatePerStream, relay.MaxBytes).ShouldBe((9, 3, 1_000_000_000, 10_000_000, 1 << 20, 2L << 30));
        (relay.HandshakeTimeout, relay.PairingTimeout, relay.IdleTimeout).ShouldBe((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void The_relay_is_closed_unless_somebody_opens_it()
    {
        Given().Configuration!.Relay.Allow.ShouldBeNull();
        Given((Keys.RelayAllow, "*")).Configuration!.Relay.Allow!.Everybody.ShouldBeTrue();
        Given((Keys.RelayAllow, "a@b/resource")).Faults.Single().ShouldContain("is not domains and JIDs");
        Given((Keys.RelayAllow, ",")).Faults.ShouldHaveSingleItem();
    }

    [Fact]
    public void The_bridge_needs_an_address_and_a_name()
    {
        var http = Given((Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "https://relay.example.org/"), (Keys.HttpBytesPerDay, "1GB"), (Keys.HttpMinRate, "1 kB")).Configuration!.Http!;
        http.PublicUrl.ToString().ShouldBe("https://relay.example.org/");
        (http.BytesPerDay, http.MinRate, http.StreamsPerUser, http.HeaderTimeout).ShouldBe((1_000_000_000, 1000, 4, TimeSpan.FromSeconds(15)));
        Given((Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "http://relay.example.org/")).Faults.Single().ShouldContain("everybody on the way could read the files");
        Given((Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "http://relay.example.org/"), (Keys.HttpInsecureUrl, "yes")).Faults.ShouldBeEmpty();
        Given((Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "http://127.0.0.1:1/")).Faults.ShouldBeEmpty();
        Given((Keys.HttpListen, "127.0.0.1:1")).Faults.Single().ShouldContain("the bridge needs http.publicUrl, too");
        Given((Keys.HttpMaxBytes, "1GB")).Faults.Count.ShouldBe(2);
    }

    [Fact]
    public void Files_wait_on_disk_only_where_it_is_said()
    {
        (Key, string)[] bridge = [(Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "https://relay.example.org/"), (Keys.Data, _folder.Path)];
        Given(bridge).Configuration!.Http!.Spool.ShouldBeNull();
        Given([.. bridge, (Keys.HttpSpool, "no")]).Configuration!.Http!.Spool.ShouldBeNull();
        Given([.. bridge, (Keys.HttpSpool, "yes")]).Configuration!.Http!.Spool.ShouldBe(new SpoolConfiguration(Path.Combine(_folder.Path, "spool"), 10L << 30, 2L << 30, TimeSpan.FromDays(1)));
        Given([.. bridge, (Keys.HttpSpool, "yes"), (Keys.HttpSpoolBytes, "1 GB"), (Keys.HttpSpoolBytesPerUser, "100 MB"), (Keys.HttpSpoolTime, "1h")]).Configuration!.Http!.Spool
            .ShouldBe(new SpoolConfiguration(Path.Combine(_folder.Path, "spool"), 1_000_000_000, 100_000_000, TimeSpan.FromHours(1)));
        foreach (var key in new[] { Keys.HttpSpoolBytes, Keys.HttpSpoolBytesPerUser, Keys.HttpSpoolTime }) Given([.. bridge, (key, key.Sample)]).Faults.Single().ShouldContain("does nothing without http.spool; set that to yes, or remove this");
        // A component that keeps files has a folder for them.
        _folder.Write("secret", "s\n");
        Read($"component: {{ server: 127.0.0.1:5347, domain: relay.example.org, secretFile: secret }}\nhttp: {{ listen: 127.0.0.1:1, publicUrl: https://relay.example.org/, spool: yes }}\ndata: kept")
            .Configuration!.Http!.Spool!.Folder.ShouldBe(Path.Combine(_folder.Path, "kept", "spool"));
    }

    [Fact]
    public void The_bridge_is_for_whom_it_is_said()
    {
        (Key, string)[] bridge = [(Keys.HttpListen, "127.0.0.1:1"), (Keys.HttpPublicUrl, "https://relay.example.org/")];
        var usual = Given(bridge).Configuration!.Http!;
        (usual.AllowConnect, usual.AllowActivate, usual.Origins.Count).ShouldBe((null, null, 0));
        var http = Given([.. bridge, (Keys.HttpAllowConnect, "example.org"), (Keys.HttpAllowActivate, "*"), (Keys.HttpOrigins, "https://App.Example.org:443/, http://[::1]:8080,https://büro.example")]).Configuration!.Http!;
        http.AllowConnect!.Addresses.Single().ToString().ShouldBe("example.org");
        http.AllowConnect.Everybody.ShouldBeFalse();
        http.AllowActivate!.Everybody.ShouldBeTrue();
        http.Origins.ShouldBe(["https://app.example.org", "http://[::1]:8080", "https://xn--bro-hoa.example"]);
        Given([.. bridge, (Keys.HttpOrigins, "https://app.example.org, *")]).Configuration!.Http!.Origins.ShouldBeEmpty();
        foreach (var wrong in (string[])["null", "app.example.org", "https://app.example.org/page", "https://*.example.org", ","]) Given([.. bridge, (Keys.HttpOrigins, wrong)]).Faults.ShouldHaveSingleItem(wrong);
    }

    [Fact]
    public void Every_key_has_a_sample_that_is_right_and_refuses_what_is_not()
    {
        foreach (var name in new[] { "component.secret", "server.pem", "relay.pem", "index.secret" }) _folder.Write(name, "s\n");
        foreach (var key in Keys.All)
        {
            // A component, the bridge and the index's component need several keys at once.
            var others = Keys.All.Where(other => other != key && other.Section == key.Section && (key.Section is "component" or "http")).Select(other => (other, other.Sample)).ToList();
            if (key == Keys.IndexSecretFile) others.AddRange(Keys.All.Where(other => other.Section == "component" || other == Keys.IndexDomain).Select(other => (other, other.Sample)));
            Given([.. others, (key, key.Sample)]).Faults.ShouldBeEmpty(key.Path);
            Given([.. others, (key, "\0")]).Faults.ShouldContain(fault => fault.Contains(key.Path, StringComparison.Ordinal), key.Path);
        }
    }

    [Fact]
    public void An_index_is_beside_the_embedded_server_always_and_a_component_when_its_keys_are_there()
    {
        var embedded = Given((Keys.XmppDomain, "example.org"), (Keys.Data, "/kept")).Configuration!.Index.ShouldNotBeNull();
        (embedded.Domain.ToString(), embedded.Database, embedded.SecretFile, embedded.Allow).ShouldBe(("files.example.org", "/kept/index.db", null, null));
        Given((Keys.IndexDomain, "other.example.org"), (Keys.IndexDatabase, "Host=/run/postgresql;Database=ferry")).Configuration!.Index!.Database.ShouldBe("Host=/run/postgresql;Database=ferry");
        Given((Keys.IndexDatabase, "own.db")).Configuration!.Index!.Database.ShouldBe(Path.Combine(_folder.Path, "own.db"));

        _folder.Write("component.secret", "s\n");
        _folder.Write("index.secret", "s\n");
        (Key, string)[] component = [(Keys.ComponentServer, "127.0.0.1:5347"), (Keys.ComponentDomain, "relay.example.org"), (Keys.ComponentSecretFile, "component.secret")];
        Given(component).Configuration!.Index.ShouldBeNull();
        var attached = Given([.. component, (Keys.IndexDomain, "files.example.org"), (Keys.IndexSecretFile, "index.secret"), (Keys.Data, "/kept"), (Keys.IndexAllow, "example.org")]).Configuration!.Index.ShouldNotBeNull();
        (attached.Database, attached.Allow!.Addresses.Single().ToString()).ShouldBe(("/kept/index.db", "example.org"));
        Given([.. component, (Keys.IndexDomain, "files.example.org")]).Faults.Single().ShouldContain("the index needs index.secretFile, too");
        Given([.. component, (Keys.IndexDomain, "relay.example.org"), (Keys.IndexSecretFile, "index.secret")]).Faults.Single().ShouldContain("another component's");
        Given([.. component, (Keys.Data, "/kept")]).Faults.Single().ShouldContain("keeps nothing but an index");
    }

    private LoadedConfiguration Given(params (Key Key, string Value)[] set) => ConfigurationReader.Load(
        new Entries([.. set.Select(entry => new Entry(entry.Key, [entry.Value], "ferryd.yml, line 1", entry.Key.Path, _folder.Path))], []), new Dictionary<string, string>(StringComparer.Ordinal));

    private IReadOnlyList<string> Faults(string text)
    {
        var loaded = Read(text);
        loaded.Configuration.ShouldBeNull();
        return loaded.Faults;
    }

    private LoadedConfiguration Read(string text, params (string Name, string Value)[] environment) => ConfigurationReader.Load(
        YamlSource.Read(Path.Combine(_folder.Path, "ferryd.yml"), text),
        environment.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal));
}
