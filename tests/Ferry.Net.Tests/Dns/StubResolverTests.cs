using System.Net;
using System.Net.Sockets;
using Ferry.Net.Dns;
using Ferry.Protocol.Dns;
using Ferry.Testing.Dns;
using Ferry.Testing.Time;

namespace Ferry.Net.Tests.Dns;

public sealed class StubResolverTests
{
    private const string Name = "_xmpp-client._tcp.example.org";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Asks_and_reads_the_answer()
    {
        await using var server = new FakeDnsServer((query, _) => [new DnsAnswer().Srv(0, 5, 5222, "xmpp.example.org").To(query)]);
        Services(await AskAsync(server)).ShouldBe([new SrvRecord(0, 5, 5222, "xmpp.example.org")]);
        server.Queries.Single().Tcp.ShouldBeFalse();
    }

    [Fact]
    public async Task A_cut_answer_is_asked_for_again_over_TCP()
    {
        await using var server = new FakeDnsServer((query, tcp) =>
        {
            var answer = new DnsAnswer { Truncated = !tcp };
            for (var i = 0; i < 60; i++)
                answer.Srv(0, 0, 5000 + i, $"host-{i}.with-a-rather-long-name.example.org");
            return [tcp ? answer.To(query) : new DnsAnswer { Truncated = true }.To(query)];
        });
        Services(await AskAsync(server)).Count.ShouldBe(60);
        server.Queries.Select(q => q.Tcp).ShouldBe([false, true]);
    }

    [Fact]
    public async Task Answers_to_other_questions_are_ignored()
    {
        await using var server = new FakeDnsServer((query, _) =>
        [
            [],
            [1, 2, 3],
            query,
            new DnsAnswer { IdOffset = 1 }.Srv(0, 0, 1, "other-id").To(query),
            new DnsAnswer().Srv(0, 0, 1, "other-name").To(Query(query, "_xmpp-client._tcp.example.com", DnsRecordType.Srv)),
            new DnsAnswer().Srv(0, 0, 1, "other-type").To(Query(query, Name, DnsRecordType.A)),
            new DnsAnswer().Srv(0, 0, 1, "right").To(query),
        ]);
        Services(await AskAsync(server)).Single().Target.ShouldBe("right");
    }

    [Fact]
    public async Task A_flood_of_strays_ends_the_try()
    {
        await using var server = new FakeDnsServer((query, _) => Enumerable.Repeat(new DnsAnswer { IdOffset = 1 }.To(query), 200));
        (await AskAsync(server)).ShouldBeOfType<DnsLookup.Failed>();
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(0, false)]
    public async Task No_name_and_no_records_are_answers(int code, bool noSuchName)
    {
        await using var server = new FakeDnsServer((query, _) => [new DnsAnswer { Code = code }.To(query)]);
        (await AskAsync(server)).ShouldBe(new DnsLookup.Nothing(noSuchName));
        server.Queries.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_server_that_cannot_say_is_no_answer_and_the_next_is_asked(int code)
    {
        await using var broken = new FakeDnsServer((query, _) => [new DnsAnswer { Code = code }.To(query)]);
        (await AskAsync(broken)).ShouldBeOfType<DnsLookup.Failed>();
        broken.Queries.Count.ShouldBe(2);

        await using var good = new FakeDnsServer((query, _) => [new DnsAnswer().Srv(0, 0, 1, "host").To(query)]);
        Services(await AskAsync(broken, good)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_passed_over_at_once()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var nobody = (IPEndPoint)closed.LocalEndPoint!;
        closed.Dispose();
        await using var good = new FakeDnsServer((query, _) => [new DnsAnswer().Srv(0, 0, 1, "host").To(query)]);
        Services(await Resolver(new ManualTime(), nobody, good.EndPoint).QueryAsync(Name, DnsRecordType.Srv, Cancel)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Silence_is_given_up_after_two_tries()
    {
        var time = new ManualTime();
        await using var server = new FakeDnsServer((_, _) => []);
        var lookup = Resolver(time, server.EndPoint).QueryAsync(Name, DnsRecordType.Srv, Cancel);
        for (var i = 0; i < 2; i++)
        {
            await server.AskedAsync();
            lookup.IsCompleted.ShouldBeFalse();
            time.Advance(new StubResolverOptions().Timeout);
        }

        (await lookup).ShouldBeOfType<DnsLookup.Failed>().Text.ShouldContain("in time");
        server.Queries.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Cancellation_ends_the_wait()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var server = new FakeDnsServer((_, _) => []);
        var lookup = Resolver(new ManualTime(), server.EndPoint).QueryAsync(Name, DnsRecordType.Srv, cancel.Token);
        await server.AskedAsync();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(lookup);
    }

    [Fact]
    public async Task Every_question_has_its_own_id_and_port()
    {
        await using var server = new FakeDnsServer((query, _) => [new DnsAnswer().To(query)]);
        for (var i = 0; i < 8; i++)
            await AskAsync(server);
        server.Queries.Select(q => (q.Query[0] << 8) | q.Query[1]).Distinct().Count().ShouldBeGreaterThan(1);
        server.Queries.Select(q => q.From).Distinct().Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Without_servers_and_with_unfit_names_it_says_so()
    {
        (await Resolver(new ManualTime()).QueryAsync(Name, DnsRecordType.Srv, Cancel)).ShouldBeOfType<DnsLookup.Failed>();
        (await Resolver(new ManualTime(), new IPEndPoint(IPAddress.Loopback, 53)).QueryAsync("a..b", DnsRecordType.Srv, Cancel))
            .ShouldBeOfType<DnsLookup.Failed>();
    }

    [Fact]
    public void The_configuration_is_read_as_the_C_library_does() =>
        ResolverConfiguration.Parse(
                "# nameserver 192.0.2.9\nsearch example.org\nnameserver 192.0.2.1\r\n nameserver\t2001:db8::1 \nnameserver nonsense\n" +
                "nameserver 192.0.2.2\nnameserver 192.0.2.3\n")
            .Select(s => s.ToString()).ShouldBe(["192.0.2.1:53", "[2001:db8::1]:53", "192.0.2.2:53"]);

    private static byte[] Query(byte[] like, string name, DnsRecordType type)
    {
        DnsMessageCodec.TryWriteQuery((like[0] << 8) | like[1], name, type, out var query).ShouldBeTrue();
        return query!;
    }

    private static Task<DnsLookup> AskAsync(params FakeDnsServer[] servers) =>
        Resolver(new ManualTime(), [.. servers.Select(s => s.EndPoint)]).QueryAsync(Name, DnsRecordType.Srv, Cancel);

    private static StubResolver Resolver(TimeProvider time, params IPEndPoint[] servers) =>
        new(new StubResolverOptions { Servers = servers }, time);

    private static List<SrvRecord> Services(DnsLookup lookup) => [.. lookup.ShouldBeOfType<DnsLookup.Found>().Response.Services];
}
