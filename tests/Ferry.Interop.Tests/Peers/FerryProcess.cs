using System.Text.Json;

namespace Ferry.Interop.Tests.Peers;

/// <summary>The <c>ferry</c> command as a user runs it, with <c>--json</c>, and a home of its own.</summary>
public sealed class FerryProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly JsonEvents _events;
    private readonly DirectoryInfo _home;

    private FerryProcess(ChildProcess process, DirectoryInfo home)
    {
        _process = process;
        _events = new JsonEvents(process);
        _home = home;
    }

    /// <summary>The full JID of <c>ready</c>.</summary>
    public string Jid { get; private set; } = "";

    /// <summary>Beside this test program in the same configuration: <c>artifacts/bin/Ferry.Cli/CONFIGURATION/ferry</c>.</summary>
    public static string Program
    {
        get
        {
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(here.Parent!.Parent!.FullName, "Ferry.Cli", here.Name, "ferry");
        }
    }

    /// <summary><c>ferry</c> with any verb that connects.</summary>
    public static FerryProcess Run(IXmppServer server, Account account, params string[] arguments) => Start([.. arguments, .. Trusted(server)], account);

    /// <summary><c>ferry send</c>; <paramref name="options"/> as on the command line.</summary>
    public static FerryProcess Send(IXmppServer server, Account account, string file, string to, params string[] options) =>
        Start(["send", file, to, .. Trusted(server), .. options], account);

    /// <summary><c>ferry receive --count 1</c>, once it is logged in.</summary>
    public static Task<FerryProcess> Receive(IXmppServer server, Account account, string directory, params string[] options) =>
        ReceiveSome(server, account, directory, 1, options);

    /// <summary><c>ferry receive --count <paramref name="count"/></c>, once it is logged in.</summary>
    public static Task<FerryProcess> ReceiveSome(IXmppServer server, Account account, string directory, int count, params string[] options) =>
        Ready(Start(["receive", "--dir", directory, "--count", $"{count}", .. Trusted(server), .. options], account));

    /// <summary>The same with journals in <paramref name="state"/>, for the next one to find.</summary>
    public static Task<FerryProcess> ReceiveWithState(IXmppServer server, Account account, string directory, string state, params string[] options) =>
        Ready(Start(["receive", "--dir", directory, "--count", "1", .. Trusted(server), .. options], account, state));

    /// <summary>Any verb that connects, without a word about the server.</summary>
    public static FerryProcess Start(IEnumerable<string> arguments, Account account, string? state = null)
    {
        var home = Directory.CreateTempSubdirectory("ferry-home-");
        var passwordFile = Path.Combine(home.FullName, "password");
        File.WriteAllText(passwordFile, account.Password + "\n");
        string[] all = [.. arguments, "--json", "--account", account.Jid, "--password-file", passwordFile];
        return new FerryProcess(ChildProcess.Start(Program, all, Environment(home, state)), home);
    }

    /// <inheritdoc cref="JsonEvents.Next"/>
    public Task<JsonElement> Next(params string[] types) => _events.Next(types);

    /// <summary>The transfer's <c>done</c> event; fails at once when it <c>failed</c>.</summary>
    public async Task<JsonElement> Done()
    {
        var end = await Next("done", "failed");
        end.GetProperty("type").GetString().ShouldBe("done", Describe("failed"));
        return end;
    }

    /// <summary>The transfer's <c>failed</c> event; fails at once when it is <c>done</c>.</summary>
    public async Task<JsonElement> Failed()
    {
        var end = await Next("done", "failed");
        end.GetProperty("type").GetString().ShouldBe("failed", Describe("did not fail"));
        return end;
    }

    public void Interrupt() => _process.Interrupt();

    /// <inheritdoc cref="ChildProcess.Kill"/>
    public void Kill() => _process.Kill();

    public Task<int> ExitCode() => _process.WaitForExit(JsonEvents.Longest);

    public string Describe(string what) => _events.Describe(what);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private static string[] Trusted(IXmppServer server) => ["--server", $"xmpp:127.0.0.1:{server.Port}", "--ca", server.Certificate.AuthorityFile];

    private static Dictionary<string, string> Environment(DirectoryInfo home, string? state) => new(StringComparer.Ordinal)
    {
        ["HOME"] = home.FullName,
        ["XDG_CONFIG_HOME"] = Path.Combine(home.FullName, "config"),
        ["XDG_STATE_HOME"] = state ?? Path.Combine(home.FullName, "state"),
    };

    private static async Task<FerryProcess> Ready(FerryProcess process)
    {
        try
        {
            var ready = await process.Next("ready", "failed");
            process.Jid = ready.TryGetProperty("jid", out var jid)
                ? jid.GetString()!
                : throw new InvalidOperationException(process.Describe("is not ready"));
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
