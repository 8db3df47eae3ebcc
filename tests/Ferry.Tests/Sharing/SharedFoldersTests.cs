using System.Collections.Concurrent;
using System.Security.Cryptography;
using Ferry.Sharing;
using Ferry.Testing;
using Ferry.Tests.Files;

namespace Ferry.Tests.Sharing;

public sealed class SharedFoldersTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _state = new();
    private readonly ConcurrentQueue<ShareStatus> _heard = new();
    private SharedFolders? _shared;

    public async ValueTask DisposeAsync()
    {
        if (_shared is not null) await _shared.DisposeAsync();
        _folder.Dispose();
        _state.Dispose();
    }

    [Fact]
    public async Task What_was_written_just_now_is_there_when_it_is_opened()
    {
        Write("a/x.txt", "one");
        var shared = await OpenAsync();

        shared.Count.ShouldBe(1);
        await HasAsync("docs/a/x.txt", "one");
    }

    [Fact]
    public async Task New_renamed_changed_and_deleted_files_are_followed()
    {
        Write("stays", "s");
        var shared = await OpenAsync();

        Write("new/file", "n");
        await HasAsync("docs/new/file", "n");
        Directory.Move(_folder["new"], _folder["renamed"]);
        await HasAsync("docs/renamed/file", "n");
        await HasNotAsync("docs/new/file");
        Write("renamed/file", "other");
        await HasAsync("docs/renamed/file", "other");
        File.Delete(_folder["renamed/file"]);
        await HasNotAsync("docs/renamed/file");
        shared.Count.ShouldBe(1);
        _heard.ShouldContain(status => status.Kind == ShareStatusKind.Changed);
    }

    [Fact]
    public async Task A_file_that_grows_is_shown_when_it_lies_still()
    {
        var shared = await OpenAsync(options => options with { QuietTime = TimeSpan.FromSeconds(1) });
        await using (var growing = File.Create(_folder["growing"]))
        {
            for (var i = 0; i < 10; i++)
            {
                await growing.WriteAsync(new byte[1000], CancellationToken.None);
                await growing.FlushAsync(CancellationToken.None);
                shared.Look();
                await Task.Delay(20, CancellationToken.None);
                shared.Catalogue.TryFind("docs/growing", out var early).ShouldBeFalse($"it has {early?.Size} bytes");
            }
        }

        await Eventually.HoldsAsync(() => shared.Catalogue.TryFind("docs/growing", out var file) && file.Size == 10_000, "the whole file is shown");
    }

    [Fact]
    public async Task Without_word_from_the_system_a_look_now_and_then_finds_it_all()
    {
        var shared = await OpenAsync(options => options with { RescanInterval = TimeSpan.FromMilliseconds(50) });
        shared.StopWatching();
        Write("unheard", "u");

        await HasAsync("docs/unheard", "u");
    }

    [Fact]
    public async Task Hashes_are_kept_from_one_run_to_the_next()
    {
        Write("x", "content");
        File.SetLastWriteTimeUtc(_folder["x"], new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await OpenAsync(options => options with { StateDirectory = _state.Path });
        await HasAsync("docs/x", "content");
        await _shared!.DisposeAsync();

        // Where size and date are the same it is believed without a look.
        File.WriteAllText(_folder["x"], "another");
        File.SetLastWriteTimeUtc(_folder["x"], new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var again = await OpenAsync(options => options with { StateDirectory = _state.Path });
        again.Catalogue.TryFind("docs/x", out var file).ShouldBeTrue();
        file.Sha256.ShouldBe(HashOf("content"));
    }

    [Fact]
    public async Task Too_many_files_are_refused_by_name()
    {
        for (var i = 0; i < 5; i++) Write($"f{i}", "x");

        var refused = await Should.ThrowAsync<FerryException>(() => OpenAsync(options => options with { MaxFiles = 4 }));
        refused.Reason.ShouldBe(FailureReason.TooLarge);
        refused.Message.ShouldContain("4");
        refused.Message.ShouldContain(_folder.Path);
    }

    [Fact]
    public async Task Files_beyond_the_limit_that_come_later_are_told_of()
    {
        for (var i = 0; i < 4; i++) Write($"f{i}", "x");
        var shared = await OpenAsync(options => options with { MaxFiles = 4 });
        Write("g", "one too many");

        await Eventually.HoldsAsync(() => _heard.Any(status => status.Kind == ShareStatusKind.LeftOut), "the limit is told of");
        await Eventually.HoldsAsync(() => shared.Count == 4, "what changed lately has settled"); // the look that found too many may have come before
    }

    [Fact]
    public async Task A_folder_that_is_not_there_or_has_no_usable_name_is_refused()
    {
        (await Should.ThrowAsync<FerryException>(() => OpenAsync(options => options with { Folders = [new SharedFolder(_folder["gone"], "gone")] }))).Reason.ShouldBe(FailureReason.Io);
        foreach (var name in new[] { "", "a/b", "..", ".hidden", new string('x', 256), "a\\b" })
        {
            (await Should.ThrowAsync<FerryException>(() => OpenAsync(options => options with { Folders = [new SharedFolder(_folder.Path, name)] }))).Reason.ShouldBe(FailureReason.Usage, name);
        }

        (await Should.ThrowAsync<FerryException>(() => OpenAsync(options => options with { Folders = [new SharedFolder(_folder.Path, "a"), new SharedFolder(_state.Path, "a")] }))).Message.ShouldContain("'a'");
    }

    [Fact]
    public async Task A_file_that_became_a_link_since_is_not_opened()
    {
        using var outside = new TempFolder();
        File.WriteAllText(outside["secret"], "s");
        Write("a/file", "f");
        var shared = await OpenAsync(options => options with { QuietTime = TimeSpan.FromMilliseconds(100) });
        shared.Catalogue.TryFind("docs/a/file", out var file).ShouldBeTrue();
        File.Delete(_folder["a/file"]);
        File.CreateSymbolicLink(_folder["a/file"], outside["secret"]);

        shared.Open(file).ShouldBeNull();
        Directory.Delete(_folder["a"], recursive: true);
        Directory.CreateSymbolicLink(_folder["a"], outside.Path);
        File.WriteAllText(outside["file"], "f");
        shared.Open(file).ShouldBeNull();
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private async Task<SharedFolders> OpenAsync(Func<ShareOptions, ShareOptions>? with = null)
    {
        var options = new ShareOptions
        {
            Folders = [new SharedFolder(_folder.Path, "docs")],
            QuietTime = TimeSpan.FromMilliseconds(20),
            Changes = new Listener(_heard),
        };
        return _shared = await SharedFolders.OpenAsync(with is null ? options : with(options), CancellationToken.None);
    }

    private Task HasAsync(string path, string content) =>
        Eventually.HoldsAsync(() => _shared!.Catalogue.TryFind(path, out var file) && file.Sha256 == HashOf(content), $"{path} is there with its hash");

    private Task HasNotAsync(string path) => Eventually.HoldsAsync(() => !_shared!.Catalogue.TryFind(path, out _), $"{path} is gone");

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], content);
    }

    private sealed class Listener(ConcurrentQueue<ShareStatus> heard) : IProgress<ShareStatus>
    {
        public void Report(ShareStatus value) => heard.Enqueue(value);
    }
}
