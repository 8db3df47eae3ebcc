using System.Net;
using Ferry.Cli.Connecting;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Tests.Configuration;

public class PrecedenceTests
{
    [Fact]
    public async Task Every_connection_option_is_read_from_the_command_line()
    {
        using var folder = new TemporaryFolder();
        var (ca, password) = (folder.Write("ca.pem"), folder.Write("password"));
        var run = new CommandLineRun();

        (await run.ParseAsync(
            "receive", "--account", "a@b/c", "--password-file", password, "--server", "xmpps:[::1]:5223", "--ca", ca, "--pin", Pin('A'), "--allow-plain",
            "--bind", "::1", "--bind", "127.0.0.1", "--listen-ports", "7000-7010", "--listen-ports", "8000", "--advertise", "one.example", "--advertise", "two.example:9",
            "--proxy", "proxy.example", "--proxy", "other.example/7", "--s5b-wait", "2.5", "--ibb-messages", "--allow-local", "--timeout", "30", "--json", "-v"))
            .ShouldBe(0, run.Terminal.Errors);

        var connection = run.Receive!.Connection;
        connection.Account.ToString().ShouldBe("a@b/c");
        connection.Password.ShouldBe(new PasswordSource.FromFile(password));
        connection.Server.ShouldBe("xmpps:[::1]:5223");
        connection.CertificateAuthorities.ShouldBe([ca]);
        connection.Pin.ShouldBe(Pin('a'));
        connection.AllowPlain.ShouldBeTrue();
        connection.InsecurePlaintext.ShouldBeFalse();
        connection.Bind.ShouldBe([IPAddress.IPv6Loopback, IPAddress.Loopback]);
        connection.ListenPorts.ShouldBe([(7000, 7010), (8000, 8000)]);
        connection.Advertise.ShouldBe(["one.example", "two.example:9"]);
        connection.Proxies.ShouldBe([Jid.Parse("proxy.example"), Jid.Parse("other.example/7")]);
        connection.Socks5Wait.ShouldBe(TimeSpan.FromSeconds(2.5));
        connection.IbbMessages.ShouldBeTrue();
        connection.AllowLocal.ShouldBeTrue();
        connection.Timeout.ShouldBe(TimeSpan.FromSeconds(30));
        connection.Json.ShouldBeTrue();
        connection.Verbosity.ShouldBe(Verbosity.Verbose);
    }

    [Fact]
    public async Task Every_connection_option_is_read_from_the_environment()
    {
        var run = new CommandLineRun()
            .With("FERRY_SERVER", "localhost:5222").With("FERRY_INSECURE_PLAINTEXT", "true").With("FERRY_BIND", "::1, 127.0.0.1")
            .With("FERRY_LISTEN_PORTS", "7000").With("FERRY_ADVERTISE", "one.example,two.example:9").With("FERRY_S5B_WAIT", "2").With("FERRY_PROXY", "proxy.example, other.example")
            .With("FERRY_ALLOW_LOCAL", "1").With("FERRY_ALLOW_PLAIN", "0").With("FERRY_TIMEOUT", "5").With("FERRY_JSON", "true").With("FERRY_QUIET", "1")
            .With("FERRY_FROM", "alice@example.org,example.net").With("FERRY_COUNT", "2").With("FERRY_DIR", "/in").With("FERRY_RENAME", "yes")
            .With("FERRY_OFFER", "si,none").With("FERRY_VIA", "ibb,s5b-direct");

        (await run.ParseAsync("receive")).ShouldBe(0, run.Terminal.Errors);

        var (receive, connection) = (run.Receive!, run.Receive!.Connection);
        connection.Account.ToString().ShouldBe("me@example.org");
        connection.Password.ShouldBe(new PasswordSource.Given("secret"));
        connection.Server.ShouldBe("localhost:5222");
        connection.InsecurePlaintext.ShouldBeTrue();
        connection.Bind.ShouldBe([IPAddress.IPv6Loopback, IPAddress.Loopback]);
        connection.ListenPorts.ShouldBe([(7000, 7000)]);
        connection.Advertise.ShouldBe(["one.example", "two.example:9"]);
        connection.Proxies.ShouldBe([Jid.Parse("proxy.example"), Jid.Parse("other.example")]);
        connection.Socks5Wait.ShouldBe(TimeSpan.FromSeconds(2));
        connection.AllowLocal.ShouldBeTrue();
        connection.AllowPlain.ShouldBeFalse();
        connection.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
        connection.Json.ShouldBeTrue();
        connection.Verbosity.ShouldBe(Verbosity.Quiet);
        receive.From.Select(jid => jid.ToString()).ShouldBe(["alice@example.org", "example.net"]);
        receive.Count.ShouldBe(2);
        receive.Directory.ShouldBe("/in");
        receive.Existing.ShouldBe(ExistingFile.Rename);
        receive.Offers.ShouldBe(["si", "none"]);
        receive.Methods.ShouldBe(["ibb", "s5b-direct"]);
    }

