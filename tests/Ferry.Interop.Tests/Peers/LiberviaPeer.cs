using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A user of <see cref="LiberviaBackend"/>; <c>libervia_peer.py</c> lists its commands and events.</summary>
public sealed class LiberviaPeer : IPeer
{
    private readonly ChildProcess _process;
    private readonly JsonEvents _events;
    private readonly LiberviaBackend _backend;
    private readonly TargetDirectory _target = new();

    private LiberviaPeer(ChildProcess process, LiberviaBackend backend)
    {
        _process = process;
        _events = new JsonEvents(process);
        _backend = backend;
    }

    public string Jid { get; private set; } = "";

    public static async Task<LiberviaPeer> LogIn(LiberviaBackend backend, IXmppServer server, Account account)
    {
        var peer = new LiberviaPeer(ChildProcess.Start(SlixmppPeer.Python, [LiberviaBackend.Script, "profile", backend.Home, await backend.Bus()]), backend);
        try
        {
            await peer.Command("login", new() { ["jid"] = account.Jid, ["password"] = account.Password, ["host"] = "127.0.0.1", ["port"] = server.Port });
            var ready = await peer.Next("ready", "failed");
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
    /// <remarks>It takes stream initiation and Jingle as they come, any method, and has no button to stop a transfer.</remarks>
    public Task Receive(string offer, string? via = null, bool decline = false, long? closeAfter = null, bool keep = false) => Receive(decline);

    /// <inheritdoc/>
    /// <remarks>It offers every method, and has no button to stop a transfer.</remarks>
    public Task Send(string to, string path, string offer, string via, long? closeAfter = null, bool parts = false) => Send(to, path, offer);

    /// <summary>Takes or refuses what comes; <paramref name="byCommand"/> with <c>libervia-cli file receive</c>.</summary>
    public Task Receive(bool decline = false, bool byCommand = false) =>
        Command("receive", new() { ["dir"] = _target.Path, ["answer"] = decline ? "decline" : "accept", ["frontend"] = byCommand });

    /// <summary><paramref name="offer"/> <c>si</c>, or else what it prefers, which is Jingle where the other has it; <paramref name="byCommand"/> with <c>libervia-cli file send</c>.</summary>
    public Task Send(string to, string path, string offer, bool byCommand = false) =>
        Command("send", new() { ["to"] = to, ["path"] = path, ["offer"] = offer, ["frontend"] = byCommand });

    public Task<JsonElement> Next(params string[] types) => _events.Next(types);

    public string Describe(string what) => _events.Describe(what) + "--- daemon\n" + _backend.Log;

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _target.Dispose();
    }

    private Task Command(string name, JsonObject fields)
    {
        fields["cmd"] = name;
        return _process.WriteLine(fields.ToJsonString());
    }
}
