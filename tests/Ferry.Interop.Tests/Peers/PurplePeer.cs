using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A logged-in libpurple client; <c>purple_peer.c</c> lists its commands and events.</summary>
public sealed class PurplePeer : IPeer
{
    private readonly ChildProcess _process;
    private readonly JsonEvents _events;
    private readonly DirectoryInfo _settings;

    private PurplePeer(ChildProcess process, DirectoryInfo settings)
    {
        _process = process;
        _events = new JsonEvents(process);
        _settings = settings;
    }

    public string Jid { get; private set; } = "";

    public static async Task<PurplePeer> LogIn(PurpleProgram program, IXmppServer server, Account account)
    {
        var settings = Directory.CreateTempSubdirectory("ferry-purple-");
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["G_FILENAME_ENCODING"] = "UTF-8", ["HOME"] = settings.FullName };
        var peer = new PurplePeer(ChildProcess.Start(program.FilePath, [settings.FullName], environment), settings);
        try
        {
            await peer.Command("login", new()
            {
                // A resource of ASCII, fixed: libpurple tells nobody which one it was given.
                ["jid"] = $"{account.Jid}/purple",
                ["password"] = account.Password,
                ["host"] = "127.0.0.1",
                ["port"] = server.Port,
                ["ca"] = server.Certificate.AuthorityFile,
            });
            var ready = await peer._events.Next("ready", "failed");
            peer.Jid = ready.TryGetProperty("jid", out var jid)
                ? jid.GetString()!
                : throw new InvalidOperationException(peer._events.Describe("cannot log in") + server.Log);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has SI alone, takes the first method offered that it knows, and knows nothing of parts.</remarks>
    public Task Receive(string offer, string? via = null, bool decline = false, long? closeAfter = null, bool keep = false) =>
        Command("receive", new() { ["answer"] = decline ? "decline" : "accept", ["close_after"] = closeAfter, ["dir"] = _settings.FullName });

    /// <inheritdoc/>
    /// <remarks>It has SI alone, offers every method, and knows nothing of parts.</remarks>
    public Task Send(string to, string path, string offer, string via, long? closeAfter = null, bool parts = false) =>
        Command("send", new() { ["to"] = to, ["path"] = path, ["close_after"] = closeAfter });

    /// <summary>Has it among its contacts from now on, and asks to see it.</summary>
    public Task Add(string contact) => Command("add", new() { ["jid"] = contact });

    public Task<JsonElement> Next(params string[] types) => _events.Next(types);

    public string Describe(string what) => _events.Describe(what);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _settings.Delete(recursive: true);
    }

    private Task Command(string name, JsonObject fields)
    {
        fields["cmd"] = name;
        return _process.WriteLine(fields.ToJsonString());
    }
}
