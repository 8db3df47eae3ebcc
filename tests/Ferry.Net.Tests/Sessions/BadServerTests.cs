using System.Net.Sockets;
using System.Text;
using Ferry.Net.Sessions;
using Ferry.Protocol;
using Ferry.Protocol.Transfers;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>A server that breaks off, goes silent or talks nonsense, at every step of the log-in and after it.</summary>
public sealed class BadServerTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(600);

    /// <summary>The steps of a log-in with TLS; a server plays them up to one of them and then misbehaves.</summary>
    private static readonly (string Name, Func<FakeConnection, Task> Play)[] Steps =
    [
        ("connection", _ => Task.CompletedTask),
        ("header", async c =>
        {
            await c.ExpectHeaderAsync();
            await c.SendRawAsync(FakeConnection.Header);
        }),
        ("features", c => c.SendRawAsync($"<stream:features>{FakeConnection.OnlyTls}</stream:features>")),
        ("starttls", c => c.ExpectAsync($"<starttls xmlns='{Namespaces.Tls}'/>")),
        ("proceed", c => c.SendRawAsync($"<proceed xmlns='{Namespaces.Tls}'/>")),
        ("tls", c => c.SecureAsync()),
        ("second features", c => c.OpenAsync(FakeConnection.OnlyScram)),
        ("auth", c => c.ExpectAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='SCRAM-SHA-1'>*</auth>")),
    ];

    private static readonly (string Name, Func<FakeConnection, Task> Play)[] LateSteps =
    [
        ("log-in", c => c.AuthenticateAsync("secret")),
        ("third features", c => c.OpenAsync(FakeConnection.BindAndManage)),
        ("bind", c => c.BindAsync()),
    ];

    public static TheoryData<string> StepNames => [.. Steps.Concat(LateSteps).Select(step => step.Name)];

    [Theory]
    [MemberData(nameof(StepNames))]
    public async Task Silence_is_a_timeout(string after)
    {
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, after, Short);
        await PlayAsync(server, after);
        var failure = await connecting;
        failure.Reason.ShouldBe(FailureReason.Timeout);
        failure.Message.ShouldContain("localhost");
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public async Task The_end_of_the_connection_is_named(string after)
    {
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, after, Play.Patience);
        (await PlayAsync(server, after)).Break();
        (await connecting).Reason.ShouldBeOneOf(FailureReason.Connect, FailureReason.Tls);
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public async Task Garbage_is_named(string after)
    {
        if (after == "proceed") return; // the platform takes text for the head of a long TLS record: that is silence
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, after, Play.Patience);
        var connection = await PlayAsync(server, after);
        await connection.SendRawAsync("HTTP/1.1 400 Bad Request\r\n\r\n<<<>>>");
        (await connecting).Reason.ShouldBeOneOf(FailureReason.Protocol, FailureReason.Tls);
    }

    [Theory]
    [MemberData(nameof(StepNames))]
    public async Task A_wrong_element_is_named(string after)
    {
        if (after is "connection" or "proceed") return; // no elements there
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, after, Play.Patience);
        var connection = await PlayAsync(server, after);
        try
        {
            await connection.SendRawAsync("<what xmlns='urn:x'/>");
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // It has hung up already.
        }

        (await connecting).Reason.ShouldBeOneOf(FailureReason.Protocol, FailureReason.Tls, FailureReason.Auth);
    }

    [Theory]
    [InlineData("log-in")]
    [InlineData("third features")]
    [InlineData("bind")]
    public async Task A_stream_error_in_the_middle_is_told(string after)
    {
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, after, Play.Patience);
        var connection = await PlayAsync(server, after);
        await connection.SendRawAsync(
            (after == "log-in" ? FakeConnection.Header : "") + "<stream:error><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        var failure = await connecting;
        failure.Reason.ShouldBe(FailureReason.Connect);
        failure.Message.ShouldContain("resource-constraint");
    }

    [Fact]
    public async Task A_flood_before_the_answer_to_stream_management_is_cut_off()
    {
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, "bind", Play.Patience);
        var connection = await PlayAsync(server, "bind");
        await TrySendAsync(connection, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<message/>", 300))));
        (await connecting).Reason.ShouldBe(FailureReason.Protocol);
    }

    [Fact]
    public async Task A_server_of_before_xmpp_1_is_refused()
    {
        await using var server = FakeServer.Start();
        var connecting = ConnectAsync(server, "connection", Play.Patience);
        var connection = await server.AcceptAsync();
        await connection.ExpectHeaderAsync();
        await connection.SendRawAsync("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost'>");
        (await connecting).Reason.ShouldBe(FailureReason.Protocol);
    }

    public static TheoryData<string, string> Forbidden => new()
    {
        { "comment", "<message><!-- psst --></message>" },
        { "comment outside", "<!-- psst -->" },
        { "processing instruction", "<message><?php echo ?></message>" },
        { "doctype", "<!DOCTYPE x [<!ENTITY a 'b'>]><message/>" },
        { "billion laughs", "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol1 '&lol;&lol;&lol;&lol;'>]><message><body>&lol1;</body></message>" },
        { "entity", "<message><body>&lol;</body></message>" },
        { "control character", "<message><body>&#1;</body></message>" },
        { "mismatched tags", "<message><body></message></body>" },
        { "undeclared prefix", "<message><x:y/></message>" },
        { "attribute twice", "<message to='a' to='b'/>" },
        { "text outside", "hello" },
        { "too deep", string.Concat(Enumerable.Repeat("<a>", 70)) },
        { "too large", "<message><body>" + new string('x', 600 * 1024) },
        { "endless tag", "<message a='" + new string('x', 600 * 1024) },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public async Task What_xmpp_forbids_ends_the_session_by_name(string what, string bytes)
    {
        await using var play = await Play.BeginAsync();
        await TrySendAsync(play.Connection, Encoding.UTF8.GetBytes(bytes));
        var end = await play.EndAsync();
        end.ShouldNotBeNull(what);
        end.Reason.ShouldBe(FailureReason.Protocol, end.Message);
    }

    [Theory]
    [InlineData(new byte[] { 0xC3, 0x28 })]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0xBC })]
    [InlineData(new byte[] { 0x00 })]
    public async Task Broken_utf8_ends_the_session_by_name(byte[] bad)
    {
        await using var play = await Play.BeginAsync();
        await TrySendAsync(play.Connection, [.. "<message><body>"u8, .. bad, .. "</body></message>"u8]);
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.Protocol);
    }

    [Fact]
    public async Task Requests_that_wait_learn_of_the_end()
    {
        await using var play = await Play.BeginAsync();
        var asking = play.Session.RequestAsync(null, Ferry.Protocol.Stanzas.IqType.Get, new Ferry.Protocol.Xml.Element("urn:x", "q"), Play.Patience, CancellationToken.None);
        await play.Connection.ExpectAsync("<iq type='get' id='*'><q xmlns='urn:x'/></iq>");
        await play.Connection.SendRawAsync("<!-- -->");
        (await asking.WaitAsync(Play.Patience)).Missing.ShouldBe(NoReply.SessionEnded);
        (await play.Session.RequestAsync(null, Ferry.Protocol.Stanzas.IqType.Get, new Ferry.Protocol.Xml.Element("urn:x", "q"), Play.Patience, CancellationToken.None).WaitAsync(Play.Patience))
            .Missing.ShouldBe(NoReply.SessionEnded);
    }

    [Theory]
    [InlineData("conflict", true)]
    [InlineData("policy-violation", true)]
    [InlineData("not-authorized", false)]
    [InlineData("undefined-condition", false)]
    public async Task A_stream_error_is_final_and_named(string condition, bool hint)
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendRawAsync($"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        var end = await play.EndAsync();
        end!.Reason.ShouldBe(FailureReason.StreamLost);
        end.Message.ShouldContain(condition);
        (end.Hint is not null).ShouldBe(hint);
    }

    [Fact]
    public async Task A_stream_closed_by_the_server_is_final()
    {
        await using var play = await Play.BeginAsync();
        await play.Connection.SendRawAsync("</stream:stream>");
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    private static async Task TrySendAsync(FakeConnection connection, byte[] bytes)
    {
        try
        {
            await connection.SendRawAsync(bytes);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
            // It has hung up already.
        }
    }

    private static bool IsLate(string after) => LateSteps.Any(step => step.Name == after);

    private static async Task<SessionFailure> ConnectAsync(FakeServer server, string after, TimeSpan limit)
    {
        var options = (IsLate(after) ? Play.Options(server) : Play.Secure(server)) with { ConnectTimeout = limit };
        var (session, failure) = await StanzaSession.ConnectAsync(options, CancellationToken.None).WaitAsync(Play.Patience);
        session.ShouldBeNull();
        return failure.ShouldNotBeNull();
    }

    private static async Task<FakeConnection> PlayAsync(FakeServer server, string upTo)
    {
        var connection = await server.AcceptAsync();
        foreach (var step in IsLate(upTo) ? LateSteps : Steps)
        {
            await step.Play(connection);
            if (step.Name == upTo) return connection;
        }

        throw new ArgumentException("no such step", nameof(upTo));
    }
}
