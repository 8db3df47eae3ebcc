using System.Globalization;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Jingle.Files;
using Ferry.Protocol.ResultSets;

namespace Ferry.Cli.Tests.Commands.Search;

public class SearchRunTests
{
    [Fact]
    public async Task Words_and_options_make_one_search()
    {
        var run = new CommandLineRun();
        (await run.ParseAsync(
            "search", "--type", "video", "--size", ">10MB", "--owner", "bob@example.org", "--hash", new string('a', 64), "--online", "--count", "7", "--index", "files.example.org", "holiday", "*part*")).ShouldBe(0);

        var search = run.Search!;
        search.Words.ShouldBe("holiday *part*");
        search.Filter.Kind.ShouldBe(FileKind.Video);
        search.Filter.MinSize.ShouldBe(10_000_000);
        search.Filter.Owner.ShouldBe(Jid.Parse("bob@example.org"));
        search.Filter.Hash!.Hex.ShouldBe(new string('a', 64));
        search.Filter.Online.ShouldBeTrue();
        search.Count.ShouldBe(7);
        search.Index.ShouldBe(Jid.Parse("files.example.org"));
    }

    [Theory]
    [InlineData("--type", "nonsense")]
    [InlineData("--size", "big")]
    [InlineData("--hash", "xyz")]
    [InlineData("--owner", "@")]
    public async Task What_cannot_be_searched_for_is_refused(string option, string value)
    {
        var run = new CommandLineRun();
        (await run.ParseAsync("search", option, value, "word")).ShouldBe(2);
        run.Terminal.Errors.ShouldContain($"{option}: '{value}' cannot be searched for");
    }

    [Theory]
    [InlineData]
    [InlineData("--online")]
    [InlineData("*a*")]
    public async Task Nothing_to_search_for_is_refused(params string[] words) => (await new CommandLineRun().ParseAsync(["search", .. words])).ShouldBe(2);

    [Fact]
    public async Task Pages_are_read_until_there_is_enough()
    {
        var run = new CommandLineRun();
        var asked = new List<ResultSetQuery>();
        run.Client.OnSearch = (_, _, page, _) =>
        {
            asked.Add(page!);
            var first = page!.After is { } after ? int.Parse(after, CultureInfo.InvariantCulture) + 1 : 0;
            var hits = Enumerable.Range(first, Math.Min(page.Max!.Value, 300 - first)).Select(Hit).ToList();
            return new SearchAnswer(hits, new ResultSetPage($"{first}", first, $"{first + hits.Count - 1}", 300));
        };

        (await run.RunAsync(["search", "--json", "--count", "250", "word"])).ShouldBe(0);
        run.Terminal.OutputLines.Count.ShouldBe(250);
        run.Terminal.OutputLines[249].ShouldContain("docs/249.txt");
        asked.Select(page => page.Max).ShouldBe([200, 50]);
    }

    [Fact]
    public async Task Shows_a_table_whose_addresses_and_paths_can_be_pasted()
    {
        var run = new CommandLineRun();
        run.Client.OnSearch = (_, _, _, _) => new SearchAnswer([Hit(1), Hit(2)], new ResultSetPage("1", 0, "2", 9));

        (await run.RunAsync(["search", "word"])).ShouldBe(0);
        run.Terminal.OutputLines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["SIZE", "CHANGED", "ONLINE", "JID", "PATH"]);
        run.Terminal.OutputLines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["1", "B", "yes", "bob@example.org/r", "docs/1.txt"]);
        run.Terminal.OutputLines[2].ShouldContain("no");
        run.Terminal.Errors.ShouldContain("there are 9");
    }

    [Fact]
    public async Task Hits_are_lines_for_scripts()
    {
        var run = new CommandLineRun();
        run.Client.OnSearch = (_, _, _, _) => new SearchAnswer([Hit(1)], null);
        (await run.RunAsync(["search", "--json", "word"])).ShouldBe(0);
        run.Terminal.Output.Trim().ShouldBe("""{"type":"hit","jid":"bob@example.org/r","path":"docs/1.txt","name":"1.txt","bytes":1,"modified":null,"sha256":null,"online":true,"link":null}""");
    }

    [Fact]
    public async Task A_hit_that_can_be_had_now_carries_the_link_that_get_takes()
    {
        var run = new CommandLineRun();
        var (here, away) = (Hit(1), Hit(2));
        var hash = FileHash.Sha256(new string('a', 64));
        run.Client.OnSearch = (_, _, _, _) => new SearchAnswer([.. new[] { here, away }.Select(hit => hit with { File = hit.File with { Hashes = [hash] } })], null);
        (await run.RunAsync(["search", "--json", "word"])).ShouldBe(0);
        var links = run.Terminal.OutputLines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("link").GetString()).ToList();
        links.ShouldBe([$"xmpp:bob@example.org/r?jingle-ft;sha-256={hash.Hex}", null]);
        FileSessionLink.TryParse(links[0], out var link).ShouldBeTrue();
        link.ShouldBe(new FileSessionLink(here.Owner, hash));
    }

    [Fact]
    public async Task Nothing_found_is_no_failure()
    {
        var run = new CommandLineRun();
        (await run.RunAsync(["search", "word"])).ShouldBe(0);
        run.Terminal.Output.ShouldBeEmpty();
        run.Terminal.Errors.ShouldContain("nothing that is shared with you matches");
    }

    private static SearchHit Hit(int number) => new(
        number, Jid.Parse(number == 1 ? "bob@example.org/r" : "bob@example.org"), new FileNode(Jid.Parse("bob@example.org"), $"docs/{number}.txt"), new FileMetadata($"{number}.txt", number));
}
