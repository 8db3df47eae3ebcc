using System.Globalization;
using System.Net;
using Ferry.Cli.Tests.Fakes;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;
using Ferry.Protocol.Files;
using Ferry.Protocol.ResultSets;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using Ferry.Testing.XmppScripts;
using Ferry.Testing;
using Input = Ferry.Protocol.FileIndex.IndexPublisherInput;
using Output = Ferry.Protocol.FileIndex.IndexPublisherOutput;

namespace Ferry.Cli.Tests.Processes;

/// <summary>
/// The index as a program that is killed (SIGKILL) as soon as it has answered the Nth part of what somebody publishes. What it answered outlives it, of what it did not answer each part is there
/// whole or not at all, and after the next log-in the index equals the share. FERRY_TEST_LONG=1 kills sixty times.
/// </summary>
public sealed class IndexKillTests : IAsyncDisposable
{
    private const int PartFiles = 20;
    private const int Files = 400;
    private static readonly Jid Index = Jid.Parse("files.localhost");
    private readonly TemporaryFolder _home = new();
    private readonly Random _random = new(20260102);
    private readonly int _port = FreePorts.Take();
    private readonly Dictionary<string, IndexedFile> _share = new(StringComparer.Ordinal);
    private FerryProcess? _server;

    private static int Rounds => Environment.GetEnvironmentVariable("FERRY_TEST_LONG") == "1" ? 60 : 2;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task What_a_killed_index_answered_is_in_it_and_then_it_equals_the_share_again()
    {
        await StartAsync();
        await using (var account = FerryProcess.Start(_home.Path, "account", "register", "--data", Path.Combine(_home.Path, "server"), "owner@localhost"))
        {
            (await account.EndAsync()).Code.ShouldBe(0, account.Said);
        }

        var generation = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var publisher = new IndexPublisher(new IndexPublisherOptions("docs", MaxBytes: 64 * 1024, PartFiles, Window: 8), generation);
            Stir(publisher, round);
            var after = _random.Next(1, Files / PartFiles);
            var (sent, answered) = await KillAfterAsync(publisher, after);
            answered.Count.ShouldBe(after, $"round {round}");
            await StartAsync();
            await using var client = await LogInAsync();
            var there = await ListAsync(client);
            foreach (var (number, part) in sent)
            {
                var kept = part.Added.Count(file => there.GetValueOrDefault(file.Path) == file.File.Size);
                if (answered.Contains(number)) kept.ShouldBe(part.Added.Count, $"round {round}: part {number} was answered");
                else kept.ShouldBeOneOf([0, part.Added.Count], $"round {round}: part {number} was not answered");
            }

            publisher.Handle(new Input.Disconnected(), DateTimeOffset.UnixEpoch);
            await PublishAsync(client, publisher, []);
            (await ListAsync(client)).OrderBy(file => file.Key, StringComparer.Ordinal).ShouldBe(
                _share.Values.Select(file => KeyValuePair.Create(file.Path, file.File.Size!.Value)).OrderBy(file => file.Key, StringComparer.Ordinal), $"round {round}");
            generation = publisher.Generation;
        }
    }

    // Another size for every file, so that it can be told from what was there before; some go, others come.
    private void Stir(IndexPublisher publisher, int round)
    {
        _share.Clear();
        foreach (var number in Enumerable.Range(round * 37, Files))
        {
            var name = number.ToString(CultureInfo.InvariantCulture) + ".txt";
            var file = new IndexedFile($"d{number % 7}/{name}", new FileMetadata(name, (round * 1000L) + number));
            _share[file.Path] = file;
            publisher.Handle(new Input.Changed(file), DateTimeOffset.UnixEpoch);
        }
    }

    private async Task<(Dictionary<long, IndexPublish> Sent, HashSet<long> Answered)> KillAfterAsync(IndexPublisher publisher, int answers)
    {
        await using var client = await LogInAsync();
        var answered = new HashSet<long>();
        var sent = await PublishAsync(client, publisher, answered, answers);
        await _server!.KillAsync();
        client.Break();
        return (sent, answered);
    }

    // Until everything is there, or so many parts were answered.
    private static async Task<Dictionary<long, IndexPublish>> PublishAsync(ScriptedClient client, IndexPublisher publisher, HashSet<long> answered, int most = int.MaxValue)
    {
        var sent = new Dictionary<long, IndexPublish>();
        var outputs = publisher.Handle(new Input.Connected(), DateTimeOffset.UnixEpoch);
        while (true)
        {
            foreach (var output in outputs)
            {
                if (output is Output.Synchronised) return sent;
                var part = output.ShouldBeOfType<Output.Send>().Part;
                sent[part.Generation] = part;
                await client.SendAsync(new Iq(IqType.Set, part.Generation.ToString(CultureInfo.InvariantCulture), null, Index, part.ToElement()).ToElement());
            }

            var answer = await AnswerAsync(client);
            answer.Error.ShouldBeNull();
            var generation = long.Parse(answer.Id, CultureInfo.InvariantCulture);
            answered.Add(generation);
            if (answered.Count == most) return sent;
            outputs = publisher.Handle(new Input.Answered(generation, null), DateTimeOffset.UnixEpoch);
        }
    }

    private static async Task<Dictionary<string, long>> ListAsync(ScriptedClient client)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var query = new SearchQuery { Owner = client.Jid.Bare };
        for (string? after = null; ;)
        {
            await client.SendAsync(new Iq(IqType.Set, "list", null, Index, SearchRequest.Submit(query, "", new ResultSetQuery(100, after))).ToElement());
            SearchAnswer.TryParse((await AnswerAsync(client)).Payload, out var answer).ShouldBeTrue();
            foreach (var hit in answer.Hits) found.Add(hit.Node.Inside, hit.File.Size!.Value);
            if (answer.Hits.Count == 0) return found;
            after = answer.Page!.Last;
        }
    }

    private static async Task<Iq> AnswerAsync(ScriptedClient client)
    {
        Iq.TryParse(await client.NextElementAsync(), out var answer).ShouldBeTrue();
        return answer!;
    }

    private Task<ScriptedClient> LogInAsync() => ScriptedClient.LogInAsync(new IPEndPoint(IPAddress.Loopback, _port), "owner@localhost/test", "secret");

    private async Task StartAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _server = FerryProcess.Start(_home.Path, "up", "--json", "--data", Path.Combine(_home.Path, "server"), "--port", _port.ToString(CultureInfo.InvariantCulture));
        await _server.NextAsync("ready");
    }
}
