using System.Security.Cryptography;
using System.Text.Json;

namespace Ferry.Cli.Tests.Processes;

/// <summary>Built programs as people run them: one shares, others list and get.</summary>
public sealed class PullTests : IAsyncDisposable
{
    private const string Alice = "alice@localhost/home";
    private ServerProcess? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_shared_file_is_had_by_Jingle_by_its_name_by_its_hash_and_by_a_link_and_refusals_have_their_codes()
    {
        _server = await ServerProcess.StartAsync("alice", "bob");
        var path = _server.Write("shared/film.bin", 200_000);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)));
        var owner = _server.Run(Alice, "share", "--as", "docs", "--allow", "bob@localhost", Path.GetDirectoryName(path)!);
        await owner.NextAsync("published"); // the index is told a file together with its hash

        var byName = await GetAsync("--offer", "jingle", "alice@localhost", "docs/film.bin");
        ShouldBeDone(byName, hash);
        (await owner.NextAsync("done")).GetProperty("verifiedBy").GetString().ShouldBe("sha-256");
        var byHash = await GetAsync("--rename", Alice, $"sha-256:{hash}");
        ShouldBeDone(byHash, hash);
        byHash.Last().GetProperty("name").GetString().ShouldBe("film (2).bin");
        var list = _server.Run("bob@localhost", "ls", "alice@localhost/docs");
        var link = (await list.EndAsync()).Events.ShouldHaveSingleItem(list.Said).GetProperty("link").GetString().ShouldNotBeNull(list.Said);
        ShouldBeDone(await GetAsync("--overwrite", link), hash);

        var none = new string('0', 64);
        (await FailAsync(4, Alice, none)).ShouldBe("refused");
        (await FailAsync(6, "--offer", "jabberfs", Alice, none)).ShouldBe("not-supported");
        (await FailAsync(5, $"xmpp:alice@localhost/elsewhere?jingle-ft;sha-256={none}")).ShouldBe("absent");
        Directory.GetFileSystemEntries(_server.Inbox).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal).ShouldBe(["film (2).bin", "film.bin"]);
    }

    [Fact]
    public async Task A_folder_with_more_files_than_a_minute_has_requests_comes_whole()
    {
        _server = await ServerProcess.StartAsync("alice", "bob");
        for (var i = 0; i < 25; i++) _server.Write($"shared/many/{i}", i);
        var shared = Path.GetDirectoryName(Path.GetDirectoryName(_server.Write("shared/many/last", 1)))!;
        await _server.Run(Alice, "share", "--as", "docs", "--allow", "bob@localhost", shared).NextAsync("ready");

        (await GetAsync(Alice, "docs/many/")).Count(entry => entry.GetProperty("type").GetString() == "done").ShouldBe(26);
        Directory.GetFileSystemEntries(Path.Combine(_server.Inbox, "many")).Length.ShouldBe(26);
    }

    private static void ShouldBeDone(List<JsonElement> events, string hash)
    {
        var done = events.Last();
        done.GetProperty("type").GetString().ShouldBe("done", string.Join('\n', events));
        (done.GetProperty("sha256").GetString(), done.GetProperty("offer").GetString(), done.GetProperty("verified").GetBoolean()).ShouldBe((hash, "jingle", true));
    }

    private async Task<List<JsonElement>> GetAsync(params string[] words)
    {
        var get = _server!.Run("bob@localhost", "get", ["--dir", _server.Inbox, .. words]);
        var (code, events) = await get.EndAsync();
        code.ShouldBe(0, get.Said);
        return events;
    }

    private async Task<string?> FailAsync(int code, params string[] words)
    {
        var get = _server!.Run("bob@localhost", "get", ["--dir", _server.Inbox, .. words]);
        var (ended, events) = await get.EndAsync();
        ended.ShouldBe(code, get.Said);
        return events.Last().GetProperty("reason").GetString();
    }
}
