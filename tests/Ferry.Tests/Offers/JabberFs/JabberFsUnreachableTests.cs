using System.Diagnostics;

namespace Ferry.Tests.Offers.JabberFs;

/// <summary>
/// Ports that packets never reach: each side offers an address of a network in which they are swallowed. In a network namespace of its own; where the machine
/// allows none, these are skipped.
/// </summary>
public sealed class JabberFsUnreachableTests
{
    private const string InNamespace = "FERRY_TEST_UNREACHABLE";
    private const string Hole = "198.51.100.9";

    // The neighbour is known and not there, so that nobody says that it is not.
    private const string Setup = """
        set -e
        ip link set lo up
        ip link add ferry0 type veth peer name ferry1
        ip addr add 198.51.100.1/24 dev ferry0
        ip link set ferry0 up
        ip link set ferry1 up
        ip neigh add 198.51.100.9 lladdr 02:00:00:00:00:09 dev ferry0
        """;

    [Fact]
    public async Task Who_can_be_reached_is()
    {
        if (Environment.GetEnvironmentVariable(InNamespace) is not null)
        {
            await SendAsync("", "chosen", "jabberfs tcp"); // the answerer's port
            await SendAsync("bob", "failed started chosen", "jabberfs tcp"); // the proposer's, after a change of sides
            await SendAsync("bob alice", "failed", "si ibb"); // nobody's: the next kind of offer takes it
            return;
        }

        Assert.SkipUnless(await MayHaveNamespaceAsync(), "no network namespace here");
        var (exit, output) = await RunAsync($"{Setup}\nexec \"$0\" -noColor -method '*.{nameof(Who_can_be_reached_is)}'", Environment.ProcessPath!);
        exit.ShouldBe(0, output);
        output.ShouldContain("Total: 1,");
    }

    private static async Task SendAsync(string unreachable, string attempts, string end)
    {
        await using var harbour = await Harbour.OpenAsync("alice", "bob");
        // Short, where something has to time out; it is as well what the other side has to react in.
        FerryOptions Of(string user, FerryOptions options) => options with
        {
            Advertise = unreachable.Contains(user, StringComparison.Ordinal) ? [Hole] : [],
            OfferOnlyAdvertised = unreachable.Contains(user, StringComparison.Ordinal),
            LongestWait = unreachable.Length > 0 ? TimeSpan.FromSeconds(5) : null,
        };
        var alice = await harbour.ConnectAsync("alice", options => Of("alice", options));
        var bob = await harbour.ConnectAsync("bob", options => Of("bob", options));
        var seen = new List<string>();
        var send = new SendOptions
        {
            Offers = ["jabberfs", "si"],
            Methods = ["tcp", "ibb"],
            Attempts = new Listener(attempt =>
            {
                if (attempt.Offer == "jabberfs") seen.Add(attempt.Result.ToString().ToLowerInvariant());
            }),
        };
        var sending = alice.SendAsync(harbour.File("f", 100_000), bob.Jid, send);
        var received = await harbour.ReceiveAsync(bob);
        if (end.StartsWith("si", StringComparison.Ordinal))
        {
            received.Failure!.Reason.ShouldBe(FailureReason.NoMethod);
            received = await harbour.ReceiveAsync(bob);
        }

        var sent = await sending.WaitAsync(Harbour.Patience);
        (sent.Failure, received.Failure).ShouldBe((null, null));
        $"{sent.Offer} {sent.Method}".ShouldBe(end);
        seen[0].ShouldBe("started");
        string.Join(' ', seen.Skip(1).Take(attempts.Split(' ').Length)).ShouldBe(attempts);
        harbour.Received.ShouldBe(["f"]);
    }

    private static async Task<bool> MayHaveNamespaceAsync()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return (await RunAsync(Setup, "")).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no unshare
        }
    }

    private static async Task<(int Exit, string Output)> RunAsync(string script, string zero)
    {
        using var process = Process.Start(new ProcessStartInfo("unshare")
        {
            ArgumentList = { "--net", "/bin/sh", "-c", script, zero },
            Environment = { [InNamespace] = "1" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private sealed class Listener(Action<Attempt> hear) : IProgress<Attempt>
    {
        public void Report(Attempt value) => hear(value);
    }
}
