using System.Text.Json;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Sharing;

namespace Ferry.Cli.Tests.Commands.Get;

public sealed class GetRunTests : IDisposable
{
    private static readonly Jid Alice = Jid.Parse("alice@example.org");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_name_is_asked_for_with_what_was_said()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(
            ["get", "--dir", _folder.Path, "--offer", "jabberfs", "--via", "tcp", "--rename", "--max-size", "5M", "--legacy-jabberfs", "old@example.org", "alice@example.org", "docs/a.pdf", "b.pdf"]))
            .ShouldBe(0, run.Terminal.Errors);

        run.Client.Got.Select(got => (got.From, got.Path, got.Directory)).ShouldBe([(Alice, "docs/a.pdf", _folder.Path), (Alice, "b.pdf", _folder.Path)]);
        run.Client.Got[0].Options.ShouldSatisfyAllConditions(
            options => options.Offers.ShouldBe(["jabberfs"]),
            options => options.Methods.ShouldBe(["tcp"]),
            options => options.Existing.ShouldBe(ExistingFile.Rename),
            options => options.MaxBytes.ShouldBe(5 * 1024 * 1024));
        run.Client.Options!.LegacyJabberFs.ShouldBe([Jid.Parse("old@example.org")]);
        run.Client.Options.SendPresence.ShouldBeFalse();
        run.Client.Options.StateDirectory.ShouldNotBeNull();
        run.Client.Disposed.ShouldBeTrue();
    }

    [Fact]
    public async Task As_events()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--json", "--dir", _folder.Path, "alice@example.org", "docs/a.pdf"])).ShouldBe(0);

        var events = run.Terminal.OutputLines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        events.Select(entry => entry.GetProperty("type").GetString()).ShouldBe(["ready", "offered", "done"]);
        events[1].GetProperty("offer").GetString().ShouldBe("jabberfs");
        events[1].GetProperty("bytes").ValueKind.ShouldBe(JsonValueKind.Null);
        events[2].GetProperty("transfer").GetString().ShouldBe(events[1].GetProperty("transfer").GetString());
    }

    [Theory]
    [InlineData("sha-256:{64}", "sha-256")]
    [InlineData("SHA256:{64}", "sha-256")]
    [InlineData("{64}", "sha-256")]
    [InlineData("sha-512:{128}", "sha-512")]
    [InlineData("sha1:{40}", "sha-1")]
    public async Task A_hash_is_asked_for_as_such(string word, string algorithm)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--json", "--dir", _folder.Path, "alice@example.org", Digits(word, 'A')])).ShouldBe(0, run.Terminal.Errors);

        var hex = new string('a', word.Contains("{64}", StringComparison.Ordinal) ? 64 : algorithm == "sha-512" ? 128 : 40);
        run.Client.Got.ShouldHaveSingleItem().Path.ShouldBe($"{algorithm} {hex}");
        var offered = JsonDocument.Parse(run.Terminal.OutputLines[1]).RootElement;
        (offered.GetProperty("name").GetString(), offered.GetProperty("offer").GetString()).ShouldBe(($"{algorithm}:{hex}", "jingle"));
    }

    [Theory]
    [InlineData("docs/{64}")] // a file that is called like a hash
    [InlineData("{40}")]
    [InlineData("sha-256:readme.txt")]
    [InlineData("a:b")]
    public async Task What_is_no_hash_is_a_name(string word)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--dir", _folder.Path, "alice@example.org", Digits(word, 'a')])).ShouldBe(0, run.Terminal.Errors);

        run.Client.Got.ShouldHaveSingleItem().Path.ShouldBe(Digits(word, 'a'));
    }

    [Theory]
    [InlineData("sha-256:{40}", "is no hash: sha-256 has 64 hexadecimal digits")]
    [InlineData("md5:{32}", "cannot be told by md5")]
    [InlineData("blake2b-256:{64}", "cannot be told by blake2b-256")]
    public async Task A_hash_that_cannot_be_one_is_usage(string word, string problem)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "alice@example.org", Digits(word, 'a')])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain(problem);
        run.Client.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task A_link_says_who_and_which()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--dir", _folder.Path, Digits("xmpp:alice@example.org/my%20home?jingle-ft;sha-256={64}", 'b')])).ShouldBe(0, run.Terminal.Errors);

        run.Client.Got.Select(got => (got.From.ToString(), got.Path)).ShouldBe([("alice@example.org/my home", "sha-256 " + new string('b', 64))]);
    }

    [Fact]
    public async Task A_link_of_Psi_says_who_and_the_words_behind_it_which()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--dir", _folder.Path, "xmpp:alice@example.org/psi?jingle-ft", Digits("sha-256:{64}", 'c'), "a.pdf"])).ShouldBe(0, run.Terminal.Errors);

        run.Client.Got.Select(got => (got.From.ToString(), got.Path)).ShouldBe([("alice@example.org/psi", "sha-256 " + new string('c', 64)), ("alice@example.org/psi", "a.pdf")]);
    }

    [Theory]
    [InlineData("xmpp:alice@example.org?jingle-ft", "names an account")]
    [InlineData("xmpp:alice@example.org/home", "is no link to a file")]
    [InlineData("xmpp:alice@example.org/home?message;body=hello", "is no link to a file")]
    [InlineData("xmpp:evil%2F@example.org/home?jingle-ft", "has no XMPP address in it")]
    [InlineData("xmpp:alice@example.org/home?jingle-ft;sha-256=../../etc/passwd", "has a hash in it that is none")]
    [InlineData("xmpp:alice@example.org/home?jingle-ft", "which one")]
    [InlineData("alice@example.org", "say what to get")]
    public async Task Links_that_say_too_little_or_other_things_are_usage(string link, string problem)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", link])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain(problem);
        run.Client.Connected.ShouldBeFalse();
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("/etc/passwd")]
    [InlineData("docs//")]
    [InlineData("/")]
    public async Task What_is_no_share_path_is_usage(string name)
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "alice@example.org", name])).ShouldBe(2);

        run.Terminal.Errors.ShouldContain("is no path of a shared file");
        run.Client.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_is_asked_for_file_by_file_into_folders_of_the_same_names()
    {
        var run = new CommandLineRun();
        run.Client.OnList = (_, folder) => folder switch
        {
            "docs/a" => new SharedListing(Jid.Parse("alice@example.org/home"), false, ["in", ".."], [new FileMetadata("one", 1)]),
            "docs/a/in" => new SharedListing(Jid.Parse("alice@example.org/home"), false, [], [new FileMetadata("two", 1)]),
            _ => throw new InvalidOperationException($"{folder} was asked for"),
        };

        (await run.RunAsync(["get", "--dir", _folder.Path, "alice@example.org", "docs/a/"])).ShouldBe(0, run.Terminal.Errors);
        run.Client.Got.Select(got => (got.From.ToString(), got.Path, got.Directory)).ShouldBe(
            [("alice@example.org/home", "docs/a/one", Path.Combine(_folder.Path, "a")), ("alice@example.org/home", "docs/a/in/two", Path.Combine(_folder.Path, "a", "in"))]);
        Directory.Exists(Path.Combine(_folder.Path, "a", "in")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_of_somebody_who_is_not_there_is_absent()
    {
        var run = new CommandLineRun();
        run.Client.OnList = (owner, _) => new SharedListing(owner, true, [], [new FileMetadata("one", 1)]);

        (await run.RunAsync(["get", "--dir", _folder.Path, "alice@example.org", "docs/"])).ShouldBe(5);
        run.Client.Got.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_missing_directory_is_named()
    {
        var run = new CommandLineRun();

        (await run.RunAsync(["get", "--dir", Path.Combine(_folder.Path, "none"), "alice@example.org", "a"])).ShouldBe(9);

        run.Terminal.Errors.ShouldContain("there is no directory");
    }

    [Fact]
    public async Task What_broke_off_is_asked_for_again_and_what_was_refused_is_not()
    {
        var run = new CommandLineRun();
        var ends = new Queue<Outcome>(
        [
            Broken(FailureReason.CancelledByPeer, 100),
            Broken(FailureReason.Absent, 0),
            Outcomes.Done("t", Alice, "a.pdf"),
            Broken(FailureReason.Refused, 0),
        ]);
        run.Client.OnGet = (_, _, _, _) => Task.FromResult(ends.Dequeue());

        var running = run.RunAsync(["get", "--dir", _folder.Path, "alice@example.org", "a.pdf", "b.pdf"]);
        foreach (var wait in (double[])[1, 4])
        {
            await run.Time.WaitForTimerAsync(TimeSpan.FromSeconds(wait)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            run.Time.Advance(TimeSpan.FromSeconds(wait));
        }

        (await running).ShouldBe(3);
        run.Client.Got.Select(got => got.Path).ShouldBe(["a.pdf", "a.pdf", "a.pdf", "b.pdf"]);
        run.Client.Got.Take(3).Select(got => got.Options.Transfer).Distinct().ShouldHaveSingleItem();
    }

    private static Outcome Broken(FailureReason reason, long bytes) => Outcomes.Done("t", Alice, "a.pdf") with
    {
        Failure = new Failure(reason, Phase.Transferring, Side.Peer, "broke", Resumable: bytes > 0),
        Bytes = bytes,
    };

    // {64} stands for so many digits.
    private static string Digits(string text, char digit) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"\{(\d+)\}", match => new string(digit, int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)));
}
