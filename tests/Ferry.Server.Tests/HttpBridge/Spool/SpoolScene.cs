using System.Net;
using Ferry.Server.HttpBridge;
using Ferry.Server.HttpBridge.Spool;
using Ferry.Server.Relay;

namespace Ferry.Server.Tests.HttpBridge.Spool;

/// <summary>A relay whose HTTP side keeps files on disk, in a folder of the test's own.</summary>
internal sealed class SpoolScene : IAsyncDisposable
{
    private readonly DirectoryInfo _home;
    private readonly bool _ownsHome;

    private SpoolScene(BridgeScene bridge, DirectoryInfo home, bool ownsHome) => (Bridge, _home, _ownsHome) = (bridge, home, ownsHome);

    public BridgeScene Bridge { get; }

    /// <summary>The folder above the spool's.</summary>
    public DirectoryInfo Home => _home;

    /// <summary>What lies in the spool beside the lock.</summary>
    public IReadOnlyList<string> OnDisk => FilesIn(_home);

    public SpoolStore Store => Bridge.Bridge.Spool!;

    /// <param name="home">Of a scene before this one; null: a new one.</param>
    public static async Task<SpoolScene> StartAsync(Func<SpoolOptions, SpoolOptions>? change = null, Func<BridgeOptions, BridgeOptions>? bridge = null, Func<RelayOptions, RelayOptions>? relay = null, DirectoryInfo? home = null)
    {
        var folder = home ?? Directory.CreateTempSubdirectory("ferry-spool-");
        var spool = new SpoolOptions { Folder = Path.Combine(folder.FullName, "spool"), KeepTime = TimeSpan.FromMinutes(10) };
        var scene = await BridgeScene.StartAsync(options => (bridge?.Invoke(options) ?? options) with { Spool = change?.Invoke(spool) ?? spool }, relay);
        return new SpoolScene(scene, folder, home is null);
    }

    public static IReadOnlyList<string> FilesIn(DirectoryInfo home) => [.. Directory.GetFiles(Path.Combine(home.FullName, "spool")).Select(file => Path.GetFileName(file)).Where(file => file != ".lock")];

    /// <summary>Alice stores a file for bob: where he is told to fetch it.</summary>
    public async Task<string> StoreAsync(string sid, byte[] file, string name = "a.bin")
    {
        (await Bridge.ConnectAsync(sid)).ShouldBe("done");
        var upload = await Bridge.ActivateAsync(sid);
        using var posted = await Bridge.PostAsync(upload, Bridge.Form(sid, new ByteArrayContent(file), name));
        posted.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await Bridge.NoticeAsync(sid);
    }

    public async Task<HttpResponseMessage> GetAsync(string url, string? range = null, string? ifRange = null, bool head = false)
    {
        using var request = new HttpRequestMessage(head ? HttpMethod.Head : HttpMethod.Get, url);
        if (range is not null) request.Headers.TryAddWithoutValidation("Range", range);
        if (ifRange is not null) request.Headers.TryAddWithoutValidation("If-Range", ifRange);
        return await Bridge.Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        await Bridge.DisposeAsync();
        if (_ownsHome) _home.Delete(recursive: true);
    }
}
