using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ferry.Interop.Tests.Peers;

/// <summary>Gajim on a screen and a session bus of its own; <c>gajim_peer.py</c> lists its commands and events.</summary>
public sealed class GajimPeer : IPeer
{
    private readonly ChildProcess _process;
    private readonly JsonEvents _events;
    private readonly DirectoryInfo _home;
    private readonly TargetDirectory _target = new();

    private GajimPeer(ChildProcess process, DirectoryInfo home)
    {
        _process = process;
        _events = new JsonEvents(process);
        _home = home;
    }

    public string Jid { get; private set; } = "";

    /// <param name="server">Where the account is.</param>
    /// <param name="account">Whose it is.</param>
    /// <param name="receiving">With the plugin that lets Gajim 1.7.3 take files; without it as Debian has it.</param>
    /// <param name="proxies">Offers the server's proxy, too.</param>
    /// <param name="addresses">Addresses of this machine that it offers besides the one that it has towards the server, 127.0.0.1, which another Gajim never tries.</param>
    public static async Task<GajimPeer> LogIn(IXmppServer server, Account account, bool receiving = true, bool proxies = false, params string[] addresses)
    {
        var home = Directory.CreateTempSubdirectory("ferry-gajim-");
        var script = Path.Combine(AppContext.BaseDirectory, "Peers", "gajim_peer.py");
        var peer = new GajimPeer(ChildProcess.Start(SlixmppPeer.Python, [script, home.FullName]), home);
        try
        {
            await peer.Command("login", new()
            {
                ["jid"] = account.Jid,
                ["password"] = account.Password,
                ["host"] = "127.0.0.1",
                ["port"] = server.Port,
                ["certificate"] = server.Certificate.CertificateFile,
                // It offers the port of its settings, whoever may hold it.
                ["files_port"] = LoopbackPorts.Free(1)[0],
                ["receiving"] = receiving,
                ["proxies"] = proxies,
                ["addresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]),
            });
            var ready = await peer.Next("ready", "failed", "fault");
            peer.Jid = ready.TryGetProperty("jid", out var jid) ? jid.GetString()! : throw new InvalidOperationException(peer.Describe("cannot log in") + server.Log);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has Jingle alone, takes every method, and knows nothing of parts.</remarks>
    public Task Receive(string offer, string? via = null, bool decline = false, long? closeAfter = null, bool keep = false) =>
        Command("receive", new() { ["dir"] = _target.Path, ["answer"] = decline ? "decline" : "accept", ["close_after"] = closeAfter });

    /// <inheritdoc/>
    /// <remarks>It has Jingle alone, offers SOCKS5 where the other has it, and knows nothing of parts.</remarks>
    public Task Send(string to, string path, string offer, string via, long? closeAfter = null, bool parts = false) =>
        Command("send", new() { ["to"] = to, ["path"] = path, ["close_after"] = closeAfter });

    /// <summary>Lets <paramref name="peer"/> know that it is there: it offers files only to whom it sees.</summary>
    public Task Greet(string peer) => Command("greet", new() { ["to"] = peer });

    /// <summary>Searches with its own window: opens it on the service <paramref name="at"/>, gives its form <paramref name="fields"/>, presses its button and reads the lines of its table.</summary>
    public Task Search(string at, IReadOnlyDictionary<string, string> fields) =>
        Command("search", new() { ["at"] = at, ["fields"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value))) });

    public Task<JsonElement> Next(params string[] types) => _events.Next(types);

    public string Describe(string what) => _events.Describe(what);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _home.Delete(recursive: true);
        _target.Dispose();
    }

    private Task Command(string name, JsonObject fields)
    {
        fields["cmd"] = name;
        return _process.WriteLine(fields.ToJsonString());
    }
}
