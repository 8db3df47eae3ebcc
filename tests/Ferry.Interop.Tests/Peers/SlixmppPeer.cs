using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ferry.Interop.Tests.Peers;

/// <summary>A logged-in slixmpp client; <c>slixmpp_peer.py</c> lists its commands and events.</summary>
public sealed class SlixmppPeer : IPeer
{
    internal const string Python = "/usr/bin/python3";
    private readonly ChildProcess _process;
    private readonly JsonEvents _events;

    private SlixmppPeer(ChildProcess process)
    {
        _process = process;
        _events = new JsonEvents(process);
    }

    public string Jid { get; private set; } = "";

    /// <summary>
    /// The only proxy that it offers; null: all that it finds. It looks at each of its server's items, and waits 120 s for one that does not answer: another test's component, which comes and goes.
    /// </summary>
    public string? Proxy { get; init; }

    /// <summary>Logs in; without <paramref name="files"/> as a client that can neither take nor send any.</summary>
    public static Task<SlixmppPeer> LogIn(IXmppServer server, Account account, bool directTls = false, bool files = true, string? proxy = null) =>
        LogIn(account, directTls ? server.DirectTlsPort : server.Port, directTls, server.Certificate.AuthorityFile, () => server.Log, files, proxy);

    /// <summary>Logs in at a server on 127.0.0.1 whose certificate <paramref name="authorityFile"/> vouches for.</summary>
    public static async Task<SlixmppPeer> LogIn(Account account, int port, bool directTls, string authorityFile, Func<string> serverLog, bool files = true, string? proxy = null)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Peers", "slixmpp_peer.py");
        var peer = new SlixmppPeer(ChildProcess.Start(Python, [script])) { Proxy = proxy };
        try
        {
            await peer.Command("login", new()
            {
                ["jid"] = account.Jid,
                ["password"] = account.Password,
                ["host"] = "127.0.0.1",
                ["port"] = port,
                ["direct_tls"] = directTls,
                ["ca"] = authorityFile,
                ["files"] = files,
            });
            var ready = await peer._events.Next("ready", "failed");
            peer.Jid = ready.TryGetProperty("jid", out var jid)
                ? jid.GetString()!
                : throw new InvalidOperationException(peer._events.Describe("cannot log in") + serverLog());
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    public Task Receive(string offer, string? via = null, bool decline = false, long? closeAfter = null, bool keep = false) =>
        Command("receive", new() { ["offer"] = offer, ["via"] = via, ["answer"] = decline ? "decline" : "accept", ["close_after"] = closeAfter, ["keep"] = keep });

    Task IPeer.Send(string to, string path, string offer, string via, long? closeAfter, bool parts) =>
        Send(to, path, offer, via, closeAfter: closeAfter, ranges: parts ? "serve" : null);

    /// <summary>
    /// As <see cref="IPeer.Send"/>; under another name than the file's, or in blocks of another size than 4096, too. <paramref name="ranges"/> <c>serve</c> or
    /// <c>ignore</c> offers parts.
    /// </summary>
    public Task Send(string to, string path, string offer, string via, string? name = null, long? closeAfter = null, int? blockSize = null, string? ranges = null) =>
        Command("send", new()
        {
            ["to"] = to,
            ["path"] = path,
            ["offer"] = offer,
            ["via"] = via,
            ["name"] = name,
            ["close_after"] = closeAfter,
            ["block_size"] = blockSize,
            ["ranges"] = ranges,
            ["proxy"] = Proxy,
        });

    /// <summary>Asks an address for <c>disco#info</c>, a <c>ping</c> or something <c>unheard</c> of: what came back.</summary>
    public async Task<JsonElement> Ask(string what, string to)
    {
        await Command("ask", new() { ["what"] = what, ["to"] = to });
        return await Next("answer");
    }

    public Task<JsonElement> Next(params string[] types) => _events.Next(types);

    public string Describe(string what) => _events.Describe(what);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private Task Command(string name, JsonObject fields)
    {
        fields["cmd"] = name;
        return _process.WriteLine(fields.ToJsonString());
    }
}
