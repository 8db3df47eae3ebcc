using System.Diagnostics;
using System.Globalization;
using System.Net;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Hosting;
using Ferry.Server.Index;
using Ferry.Testing.XmppScripts;
using Microsoft.Extensions.Logging.Abstractions;
using Input = Ferry.Protocol.FileIndex.IndexPublisherInput;
using Output = Ferry.Protocol.FileIndex.IndexPublisherOutput;

namespace Ferry.IndexBench;

/// <summary>How fast one owner's share goes through the embedded server into its index: TLS, XML, parsing and SQLite included, driven by the machine that a client drives.</summary>
internal static class PublishBench
{
    public static async Task RunAsync(string folder, int files)
    {
        var domain = Jid.Parse("localhost");
        await using var server = await LocalServer.StartAsync(
            new LocalServerOptions { DataFolder = folder, Listen = [new IPEndPoint(IPAddress.Loopback, 0)], Index = IndexOptions.Embedded(domain, folder) },
            NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        await server.Accounts.RegisterAsync(Jid.Parse("owner@localhost"), "owner", CancellationToken.None);
        await using var client = await ScriptedClient.LogInAsync(server.Endpoints[0], "owner@localhost/bench", "owner");
        // Where nothing is known of servers' limits, and what clients make of the embedded server's (Ferry/Sharing/Publishing/SharePublisher).
        foreach (var (name, bytes) in new[] { ("", 8 * 1024), ("parts below 9 KB", 8 * 1024), ("parts of 60 KiB", 60 * 1024) })
        {
            // The first is to warm up: what it shows is the compiler.
            var publisher = new IndexPublisher(new IndexPublisherOptions("share " + name, bytes), 0);
            var library = new Library(3);
            for (var i = 0; i < files; i++) publisher.Handle(new Input.Changed(library.File(i)), DateTimeOffset.UnixEpoch);
            var clock = Stopwatch.StartNew();
            var processor = Environment.CpuUsage.TotalTime;
            await DriveAsync(client, publisher);
            var seconds = clock.Elapsed.TotalSeconds;
            if (name.Length > 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""{"type":"index-publish","name":"{{name}}","files":{{files}},"parts":{{publisher.Generation}},"seconds":{{seconds:0.000}},"rate":{{files / seconds:0}},"processor":{{(Environment.CpuUsage.TotalTime - processor).TotalSeconds:0.000}},"peak":{{Process.GetCurrentProcess().PeakWorkingSet64}}}"""));
        }
    }

    private static async Task DriveAsync(ScriptedClient client, IndexPublisher publisher)
    {
        var outputs = publisher.Handle(new Input.Connected(), DateTimeOffset.UnixEpoch);
        while (true)
        {
            foreach (var output in outputs)
            {
                if (output is Output.Synchronised) return;
                if (output is not Output.Send { Part: var part }) throw new InvalidOperationException(output.ToString());
                await client.SendAsync(new Iq(IqType.Set, part.Generation.ToString(CultureInfo.InvariantCulture), null, Jid.Parse("files.localhost"), part.ToElement()).ToElement());
            }

            if (!Iq.TryParse(await client.NextElementAsync(), out var answer)) throw new InvalidOperationException("not an answer");
            outputs = publisher.Handle(new Input.Answered(long.Parse(answer.Id, CultureInfo.InvariantCulture), answer.Error), DateTimeOffset.UnixEpoch);
        }
    }
}
