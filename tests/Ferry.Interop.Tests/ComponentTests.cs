using Ferry.Interop.Tests.Peers;
using Ferry.Net.Components;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Discovery;
using Ferry.Protocol.Stanzas;
using Ferry.Server.Services;

namespace Ferry.Interop.Tests;

/// <summary>A service of ours as an external component of servers that others wrote; the tests take the one component address in turn.</summary>
[Collection(IXmppServer.ComponentJid)] // one after the other: there is one such address at each server
public sealed class ComponentTests(ProsodyServer prosody, EjabberdServer ejabberd)
{
    private const string Prosody = nameof(prosody);
    private const string Ejabberd = nameof(ejabberd);

    [Theory]
    [InlineData(Prosody)]
    [InlineData(Ejabberd)]
    public async Task It_attaches_and_is_asked_by_slixmpp(string name)
    {
        var server = Server(name);
        await using var service = Service();
        await using var attachment = ComponentAttachment.Start(service, Options(server));
        await Attached(attachment, server);
        await using var client = await SlixmppPeer.LogIn(server, await server.CreateAccount("asker"));

        var info = await client.Ask("disco#info", IXmppServer.ComponentJid);
        info.GetProperty("identities").EnumerateArray().Single().ToString().ShouldContain("test");
        info.GetProperty("features").EnumerateArray().Select(feature => feature.GetString()).ShouldContain("urn:xmpp:ping");
        (await client.Ask("ping", IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("result");
        (await client.Ask("unheard", IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("service-unavailable");
        (await client.Ask("ping", "somebody@" + IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("service-unavailable");
    }

    [Theory]
    [InlineData(Prosody)]
    [InlineData(Ejabberd)]
    public async Task It_asks_a_client_and_nobody(string name)
    {
        var server = Server(name);
        await using var service = Service();
        await using var attachment = ComponentAttachment.Start(service, Options(server));
        await Attached(attachment, server);
        await using var client = await SlixmppPeer.LogIn(server, await server.CreateAccount("asked"));

        var ping = new Protocol.Xml.Element(Protocol.Namespaces.Ping, "ping");
        (await service.AskAsync(IqType.Get, Jid.Parse(client.Jid), ping, TimeSpan.FromSeconds(20), CancellationToken.None)).IsResult.ShouldBeTrue(server.Log);
        (await service.AskAsync(IqType.Get, Jid.Parse("nobody-has-this-name@localhost/r"), ping, TimeSpan.FromSeconds(20), CancellationToken.None))
            .Error!.Condition.ShouldBe(ErrorCondition.ServiceUnavailable);
    }

    [Theory]
    [InlineData(Prosody)]
    [InlineData(Ejabberd)]
    public async Task A_wrong_secret_is_named(string name)
    {
        var server = Server(name);
        await using var service = Service();
        await using var attachment = ComponentAttachment.Start(service, Options(server) with { Secret = _ => new("wrong") });
        (await Failed(attachment)).Reason.ShouldBe(ComponentFailureReason.NotAuthorized);
    }

    // ejabberd tells a domain that it does not know from a wrong secret as little as a good log-in tells an unknown user.
    [Theory]
    [InlineData(Prosody, ComponentFailureReason.HostUnknown)]
    [InlineData(Ejabberd, ComponentFailureReason.NotAuthorized)]
    public async Task A_domain_that_the_server_does_not_keep_for_us_is_named(string name, ComponentFailureReason reason)
    {
        var server = Server(name);
        var domain = Jid.Parse("elsewhere.localhost");
        await using var service = new ServiceEntity(domain, new DiscoIdentity("component", "test"), new ServiceOptions());
        await using var attachment = ComponentAttachment.Start(service, Options(server) with { Domain = domain });
        (await Failed(attachment)).Reason.ShouldBe(reason);
    }

    [Fact]
    public async Task Two_as_one_domain_are_a_conflict_at_Prosody()
    {
        await using var service = Service();
        await using var attachment = ComponentAttachment.Start(service, Options(prosody));
        await Attached(attachment, prosody);
        await using var second = Service();
        await using var late = ComponentAttachment.Start(second, Options(prosody));
        (await Failed(late)).Reason.ShouldBe(ComponentFailureReason.Conflict);
        attachment.Status.IsAttached.ShouldBeTrue();
    }

    // The ping to oneself has to come back, or the server would be taken for dead.
    [Theory]
    [InlineData(Prosody)]
    [InlineData(Ejabberd)]
    public async Task Silence_is_told_from_death(string name)
    {
        var server = Server(name);
        var pings = 0;
        var three = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = Options(server) with { ProbeAfter = TimeSpan.FromMilliseconds(300), DeadAfter = TimeSpan.FromSeconds(10) };
        await using var connection = new ComponentConnection(options, Count);
        connection.Start();
        await three.Task.WaitAsync(TimeSpan.FromSeconds(30));
        connection.Status.Attachments.ShouldBe(1);

        ValueTask Count(Protocol.Xml.Element stanza, Jid from, Jid to, CancellationToken cancellationToken)
        {
            if (from == to && stanza.FirstChild!.Is(Protocol.Namespaces.Ping, "ping") && ++pings == 3) three.SetResult();
            return default;
        }
    }

    [Fact]
    public async Task It_comes_back_when_the_server_was_restarted_and_when_it_hung()
    {
        await using var server = await ProsodyServer.Start(ServerShaper.None);
        await using var service = Service();
        var options = Options(server) with { ProbeAfter = TimeSpan.FromMilliseconds(500), DeadAfter = TimeSpan.FromSeconds(2), LongestWait = TimeSpan.FromSeconds(1) };
        await using var attachment = ComponentAttachment.Start(service, options);
        await Attached(attachment, server);
        var account = await server.CreateAccount("asker");

        await server.Restart();
        await Attached(attachment, server, times: 2);
        await Answers(server, account);

        server.Freeze();
        (await Failed(attachment)).Message.ShouldBe("the server has been silent for 2 s");
        server.Thaw();
        await Attached(attachment, server, times: 3);
        await Answers(server, account);
    }

    private static async Task Answers(IXmppServer server, Account account)
    {
        await using var client = await SlixmppPeer.LogIn(server, account);
        (await client.Ask("ping", IXmppServer.ComponentJid)).GetProperty("result").GetString().ShouldBe("result");
    }

    private IXmppServer Server(string name) => name == Prosody ? prosody : ejabberd;

    private static ServiceEntity Service() => new(Jid.Parse(IXmppServer.ComponentJid), new DiscoIdentity("component", "test", "A test"), new ServiceOptions());

    private static ComponentOptions Options(IXmppServer server) => new()
    {
        Host = "127.0.0.1",
        Port = server.ComponentPort,
        Domain = Jid.Parse(IXmppServer.ComponentJid),
        Secret = _ => new(IXmppServer.ComponentSecret),
        FirstWait = TimeSpan.FromMilliseconds(200),
    };

    private static async Task Attached(ComponentAttachment attachment, IXmppServer server, int times = 1)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await attachment.WaitAsync(status => status.IsAttached && status.Attachments >= times, limit.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new InvalidOperationException($"not attached: {attachment.Status.Failure}\n{server.Log}", over);
        }
    }

    private static async Task<ComponentFailure> Failed(ComponentAttachment attachment)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return (await attachment.WaitAsync(status => status.Failure is not null, limit.Token)).Failure!;
    }
}
