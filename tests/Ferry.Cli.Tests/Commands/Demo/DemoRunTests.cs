using System.Text.Json;
using Ferry.Cli.Commands.Demo;
using Ferry.Cli.Connecting;
using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Commands.Demo;

/// <summary>The real server and the real clients, with files that are small enough for a test.</summary>
public class DemoRunTests
{
    private static readonly DemoCommandOptions Small = new()
    {
        Files = [.. DemoFile.Standard.Select(file => file with { Bytes = Math.Min(file.Bytes, 300_000) })],
        Socks5Wait = TimeSpan.FromMilliseconds(200),
    };

    [Fact]
    public async Task Every_file_arrives_by_every_method_and_by_sparks_flow()
    {
        var terminal = new RecordingTerminal { Width = 200 };

        (await DemoRun.RunAsync(Small, terminal, LibraryClient.ConnectAsync, TimeProvider.System, CancellationToken.None)).ShouldBe(0, terminal.Errors);

        var rows = terminal.OutputLines.Skip(1).ToList();
        rows.Count.ShouldBe(36);
        rows.ShouldAllBe(row => row.TrimEnd().EndsWith("same", StringComparison.Ordinal));
        rows[^1].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(4).ShouldBe(["fallback.bin", "si", "Spark's flow", "ibb"]);
        rows.Count(row => row.Contains(" http-bridge ", StringComparison.Ordinal)).ShouldBe(2);
        foreach (var (offer, count) in (IEnumerable<(string, int)>)[("jingle", 15), ("jabberfs", 5), ("si", 16)]) rows.Count(row => row.Contains($"  {offer}  ", StringComparison.Ordinal)).ShouldBe(count, offer);
        terminal.Output.ShouldNotContain('\u202e');
    }

    [Fact]
    public async Task As_events_it_tells_the_same_and_that_sparks_flow_fell_back()
    {
        var terminal = new RecordingTerminal();

        (await DemoRun.RunAsync(Small with { Json = true }, terminal, LibraryClient.ConnectAsync, TimeProvider.System, CancellationToken.None)).ShouldBe(0, terminal.Errors);

        var events = terminal.OutputLines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        events.Count(entry => Type(entry) == "done").ShouldBe(36);
        events.Where(entry => Type(entry) == "attempt" && entry.GetProperty("transfer").GetString() == "demo-36")
            .Select(entry => $"{entry.GetProperty("method").GetString()} {entry.GetProperty("result").GetString()}")
            .ShouldBe(["s5b-direct started", "s5b-direct failed", "ibb started", "ibb chosen"]);
    }

    [Fact]
    public async Task A_file_that_does_not_arrive_whole_fails_it()
    {
        var terminal = new RecordingTerminal { Width = 200 };

        var code = await DemoRun.RunAsync(Small, terminal, async (options, token) => new Corrupting(await LibraryClient.ConnectAsync(options, token)), TimeProvider.System, CancellationToken.None);

        code.ShouldNotBe(0);
        terminal.Output.ShouldContain("mismatch");
    }

    [Fact]
    public async Task An_interrupt_ends_it_and_leaves_nothing()
    {
        var terminal = new RecordingTerminal();
        using var interrupt = new CancellationTokenSource();
        ClientFactory connect = async (options, token) =>
        {
            await interrupt.CancelAsync();
            return await LibraryClient.ConnectAsync(options, token);
        };

        (await DemoRun.RunAsync(Small, terminal, connect, TimeProvider.System, interrupt.Token)).ShouldBe(130);
    }

    private static string Type(JsonElement entry) => entry.GetProperty("type").GetString()!;
}
