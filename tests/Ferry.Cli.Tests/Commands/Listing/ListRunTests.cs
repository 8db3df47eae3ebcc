using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Sharing;

namespace Ferry.Cli.Tests.Commands.Listing;

public class ListRunTests
{
    private static readonly Jid Bob = Jid.Parse("bob@example.org");

    [Theory]
    [InlineData("bob@example.org", null)]
    [InlineData("bob@example.org/", null)]
    [InlineData("bob@example.org/docs/a b", "docs/a b")]
    [InlineData("bob@example.org/docs/", "docs")]
    public async Task What_follows_the_first_slash_is_a_path(string place, string? path)
    {
        var run = new CommandLineRun();
        (Jid? Owner, string? Path) asked = default;
        run.Client.OnList = (owner, folder) =>
        {
            asked = (owner, folder);
            return new SharedListing(owner, false, [], []);
        };

        (await run.RunAsync(["ls", place])).ShouldBe(0);
        asked.ShouldBe((Bob, path));
    }

    [Theory]
    [InlineData("example.org/docs")]
    [InlineData("bob@example.org/docs/../x")]
    [InlineData("bob@example.org//docs")]
    public async Task Other_places_are_refused(string place) => (await new CommandLineRun().RunAsync(["ls", place])).ShouldBe(2);

    [Fact]
    public async Task Shows_folders_and_files_by_paths_that_can_be_pasted()
    {
        var run = new CommandLineRun();
        run.Client.OnList = (_, _) => new SharedListing(Bob, false, ["inner"], [new FileMetadata("long name.bin", 1234567), new FileMetadata("evil\u202e.txt", 1)]);

        (await run.RunAsync(["ls", "bob@example.org/docs"])).ShouldBe(0);
        var lines = run.Terminal.OutputLines;
        lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldBe(["SIZE", "CHANGED", "PATH"]);
        lines[1].Trim().ShouldBe("docs/inner/");
        lines[2].ShouldContain("docs/evil\\u{202e}.txt");
        lines[3].ShouldContain("1.2 MB");
        lines[3].TrimEnd().ShouldEndWith("docs/long name.bin");
    }

    [Fact]
    public async Task Prints_entries_for_scripts()
    {
        var run = new CommandLineRun();
        var file = new FileMetadata("a.txt", 3, "text/plain", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) { Hashes = [FileHash.Sha256(new string('a', 64))] };
        run.Client.OnList = (_, _) => new SharedListing(Bob, true, ["inner"], [file]);

        (await run.RunAsync(["ls", "--json", "bob@example.org/docs"])).ShouldBe(0);
        run.Terminal.OutputLines.ShouldBe(
        [
            """{"type":"entry","jid":"bob@example.org","path":"docs/inner/","folder":true,"bytes":null,"modified":null,"mediaType":null,"sha256":null,"online":false,"link":null}""",
            $$"""{"type":"entry","jid":"bob@example.org","path":"docs/a.txt","folder":false,"bytes":3,"modified":"2026-01-02T03:04:05+00:00","mediaType":"text/plain","sha256":"{{new string('a', 64)}}","online":false,"link":null}""",
        ]);
    }

    [Fact]
    public async Task An_entry_that_its_owner_told_carries_the_link_that_get_takes()
    {
        var run = new CommandLineRun();
        var file = new FileMetadata("a.txt", 3) { Hashes = [FileHash.Sha256(new string('a', 64))] };
        run.Client.OnList = (_, _) => new SharedListing(Jid.Parse("bob@example.org/r"), false, [], [file]);
        (await run.RunAsync(["ls", "--json", "bob@example.org/docs"])).ShouldBe(0);
        run.Terminal.OutputLines.ShouldHaveSingleItem().ShouldContain($"\"link\":\"xmpp:bob@example.org/r?jingle-ft;sha-256={new string('a', 64)}\"");
    }

    [Fact]
    public async Task Nobody_there_is_absent()
    {
        var run = new CommandLineRun();
        run.Client.OnList = (_, _) => throw new FerryException(FailureReason.Absent, Side.Peer, "not there");
        (await run.RunAsync(["ls", "--json", "bob@example.org"])).ShouldBe(5);
        run.Terminal.Output.ShouldContain("\"reason\":\"absent\"");
    }
}
