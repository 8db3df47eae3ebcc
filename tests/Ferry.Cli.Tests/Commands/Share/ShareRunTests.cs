using Ferry.Cli.Tests.Fakes;
using Ferry.Sharing;
using Ferry.Testing;

namespace Ferry.Cli.Tests.Commands.Share;

public sealed class ShareRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Folders_rules_and_names_are_understood()
    {
        var run = new CommandLineRun();
        (await run.ParseAsync("share", "--as", "music", "--allow", "bob@example.org", "--allow", "group:Friends", "--allow", "example.org", "--max-files", "7", _folder.Path)).ShouldBe(0);

        run.Share!.Folders.ShouldBe([new SharedFolder(_folder.Path, "music")]);
        run.Share.Allow.Count.ShouldBe(3);
        run.Share.Allow[1].ShouldBe(new ShareRule.Group("Friends"));
        run.Share.MaxFiles.ShouldBe(7);
    }

    [Fact]
    public async Task A_folder_has_its_own_name_without_another()
    {
        var run = new CommandLineRun();
        (await run.ParseAsync("share", _folder.Path + "/", "/srv/files")).ShouldBe(0);

        run.Share!.Folders.Select(folder => folder.Name).ShouldBe([Path.GetFileName(_folder.Path), "files"]);
        run.Share.Allow.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bob@example.org/laptop")]
    [InlineData("group:")]
    public async Task A_rule_that_names_nobody_is_refused(string rule)
    {
        var run = new CommandLineRun();
        (await run.ParseAsync("share", "--allow", rule, _folder.Path)).ShouldBe(2);
        run.Terminal.Errors.ShouldContain($"--allow: '{rule}' names nobody");
    }

    [Fact]
    public async Task One_name_is_for_one_folder()
    {
        var run = new CommandLineRun();
        (await run.ParseAsync("share", "--as", "x", "/a", "/b")).ShouldBe(2);
        run.Terminal.Errors.ShouldContain("--as: can name one folder only");
    }

    [Fact]
    public async Task A_folder_that_is_not_there_ends_before_anything_is_connected()
    {
        var run = new CommandLineRun();
        (await run.RunAsync(["share", "--json", _folder.Path + "/none"])).ShouldBe(9);
        run.Client.Connected.ShouldBeFalse();
        run.Terminal.Output.ShouldContain("\"reason\":\"io\"");
    }

    [Fact]
    public async Task Tells_that_it_is_ready_what_is_taken_and_ends_in_order_when_interrupted()
    {
        var run = new CommandLineRun();
        File.WriteAllText(Path.Combine(_folder.Path, "a.txt"), "one");
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "a.txt"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var interrupt = new CancellationTokenSource();
        var running = run.RunAsync(["share", "--json", "--as", "docs", "--allow", "bob@example.org", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => run.Terminal.Output.Contains("\"ready\"", StringComparison.Ordinal), "it is ready");

        var share = run.Client.Options!.Shared!;
        share.Options.Allow.Count.ShouldBe(1);
        var bob = Protocol.Addressing.Jid.Parse("bob@example.org/r");
        share.Options.Served!.Report(new ServedFile("t1", bob, "docs/a.txt", 3, "jabberfs"));
        share.Options.Served.Report(new ServedFile("t1", bob, "docs/a.txt", 3, "jabberfs", Outcomes.Done("t1", bob, "a.txt")));
        share.Options.Changes!.Report(new ShareStatus(ShareStatusKind.Published, 1, Protocol.Addressing.Jid.Parse("files.example.org")));
        await interrupt.CancelAsync();

        (await running).ShouldBe(130);
        run.Client.Disposed.ShouldBeTrue();
        var lines = run.Terminal.OutputLines;
        lines[0].ShouldBe("""{"type":"ready","jid":"me@example.org/ferry","shares":["docs"],"files":1}""");
        lines[1].ShouldBe("""{"type":"offered","transfer":"t1","peer":"bob@example.org/r","name":"docs/a.txt","bytes":3,"offer":"jabberfs"}""");
        lines[2].ShouldStartWith("""{"type":"done","transfer":"t1","peer":"bob@example.org/r","name":"docs/a.txt",""");
        lines[3].ShouldBe("""{"type":"published","index":"files.example.org","files":1}""");
    }

    [Fact]
    public async Task Says_to_a_person_who_may_take_them()
    {
        var run = new CommandLineRun();
        using var interrupt = new CancellationTokenSource();
        var running = run.RunAsync(["share", "--as", "docs", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => run.Terminal.Errors.Contains("only your own account", StringComparison.Ordinal), "it says who may");
        run.Terminal.Errors.ShouldContain("me@example.org/ferry shares docs: 0 files");
        await interrupt.CancelAsync();
        (await running).ShouldBe(130);
    }
}
