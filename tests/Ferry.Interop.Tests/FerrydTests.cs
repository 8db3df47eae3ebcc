using System.Net;
using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests;

/// <summary>The built ferryd attached to servers that others wrote, and read by systemd's own tool.</summary>
[Collection(IXmppServer.ComponentJid)] // one after the other: there is one such address at each server
public sealed class FerrydTests(ProsodyServer prosody, EjabberdServer ejabberd)
{
    private const string SystemdAnalyze = "/usr/bin/systemd-analyze";
    private const string Prosody = nameof(prosody);
    private const string Ejabberd = nameof(ejabberd);

    [Theory]
    [InlineData(Prosody)]
    [InlineData(Ejabberd)]
    public async Task It_attaches_becomes_ready_answers_and_stops(string name)
    {
        IXmppServer server = name == Prosody ? prosody : ejabberd;
        using var folder = new TargetDirectory();
        var secret = Path.Combine(folder.Path, "component.secret");
        await File.WriteAllTextAsync(secret, IXmppServer.ComponentSecret + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        var admin = LoopbackPorts.Free(1)[0];
        var file = Path.Combine(folder.Path, "ferryd.yml");
        await File.WriteAllTextAsync(file, $"""
            component:
              server: 127.0.0.1:{server.ComponentPort}
              domain: {IXmppServer.ComponentJid}
              secretFile: component.secret
            admin:
              listen: 127.0.0.1:{admin}
            """);
        await using var ferryd = ChildProcess.Start(Program, ["run", "--config", file]);
        await Ready(admin, ferryd, server);
        await using (var client = await SlixmppPeer.LogIn(server, await server.CreateAccount("asker")))
        {
            (await client.Ask("ping", IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("result");
        }

        ferryd.Terminate();
        (await ferryd.WaitForExit(TimeSpan.FromSeconds(30))).ShouldBe(0, ferryd.Errors);
    }

    /// <summary>Relay with bridge and index, one process: each answers at its own address, and a file goes by the relay.</summary>
    [Fact]
    public async Task It_is_two_components_at_once()
    {
        await using var ferryd = await FerrydAt.StartAsync(prosody, withIndex: true);
        await using (var client = await SlixmppPeer.LogIn(prosody, await prosody.CreateAccount("asker")))
        {
            var relay = (await client.Ask("disco#info", IXmppServer.ComponentJid)).ToString();
            relay.ShouldContain("http://jabber.org/protocol/bytestreams");
            relay.ShouldContain("http://oneteam.im/bs-proxy");
            relay.ShouldNotContain("jabber:iq:search");
            var index = (await client.Ask("disco#info", IXmppServer.SecondComponentJid)).ToString();
            index.ShouldContain("jabber:iq:search");
            index.ShouldNotContain("http://jabber.org/protocol/bytestreams");
            (await client.Ask("ping", IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("result");
            (await client.Ask("ping", IXmppServer.SecondComponentJid)).GetProperty("result").GetString().ShouldBe("result");
        }

        using var file = new SampleFile(300_000);
        using var target = new TargetDirectory();
        await using (var receiver = await FerryProcess.Receive(prosody, await prosody.CreateAccount("bob"), target.Path, "--via", "http-bridge", "--from", IXmppServer.Domain))
        {
            await using var sender = FerryProcess.Send(prosody, await prosody.CreateAccount("alice"), file.FilePath, receiver.Jid, "--via", "http-bridge");
            (await sender.Done()).GetProperty("method").GetString().ShouldBe("http-bridge");
            (await receiver.Done()).GetProperty("sha256").GetString().ShouldBe(file.Sha256, ferryd.Errors);
        }

        (await ferryd.StopAsync()).ShouldBe(0, ferryd.Errors);
    }

    [Fact]
    public async Task Systemd_finds_nothing_wrong_with_the_unit_file()
    {
        using var folder = new TargetDirectory();
        var unit = Path.Combine(folder.Path, "ferryd.service");
        var shipped = await File.ReadAllTextAsync(Path.Combine(Repository(), "packaging", "systemd", "ferryd.service"));
        shipped.ShouldContain("ExecStart=/usr/bin/ferryd run ");
        await File.WriteAllTextAsync(unit, shipped.Replace("/usr/bin/ferryd", Program, StringComparison.Ordinal));
        await using var analyze = ChildProcess.Start(SystemdAnalyze, ["verify", "--man=no", unit]);
        var code = await analyze.WaitForExit(TimeSpan.FromSeconds(60));
        // An unknown key is only a warning to it.
        analyze.Errors.ShouldBe("");
        code.ShouldBe(0);
        // In tenths: what is open is the network and what .NET needs.
        await using var judge = ChildProcess.Start(SystemdAnalyze, ["security", "--offline=true", "--no-pager", "--threshold=20", unit]);
        (await judge.WaitForExit(TimeSpan.FromSeconds(60))).ShouldBe(0, judge.Errors);
    }

    private static string Program
    {
        get
        {
            var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
            return Path.Combine(here.Parent!.Parent!.FullName, "Ferry.Daemon", here.Name, "ferryd");
        }
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Ferry.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    private static async Task Ready(int port, ChildProcess ferryd, IXmppServer server)
    {
        using var client = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            limit.IsCancellationRequested.ShouldBeFalse($"{ferryd.Errors}\n{server.Log}");
            ferryd.HasExited.ShouldBeFalse(ferryd.Errors);
            try
            {
                using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"), CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }
}
