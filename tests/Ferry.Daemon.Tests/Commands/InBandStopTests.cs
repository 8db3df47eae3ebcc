using System.Globalization;
using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Server.Accounts;
using Ferry.Testing.XmppScripts;

namespace Ferry.Daemon.Tests.Commands;

/// <summary>ferryd is told to stop while a file goes in-band through its embedded server.</summary>
public sealed class InBandStopTests : IDisposable
{
    private const int Terminate = 15;

    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_file_arrives_and_then_it_stops()
    {
        if (OperatingSystem.IsWindows()) return;
        await using (var accounts = await AccountStore.OpenAsync(Path.Combine(_home.Path, "data"), CancellationToken.None))
        {
            foreach (var name in new[] { "alice", "bob" }) await accounts.RegisterAsync(Jid.Parse(name + "@localhost"), name, CancellationToken.None);
        }

        await using var ferryd = FerrydProcess.Start(
            _home, ["run"], ("FERRYD_XMPP__LISTEN", "127.0.0.1:0"), ("FERRYD_ADMIN__LISTEN", "off"), ("FERRYD_RELAY__LISTEN", "127.0.0.1:0"), ("FERRYD_DATA", Path.Combine(_home.Path, "data")));
        var server = new IPEndPoint(IPAddress.Loopback, int.Parse(await ferryd.AfterAsync("localhost listens on 127.0.0.1:"), CultureInfo.InvariantCulture));
        await ferryd.AfterAsync("ferryd is ready");
        await using var alice = await ScriptedClient.LogInAsync(server, "alice@localhost/r", "alice");
        await using var bob = await ScriptedClient.LogInAsync(server, "bob@localhost/r", "bob");
        await PassAsync("open", "block-size='4096' sid='s1'");
        ferryd.Signal(Terminate);
        await ferryd.AfterAsync("stopping: 1 transfers are running");
        await PassAsync("data", "seq='0' sid='s1'", "AAAA");
        await PassAsync("close", "sid='s1'");
        await bob.SendAsync($"<iq type='result' id='i' to='{alice.Jid}'/>");
        (await alice.NextElementAsync()).Attribute("type").ShouldBe("result", "the answer to the close, too");
        (await ferryd.ExitCodeAsync()).ShouldBe(0);

        async Task PassAsync(string name, string attributes, string text = "")
        {
            await alice.SendAsync($"<iq type='set' id='i' to='{bob.Jid}'><{name} xmlns='http://jabber.org/protocol/ibb' {attributes}>{text}</{name}></iq>");
            (await bob.NextElementAsync()).FirstChild!.Name.ShouldBe(name);
        }
    }
}
