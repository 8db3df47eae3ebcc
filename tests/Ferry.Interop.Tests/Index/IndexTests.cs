using System.Text.Json;
using Ferry.Interop.Tests.Peers;
using Ferry.Net.Components;
using Ferry.Protocol.Addressing;
using Ferry.Server.Index;
using Ferry.Server.Services;

namespace Ferry.Interop.Tests.Index;

/// <summary>The index as slixmpp's own plugins see it: searching (XEP-0055) in pages (XEP-0059), browsing (XEP-0030), commands (XEP-0050), chat.</summary>
[Collection(IXmppServer.ComponentJid)] // one after the other: there is one such address at each server
public sealed class IndexTests(ProsodyServer prosody)
{
    [Fact]
    public async Task In_the_embedded_server()
    {
        await using var server = await EmbeddedServer.Start(index: true);
        await AsksAsync(server, "files." + IXmppServer.Domain);
    }

    [Fact]
    public async Task Attached_to_Prosody()
    {
        var folder = Directory.CreateTempSubdirectory("ferry-index-");
        var options = new IndexOptions { Database = Path.Combine(folder.FullName, "index.db"), Allow = new IndexAudience([Jid.Parse(IXmppServer.Domain)], Everybody: false) };
        await using (var index = await IndexService.StartAsync(Jid.Parse(IXmppServer.ComponentJid), options, new ServiceOptions(), CancellationToken.None))
        await using (var attachment = ComponentAttachment.Start(index.Entity, new ComponentOptions
        {
            Host = "127.0.0.1",
            Port = prosody.ComponentPort,
            Domain = index.Entity.Address,
            Secret = _ => new(IXmppServer.ComponentSecret),
        }))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await attachment.WaitAsync(status => status.IsAttached, limit.Token);
            await AsksAsync(prosody, IXmppServer.ComponentJid);
        }

        folder.Delete(recursive: true);
    }

    private static async Task AsksAsync(IXmppServer server, string index)
    {
        var (owner, asker) = (await server.CreateAccount("owner"), await server.CreateAccount("asker"));
        var settings = JsonSerializer.Serialize(new
        {
            host = "127.0.0.1",
            port = server.Port,
            ca = server.Certificate.AuthorityFile,
            index,
            owner = owner.Jid,
            owner_password = owner.Password,
            asker = asker.Jid,
            asker_password = asker.Password,
        });
        await using var process = ChildProcess.Start("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Peers", "slixmpp_index.py"), settings]);
        (await process.WaitForExit(TimeSpan.FromMinutes(3))).ShouldBe(0, process.Errors + server.Log);
        var said = JsonDocument.Parse(await process.Lines.ReadAsync()).RootElement;

        said.GetProperty("published").GetInt32().ShouldBe(25);
        Strings("features").ShouldContain("jabber:iq:search");
        Strings("features").ShouldContain("http://jabber.org/protocol/rsm");
        Strings("fields").ShouldBe(["FORM_TYPE", "x-name", "x-type", "x-minsize", "x-maxsize", "x-hash", "x-owner", "x-online"]);
        Strings("columns").ShouldBe(["jid", "nick", "x-size", "x-date", "x-hash", "x-node", "x-url"]);
        var hit = said.GetProperty("hit").EnumerateArray().ShouldHaveSingleItem();
        hit.GetProperty("jid").GetString().ShouldBe(said.GetProperty("owner_is").GetString());
        (hit.GetProperty("nick").GetString(), hit.GetProperty("x-size").GetString()).ShouldBe(("report 07.pdf", "1007"));
        hit.GetProperty("x-node").GetString().ShouldBe($"files/{owner.Jid}/docs/papers/report 07.pdf");
        said.GetProperty("nothing").GetInt32().ShouldBe(0);
        said.GetProperty("empty").GetString().ShouldBe("not-acceptable");
        var names = Enumerable.Range(0, 25).Select(i => $"report {i:00}.pdf").ToList();
        Strings("forwards").ShouldBe(names);
        Strings("backwards").ShouldBe(names);
        said.GetProperty("tree").GetProperty("above").GetRawText().ShouldContain($"files/{owner.Jid}/docs/papers");
        said.GetProperty("tree").GetProperty("files").GetInt32().ShouldBe(25);
        Strings("commands").ShouldBe(["search", "browse", "send-me", "my-shares", "grant"], ignoreOrder: true);
        said.GetProperty("command").GetProperty("status").GetString().ShouldBe("completed");
        said.GetProperty("command").GetProperty("rows").GetInt32().ShouldBe(5);
        said.GetProperty("said").GetString()!.ShouldContain("report 07.pdf");

        await GajimSearchesAsync(server, index, asker);

        List<string> Strings(string name) => [.. said.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
    }

    /// <summary>Gajim's own window for searching a service: its form, its button, its table of what was found.</summary>
    private static async Task GajimSearchesAsync(IXmppServer server, string index, Account asker)
    {
        await using var gajim = await GajimPeer.LogIn(server, asker);

        await gajim.Search(index, new Dictionary<string, string>(StringComparer.Ordinal) { ["x-name"] = "report 07" });

        var found = await gajim.Next("found", "failed", "fault");
        found.GetProperty("type").GetString().ShouldBe("found", gajim.Describe("nothing found"));
        found.GetProperty("form").EnumerateArray().Select(field => field.GetProperty("var").GetString()).ShouldContain("x-name");
        found.GetProperty("rows").EnumerateArray().ShouldHaveSingleItem().EnumerateObject().Select(cell => cell.Value.GetString()).ShouldContain("report 07.pdf");
    }
}