    [Fact]
    public async Task The_command_line_wins_over_the_environment_which_wins_over_the_settings_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ferry/config", "timeout = 3\ncount = 3\ndir = /three\n");
        var run = new CommandLineRun().With("XDG_CONFIG_HOME", folder.Path).With("FERRY_TIMEOUT", "2").With("FERRY_COUNT", "2");

        (await run.ParseAsync("receive", "--timeout", "1")).ShouldBe(0, run.Terminal.Errors);

        run.Receive!.Connection.Timeout.ShouldBe(TimeSpan.FromSeconds(1));
        run.Receive!.Count.ShouldBe(2);
        run.Receive!.Directory.ShouldBe("/three");
    }

    [Fact]
    public async Task An_accounts_section_holds_for_that_account_only()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ferry/config", "account = alice@example.org\nserver = all.example:5222\n[bob@example.org]\nserver = bob.example:5222\npassword-command = pass bob\n");
        CommandLineRun Run() => new CommandLineRun().With("XDG_CONFIG_HOME", folder.Path).With("FERRY_ACCOUNT", null).With("FERRY_PASSWORD", null);
        var (alice, bob) = (Run(), Run());

        await alice.ParseAsync("receive");
        await bob.ParseAsync("receive", "--account", "bob@example.org/phone");

        alice.Receive!.Connection.Account.ToString().ShouldBe("alice@example.org");
        alice.Receive!.Connection.Server.ShouldBe("all.example:5222");
        alice.Receive!.Connection.Password.ShouldBe(new PasswordSource.Asked());
        bob.Receive!.Connection.Server.ShouldBe("bob.example:5222");
        bob.Receive!.Connection.Password.ShouldBe(new PasswordSource.FromCommand("pass bob"));
    }

    [Theory]
    [InlineData("nonsense", "config:1: 'nonsense' is not a setting (name = value)")]
    [InlineData("colour = red", "config:1: there is no setting 'colour'")]
    [InlineData("password = secret", "config:1: there is no setting 'password'")]
    [InlineData("\n[not a jid]", "config:2: '[not a jid]' is not an account's section")]
    [InlineData("timeout = soon", "timeout: 'soon' is not a time in seconds")]
    public async Task What_cannot_be_used_in_the_settings_file_is_told_with_its_place(string text, string message)
    {
        using var folder = new TemporaryFolder();
        folder.Write("ferry/config", text);
        var run = new CommandLineRun().With("XDG_CONFIG_HOME", folder.Path);

        (await run.ParseAsync("receive")).ShouldBe(2);

        run.Terminal.Errors.ShouldContain(message);
    }

    [Fact]
    public async Task A_settings_file_that_is_too_large_is_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ferry/config", new string('#', 64 * 1024 + 1));
        var run = new CommandLineRun().With("XDG_CONFIG_HOME", folder.Path);

        (await run.ParseAsync("receive")).ShouldBe(2);

        run.Terminal.Errors.ShouldContain("larger than 64 KiB");
    }

    [Fact]
    public async Task A_password_comes_from_the_file_before_the_environment_and_from_its_variable_before_its_command()
    {
        var withFile = new CommandLineRun().With("FERRY_PASSWORD_COMMAND", "pass");
        var withBoth = new CommandLineRun().With("FERRY_PASSWORD_COMMAND", "pass");
        var withCommand = new CommandLineRun().With("FERRY_PASSWORD", null).With("FERRY_PASSWORD_COMMAND", "pass");
        var withNothing = new CommandLineRun().With("FERRY_PASSWORD", null);

        await withFile.ParseAsync("receive", "--password-file", "f");
        await withBoth.ParseAsync("receive");
        await withCommand.ParseAsync("receive");
        await withNothing.ParseAsync("receive");

        withFile.Receive!.Connection.Password.ShouldBe(new PasswordSource.FromFile("f"));
        withBoth.Receive!.Connection.Password.ShouldBe(new PasswordSource.Given("secret"));
        withCommand.Receive!.Connection.Password.ShouldBe(new PasswordSource.FromCommand("pass"));
        withNothing.Receive!.Connection.Password.ShouldBe(new PasswordSource.Asked());
    }

    [Fact]
    public void The_timeout_bounds_every_step_and_without_it_each_has_its_own()
    {
        var account = Protocol.Addressing.Jid.Parse("a@b");

        var own = new ConnectionOptions { Account = account }.ToFerryOptions();
        var set = new ConnectionOptions { Account = account, Timeout = TimeSpan.FromSeconds(5) }.ToFerryOptions();

        (own.ConnectTimeout, own.AnswerTimeout).ShouldBe((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(600)));
        new[] { set.ConnectTimeout, set.AnswerTimeout, set.IdleTimeout, set.InBandIdleTimeout }.ShouldAllBe(time => time == TimeSpan.FromSeconds(5));
    }

    private static string Pin(char digit) => new(digit, 64);
}
