using System.Globalization;
using System.Net;
using Ferry.Cli.Tests.Fakes;
using Ferry.Testing.Faults;
using Ferry.Testing;

namespace Ferry.Cli.Tests.Processes;

/// <summary>
/// Owner, asker and index as programs that are killed (SIGKILL) while files are handed out and published: owner and asker when so many bytes of a file have come, the index when the owner has told it so
/// many bytes of what changed. Nothing half is ever taken for a file, what broke off can be gone on with, and once everybody is there again the index equals the folder. FERRY_TEST_LONG=1 kills two
/// hundred times.
/// </summary>
public sealed class ShareKillTests : IAsyncDisposable
{
    private const int Bytes = 24_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _home = new();
    private readonly Random _random = new(20260101);
    private readonly int _port = FreePorts.Take();
    private readonly FaultProxy _wire;
    private string[] _connect = [];
    private string _pin = "";
    private FerryProcess? _server;
    private FerryProcess? _owner;

    // What the owner tells its server goes through a wire that counts.
    public ShareKillTests() => _wire = FaultProxy.Before(new IPEndPoint(IPAddress.Loopback, _port));

    private static int Rounds => Environment.GetEnvironmentVariable("FERRY_TEST_LONG") == "1" ? 200 : 3;

    private string Shared => Path.Combine(_home.Path, "shared");

    private string Inbox => Path.Combine(_home.Path, "inbox");

    public async ValueTask DisposeAsync()
    {
        if (_owner is not null) await _owner.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        await _wire.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Killed_owners_askers_and_indexes_leave_whole_files_and_an_index_that_equals_the_folder()
    {
        Directory.CreateDirectory(Shared);
        Directory.CreateDirectory(Inbox);
        File.WriteAllBytes(Path.Combine(Shared, "large.bin"), Content(0));
        await StartServerAsync();
        foreach (var user in new[] { "alice@localhost", "bob@localhost" })
        {
            await using var account = FerryProcess.Start(_home.Path, "account", "register", "--data", Path.Combine(_home.Path, "server"), user);
            (await account.EndAsync()).Code.ShouldBe(0, account.Said);
        }

        await StartOwnerAsync();
        var killed = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            var victim = (round % 3) switch { 0 => "owner", 1 => "asker", _ => "index" };
            killed[victim] = killed.GetValueOrDefault(victim) + 1;
            // Slower without a limit: it only says when.
            var told = victim == "index" ? _wire.After(Way.Up, _random.Next(1, 3000), FaultKind.Slow, int.MaxValue) : Task.CompletedTask;
            Stir(round);
            await RoundAsync(victim, told, round);
            if (victim == "index") await IndexEqualsFolderAsync();
        }

        killed.Count.ShouldBe(3);
        await IndexEqualsFolderAsync();
        (await _owner!.InterruptAsync()).ShouldBe(130, _owner.Said);
        (await SearchAsync()).ShouldBeEmpty("an owner that ended in order leaves nothing in the index");
    }

    private async Task RoundAsync(string victim, Task told, int round)
    {
        var asker = Get();
        try
        {
            await (victim == "index" ? told.WaitAsync(Patience) : ReceivedAsync(_random.Next(Bytes)));
            if (victim == "owner")
            {
                await _owner!.DisposeAsync();
                await StartOwnerAsync();
            }
            else if (victim == "asker")
            {
                await asker.KillAsync();
            }
            else
            {
                await _server!.DisposeAsync();
                await StartServerAsync();
            }

            var (code, _) = await asker.EndAsync();
            var there = File.Exists(Path.Combine(Inbox, "large.bin"));
            if (code == 0) there.ShouldBeTrue(asker.Said);
            else if (victim != "asker") code.ShouldBeOneOf([3, 4, 5, 6, 7, 8, 9, 10]);

            // A killed asker may have given the file its name already.
            for (var again = 0; !there && again < 10; again++)
            {
                await using var next = Get();
                (code, _) = await next.EndAsync();
                there = code == 0;
                if (!there && again == 9) throw new ShouldAssertException($"round {round}, after the {victim} was killed: {next.Said}\nowner:\n{_owner!.Said}");
                if (!there) await Task.Delay(300);
            }

            File.ReadAllBytes(Path.Combine(Inbox, "large.bin")).AsSpan().SequenceEqual(Content(0)).ShouldBeTrue($"round {round}");
            File.Delete(Path.Combine(Inbox, "large.bin"));
            Directory.GetFileSystemEntries(Inbox).ShouldBeEmpty();
        }
        finally
        {
            await asker.DisposeAsync();
        }
    }

    // Until so many bytes have come, or the whole file has.
    private async Task ReceivedAsync(long bytes)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!File.Exists(Path.Combine(Inbox, "large.bin")) && !(new FileInfo(Path.Combine(Inbox, ".large.bin.ferry-part")) is { Exists: true, Length: var there } && there >= bytes)) await Task.Delay(1, limit.Token);
    }

    // Files that come, change, move and go while somebody is killed.
    private void Stir(int round)
    {
        for (var i = 0; i < 20; i++)
        {
            var path = Path.Combine(Shared, $"d{_random.Next(3)}", $"part {_random.Next(40)}.txt");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (!File.Exists(path) || _random.Next(3) == 0) File.WriteAllText(path, round.ToString(CultureInfo.InvariantCulture));
            else if (_random.Next(2) == 0) File.Delete(path);
            else File.Move(path, path + $".{round}.txt", overwrite: true);
        }
    }

    private async Task IndexEqualsFolderAsync()
    {
        var expected = string.Join('\n', Directory.GetFiles(Shared, "*", SearchOption.AllDirectories).Select(path => "docs/" + Path.GetRelativePath(Shared, path)).Order(StringComparer.Ordinal));
        while (true)
        {
            var found = string.Join('\n', (await SearchAsync()).Order(StringComparer.Ordinal));
            if (found == expected) return;
            // Not told yet: the owner says when it has told everything that it knows of.
            await _owner!.NextAsync("published");
        }
    }

    private async Task<List<string>> SearchAsync()
    {
        await using var search = FerryProcess.Start(_home.Path, ["search", "--json", "--account", "bob@localhost", .. _connect, "--owner", "alice@localhost", "--count", "5000"]);
        var (code, events) = await search.EndAsync();
        code.ShouldBe(0, search.Said);
        return [.. events.Where(entry => entry.GetProperty("type").GetString() == "hit").Select(entry => entry.GetProperty("path").GetString()!)];
    }

    private FerryProcess Get() => FerryProcess.Start(
        _home.Path, ["get", "--json", "--account", "bob@localhost", .. _connect, "--timeout", "10", "--dir", Inbox, "alice@localhost/home", "docs/large.bin"]);

    private async Task StartServerAsync()
    {
        _server = FerryProcess.Start(_home.Path, "up", "--json", "--data", Path.Combine(_home.Path, "server"), "--port", _port.ToString(CultureInfo.InvariantCulture));
        var ready = await _server.NextAsync("ready");
        _pin = ready.GetProperty("pin").GetString()!;
        _connect = ["--server", ready.GetProperty("server").GetString()!, "--pin", _pin];
    }

    private async Task StartOwnerAsync()
    {
        _owner = FerryProcess.Start(_home.Path, ["share", "--json", "--account", "alice@localhost/home", "--server", $"xmpp:{_wire.EndPoint}", "--pin", _pin, "--as", "docs", "--allow", "bob@localhost", Shared]);
        await _owner.NextAsync("ready");
    }

    private static byte[] Content(int seed)
    {
        var content = new byte[Bytes];
        new Random(seed).NextBytes(content);
        return content;
    }
}
