using System.Text.Json;
using Ferry.Cli.Connecting;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Testing;

namespace Ferry.Cli.Tests.Commands.Up;

public sealed class UpRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Says_where_it_is_and_an_account_made_meanwhile_can_log_in()
    {
        using var interrupt = new CancellationTokenSource();
        var up = new CommandLineRun();
        var running = up.RunAsync(["up", "--json", "--data", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => up.Terminal.Output.EndsWith('\n') || running.IsCompleted, "ready");
        var ready = JsonDocument.Parse(up.Terminal.Output).RootElement;
        var account = new CommandLineRun();

        (await account.RunAsync(["account", "register", "alice@localhost", "--data", _folder.Path])).ShouldBe(0, account.Terminal.Errors);
        var options = new FerryOptions
        {
            Account = Jid.Parse("alice@localhost"),
            Password = "secret",
            Server = ready.GetProperty("server").GetString(),
            PinnedCertificate = ready.GetProperty("pin").GetString(),
        };
        await using (var client = await LibraryClient.ConnectAsync(options, CancellationToken.None)) client.Jid.Bare.ShouldBe(options.Account);

        await interrupt.CancelAsync();
        (await running).ShouldBe(130);
        ready.EnumerateObject().Select(field => field.Name).ShouldBe(["type", "jid", "server", "pin"], ignoreOrder: true);
    }

    /// <summary>Both ends by the address that the network has of this machine, the bridge's URLs and certificate included.</summary>
    [Fact]
    public async Task For_the_network_it_has_a_bridge_that_others_reach()
    {
        using var interrupt = new CancellationTokenSource();
        var up = new CommandLineRun();
        var running = up.RunAsync(["up", "--lan", "--json", "--data", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => up.Terminal.Output.EndsWith('\n') || running.IsCompleted, "ready");
        var ready = JsonDocument.Parse(up.Terminal.Output).RootElement;
        foreach (var name in new[] { "alice", "bob" })
        {
            var account = new CommandLineRun();
            (await account.RunAsync(["account", "register", name + "@localhost", "--data", _folder.Path])).ShouldBe(0, account.Terminal.Errors);
        }

        await using (var bob = await ConnectAsync("bob"))
        await using (var alice = await ConnectAsync("alice"))
        {
            var file = Path.Combine(_folder.Path, "file.bin");
            await File.WriteAllBytesAsync(file, new byte[300_000]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            var sending = alice.SendAsync(file, bob.Jid, new SendOptions { Methods = ["http-bridge"] }, cancellationToken: limit.Token);
            await using var offers = bob.IncomingOffersAsync(limit.Token).GetAsyncEnumerator(limit.Token);
            (await offers.MoveNextAsync()).ShouldBeTrue();
            var received = await offers.Current.AcceptAsync(Directory.CreateDirectory(Path.Combine(_folder.Path, "in")).FullName, new ReceiveOptions { Methods = ["http-bridge"] }, limit.Token);
            ((await sending).Failure?.Message, received.Failure?.Message, received.Method).ShouldBe((null, null, "http-bridge"));
        }

        await interrupt.CancelAsync();
        (await running).ShouldBe(130);

        Task<FerryClient> ConnectAsync(string name) => FerryClient.ConnectAsync(new FerryOptions
        {
            Account = Jid.Parse(name + "@localhost"),
            Password = "secret",
            Server = ready.GetProperty("server").GetString(),
            PinnedCertificate = ready.GetProperty("pin").GetString(),
            AcceptFrom = PeerPolicy.Anyone,
            Offers = ["si"],
        });
    }

    [Fact]
    public async Task Prints_lines_that_parse_as_they_are()
    {
        using var interrupt = new CancellationTokenSource();
        var up = new CommandLineRun();
        var running = up.RunAsync(["up", "--domain", "Files.Example", "--data", _folder.Path], interrupt.Token);
        await Eventually.HoldsAsync(() => up.Terminal.Output.Contains("FILE bob@files.example", StringComparison.Ordinal) || running.IsCompleted, "ready");
        await interrupt.CancelAsync();
        await running;

        var lines = up.Terminal.OutputLines.Where(line => !line.StartsWith('#')).Select(line => line.TrimEnd().Split(' ')[1..]).ToList();
        lines.Select(words => words[0]).ShouldBe(["account", "account", "receive", "send"]);
        foreach (var words in lines.Skip(2))
        {
            var parsed = new CommandLineRun();
            (await parsed.ParseAsync(words)).ShouldBe(0, parsed.Terminal.Errors);
            var connection = (parsed.Send?.Connection ?? parsed.Receive?.Connection)!;
            connection.Account.Domain.ShouldBe("files.example");
            connection.Pin.ShouldNotBeNull();
            connection.Server.ShouldStartWith("127.0.0.1:");
        }

        lines[0].ShouldContain("--data");
    }

    [Fact]
    public async Task A_port_that_is_taken_is_an_error_when_it_was_asked_for()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var run = new CommandLineRun();

        (await run.RunAsync(["up", "--port", $"{port}", "--data", _folder.Path])).ShouldBe(10);

        run.Terminal.Errors.ShouldContain($"ferry: error: port {port} cannot be listened on");
        run.Terminal.Errors.ShouldContain("ferry: hint: give another one: --port PORT");
    }
}
