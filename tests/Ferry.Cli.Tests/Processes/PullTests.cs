using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Ferry.Cli.Tests.Fakes;

namespace Ferry.Cli.Tests.Processes;

/// <summary>Built programs as people run them: one shares, others list, search and get.</summary>
public sealed class PullTests : IAsyncDisposable
{
    private const string Alice = "alice@localhost/home";

    private readonly TemporaryFolder _home = new();
    private string[] _connect = [];
    private FerryProcess? _server;
    private FerryProcess? _owner;

    private string Inbox => Path.Combine(_home.Path, "inbox");

    public async ValueTask DisposeAsync()
    {
        if (_owner is not null) await _owner.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task A_shared_file_is_had_by_Jingle_by_its_name_by_its_hash_and_by_a_link_and_refusals_have_their_codes()
    {
        var hash = Share("film.bin", 200_000);
        await StartAsync();

        var byName = await GetAsync("--offer", "jingle", "alice@localhost", "docs/film.bin");
        ShouldBeDone(byName, hash, "jingle");
        (await _owner!.NextAsync("done")).GetProperty("verifiedBy").GetString().ShouldBe("sha-256");
        var byHash = await GetAsync("--rename", Alice, $"sha-256:{hash}");
        ShouldBeDone(byHash, hash, "jingle");
        byHash.Last().GetProperty("name").GetString().ShouldBe("film (2).bin");
        await using var list = Run("ls", "--json", "alice@localhost/docs");
        var link = (await list.EndAsync()).Events.ShouldHaveSingleItem(list.Said).GetProperty("link").GetString().ShouldNotBeNull(list.Said);
        ShouldBeDone(await GetAsync("--overwrite", link), hash, "jingle");

        var none = new string('0', 64);
        (await FailAsync(4, Alice, none)).ShouldBe("refused");
        (await FailAsync(6, "--offer", "jabberfs", Alice, none)).ShouldBe("not-supported");
        (await FailAsync(5, $"xmpp:alice@localhost/elsewhere?jingle-ft;sha-256={none}")).ShouldBe("absent");
        Directory.GetFileSystemEntries(Inbox).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ShouldBe(["film (2).bin", "film.bin"]);
    }

    private static void ShouldBeDone(List<JsonElement> events, string hash, string offer)
    {
        var done = events.Last();
        done.GetProperty("type").GetString().ShouldBe("done", string.Join('\n', events));
        (done.GetProperty("sha256").GetString(), done.GetProperty("offer").GetString(), done.GetProperty("verified").GetBoolean()).ShouldBe((hash, offer, true));
    }

    private async Task<List<JsonElement>> GetAsync(params string[] words)
    {
        await using var get = Run(["get", "--json", "--dir", Inbox, .. words]);
        var (code, events) = await get.EndAsync();
        code.ShouldBe(0, get.Said);
        return events;
    }

    private async Task<string?> FailAsync(int code, params string[] words)
    {
        await using var get = Run(["get", "--json", "--dir", Inbox, .. words]);
        var (ended, events) = await get.EndAsync();
        ended.ShouldBe(code, get.Said);
        return events.Last().GetProperty("reason").GetString();
    }

    private FerryProcess Run(params string[] words) => FerryProcess.Start(_home.Path, [.. words[..1], "--account", "bob@localhost", .. _connect, .. words[1..]]);

    private string Share(string name, int bytes)
    {
        var path = Path.Combine(_home.Path, "shared", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        File.WriteAllBytes(path, content);
        return Convert.ToHexStringLower(SHA256.HashData(content));
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(Inbox);
        var data = Path.Combine(_home.Path, "server");
        _server = FerryProcess.Start(_home.Path, "up", "--json", "--data", data, "--port", FerryProcess.FreePort().ToString(CultureInfo.InvariantCulture));
        var ready = await _server.NextAsync("ready");
        _connect = ["--server", ready.GetProperty("server").GetString()!, "--pin", ready.GetProperty("pin").GetString()!];
        foreach (var user in new[] { "alice@localhost", "bob@localhost" })
        {
            await using var account = FerryProcess.Start(_home.Path, "account", "register", "--data", data, user);
            (await account.EndAsync()).Code.ShouldBe(0, account.Said);
        }

        _owner = FerryProcess.Start(_home.Path, ["share", "--json", "--account", Alice, .. _connect, "--as", "docs", "--allow", "bob@localhost", Path.Combine(_home.Path, "shared")]);
        // The index is told a file together with its hash.
        await _owner.NextAsync("published");
    }
}
