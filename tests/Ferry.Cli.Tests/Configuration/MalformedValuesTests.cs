using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Configuration;

public class MalformedValuesTests
{
    [Theory]
    [InlineData("--account", "nobody", "is not an account")]
    [InlineData("--account", "a@", "is not an account")]
    [InlineData("--server", "example.org", "is not a server")]
    [InlineData("--server", "example.org:0", "is not a server")]
    [InlineData("--server", "example.org:65536", "is not a server")]
    [InlineData("--server", "http:example.org:80", "is not a server")]
    [InlineData("--server", "[::1:5222", "is not a server")]
    [InlineData("--server", "[nonsense]:5222", "is not a server")]
    [InlineData("--server", ":5222", "is not a server")]
    [InlineData("--pin", "abc", "is not a certificate's SHA-256")]
    [InlineData("--ca", "/nonexistent/ca.pem", "is not a file")]
    [InlineData("--bind", "eth0", "is not an IP address")]
    [InlineData("--bind", "1", "is not an IP address")]
    [InlineData("--listen-ports", "7010-7000", "is not a range of ports")]
    [InlineData("--listen-ports", "0-10", "is not a range of ports")]
    [InlineData("--listen-ports", "1-65536", "is not a range of ports")]
    [InlineData("--listen-ports", "7000-", "is not a range of ports")]
    [InlineData("--advertise", "two words", "is not a place to connect to")]
    [InlineData("--advertise", "host:port", "is not a place to connect to")]
    [InlineData("--proxy", "@proxy", "is not a service's XMPP address")]
    [InlineData("--s5b-wait", "-1", "is not a time in seconds")]
    [InlineData("--s5b-wait", "0", "is not a time in seconds")]
    [InlineData("--s5b-wait", "1,5", "is not a time in seconds")]
    [InlineData("--timeout", "1e99", "is not a time in seconds")]
    [InlineData("--timeout", "forever", "is not a time in seconds")]
    [InlineData("--from", "@", "is not an XMPP address")]
    [InlineData("--count", "0", "is not a number of files")]
    [InlineData("--max-size", "5X", "is not a number of bytes")]
    [InlineData("--max-size", "M", "is not a number of bytes")]
    [InlineData("--max-size", "99999999T", "is not a number of bytes")]
    [InlineData("--max-size", "-1", "is not a number of bytes")]
    [InlineData("--count", "many", "is not a number of files")]
    [InlineData("--offer", "fax", "is not an offer (jingle, si, jabberfs, none)")]
    [InlineData("--via", "pigeon", "is not a method (s5b-direct, s5b-proxy, ibb, tcp, http-bridge)")]
    public async Task A_malformed_value_is_told_with_its_option_and_what_would_be_right(string option, string value, string problem)
    {
        var byOption = new CommandLineRun();
        var byVariable = new CommandLineRun();
        var variable = "FERRY_" + option[2..].ToUpperInvariant().Replace('-', '_');

        // The form with '=' is the one in which a value may begin with a dash.
        (await byOption.ParseAsync("receive", $"{option}={value}")).ShouldBe(2);
        (await byVariable.With(variable, value).ParseAsync("receive")).ShouldBe(2);

        byOption.Terminal.Errors.ShouldContain($"ferry: error: {option}: '{value}' {problem}");
        byOption.Terminal.Errors.ShouldContain("ferry: hint: 'ferry receive --help' shows what it takes");
        if (!value.Contains(',', StringComparison.Ordinal)) byVariable.Terminal.Errors.ShouldContain($"ferry: error: {variable}: '{value}' {problem}", Case.Insensitive);
        byOption.Receive.ShouldBeNull();
        byOption.Terminal.Output.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--frobnicate")]
    [InlineData("--timeout")]
    [InlineData("--dir", "a", "--dir", "b")]
    [InlineData("stray")]
    [InlineData("--overwrite", "--rename")]
    [InlineData("--verbose", "--quiet")]
    [InlineData("--offer", "none")]
    public async Task A_command_line_that_makes_no_sense_is_refused(params string[] words)
    {
        var run = new CommandLineRun();

        (await run.ParseAsync(["receive", .. words])).ShouldBe(2);

        run.Terminal.Errors.ShouldStartWith("ferry: error: ");
        run.Receive.ShouldBeNull();
    }

    [Theory]
    [InlineData("nobody to send 'film.mkv' to", "film.mkv")]
    [InlineData("no file to send to 'bob@example.org'", "bob@example.org")]
    [InlineData("is not an XMPP address", "film.mkv", "@")]
    [InlineData("--name: can name one file only", "--name", "x", "a", "b", "bob@example.org")]
    [InlineData("give --name NAME", "-", "bob@example.org")]
    [InlineData("is not a file name", "--name", "../x", "a", "bob@example.org")]
    public async Task Send_says_what_it_misses(string problem, params string[] words)
    {
        var run = new CommandLineRun();

        (await run.ParseAsync(["send", .. words])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain(problem);
        run.Send.ShouldBeNull();
    }

    [Fact]
    public async Task Every_problem_is_told_at_once_and_as_events_for_a_script()
    {
        var run = new CommandLineRun();

        (await run.ParseAsync("receive", "--json", "--timeout", "x", "--count", "y")).ShouldBe(2);

        run.Terminal.OutputLines.Count.ShouldBe(2);
        run.Terminal.OutputLines.ShouldAllBe(line => line.Contains("\"reason\":\"usage\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_account_it_says_how_to_give_one()
    {
        var run = new CommandLineRun().With("FERRY_ACCOUNT", null);

        (await run.ParseAsync("receive")).ShouldBe(2);

        run.Terminal.Errors.ShouldContain("no account: give --account JID, set FERRY_ACCOUNT");
    }

    [Fact]
    public async Task A_password_is_never_an_argument()
    {
        var run = new CommandLineRun();

        (await run.ParseAsync("receive", "--password", "secret")).ShouldBe(2);
    }
}
