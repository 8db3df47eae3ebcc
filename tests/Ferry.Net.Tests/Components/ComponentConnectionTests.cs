using Ferry.Net.Components;
using Ferry.Protocol;
using Ferry.Protocol.Xml;
using Ferry.Testing;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Components;

/// <summary>XEP-0114 from the component's side, and what holds when the server does not.</summary>
public sealed class ComponentConnectionTests
{
    private const string Ping = "<ping xmlns='urn:xmpp:ping'/>";
    private const string StreamErrors = "urn:ietf:params:xml:ns:xmpp-streams";

    [Fact]
    public async Task It_attaches_and_answers()
    {
        await using var play = ComponentPlay.Begin();
        var server = await play.AttachAsync();
        await server.SendAsync($"<iq type='get' id='1' from='alice@example.org/a' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await server.ExpectAsync($"<iq type='result' id='1' from='{ComponentPlay.Domain}' to='alice@example.org/a'/>");
    }

    [Fact]
    public async Task A_server_may_spell_the_namespace_out()
    {
        await using var play = ComponentPlay.Begin();
        var server = await play.AttachAsync();
        await server.SendAsync($"<iq xmlns='jabber:component:accept' type='get' id='1' from='alice@example.org/a' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await server.ExpectAsync($"<iq type='result' id='1' from='{ComponentPlay.Domain}' to='alice@example.org/a'/>");
        play.Arrived[0].Namespace.ShouldBe(Namespaces.Client);
    }

    [Theory]
    [InlineData("not-authorized", ComponentFailureReason.NotAuthorized)]
    [InlineData("host-unknown", ComponentFailureReason.HostUnknown)]
    [InlineData("conflict", ComponentFailureReason.Conflict)]
    [InlineData("policy-violation", ComponentFailureReason.StreamError)]
    public async Task A_refusal_has_its_name(string condition, ComponentFailureReason reason)
    {
        await using var play = ComponentPlay.Begin();
        await using var server = await play.Server.AcceptAsync();
        await ComponentPlay.ShakeHandsAsync(server);
        await server.SendRawAsync($"<stream:error><{condition} xmlns='{StreamErrors}'/></stream:error></stream:stream>");
        var failure = await play.FailedAsync();
        failure.Reason.ShouldBe(reason);
        failure.ToString().ShouldContain(condition);
        await server.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refusal_may_come_before_the_handshake_without_an_id()
    {
        await using var play = ComponentPlay.Begin();
        await using var server = await play.Server.AcceptAsync();
        await server.ExpectHeaderAsync();
        await server.SendRawAsync(
            "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>"
            + $"<stream:error><host-unknown xmlns='{StreamErrors}'/></stream:error></stream:stream>");
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.HostUnknown);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("<stream:stream xmlns='jabber:component:accept' xmlns:stream='urn:other' id='1'>")]
    [InlineData(ComponentPlay.Header + "<stream:features/>")]
    [InlineData("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'><handshake/>")]
    public async Task What_is_no_component_port_is_named_so(string said)
    {
        await using var play = ComponentPlay.Begin();
        await using var server = await play.Server.AcceptAsync();
        await server.ExpectHeaderAsync();
        await server.SendRawAsync(said);
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Protocol);
    }

    [Fact]
    public async Task Nobody_there_is_connect_and_is_tried_again_with_growing_waits()
    {
        var time = new ManualTime();
        var gone = FakeServer.Start();
        var port = gone.EndPoint.Port;
        await gone.DisposeAsync();
        await using var play = ComponentPlay.Begin(options => options with { Port = port, TimeProvider = time });
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds)).WaitAsync(ComponentPlay.Limit());
            (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Connect);
            time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    [Theory]
    [InlineData(0.0, 0.8)]
    [InlineData(1.0, 1.2)]
    public async Task The_wait_varies_by_a_fifth(double jitter, double seconds)
    {
        var time = new ManualTime();
        await using var play = ComponentPlay.Begin(options => options with { TimeProvider = time, Jitter = () => jitter });
        await using (await play.Server.AcceptAsync())
        {
        }

        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1) * seconds).WaitAsync(ComponentPlay.Limit());
    }

    [Fact]
    public async Task Silence_during_the_handshake_ends_in_time()
    {
        var time = new ManualTime();
        await using var play = ComponentPlay.Begin(options => options with { TimeProvider = time });
        await using var server = await play.Server.AcceptAsync();
        await server.ExpectHeaderAsync();
        time.Advance(TimeSpan.FromSeconds(15));
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Timeout);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_is_named_and_read_again()
    {
        var time = new ManualTime();
        var there = false;
        await using var play = ComponentPlay.Begin(options => options with
        {
            TimeProvider = time,
            Secret = _ => Volatile.Read(ref there) ? new(ComponentPlay.Secret) : throw new FileNotFoundException("no secret file"),
        });
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Secret);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1)).WaitAsync(ComponentPlay.Limit());
        Volatile.Write(ref there, true);
        time.Advance(TimeSpan.FromSeconds(1));
        await play.AttachAsync();
    }

    [Fact]
    public async Task A_broken_stream_comes_back_by_itself()
    {
        var time = new ManualTime();
        await using var play = ComponentPlay.Begin(options => options with { TimeProvider = time });
        var first = await play.AttachAsync();
        first.Break();
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Lost);
        (await play.Component.SendAsync(new Element(Namespaces.Client, "message"), CancellationToken.None)).ShouldBeFalse();
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(1)).WaitAsync(ComponentPlay.Limit());
        time.Advance(TimeSpan.FromSeconds(1));
        var second = await play.AttachAsync();
        await second.SendAsync($"<iq type='get' id='2' from='alice@example.org/a' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await second.ExpectAsync($"<iq type='result' id='2' from='{ComponentPlay.Domain}' to='alice@example.org/a'/>");
        play.Component.Status.Attachments.ShouldBe(2);
    }

    [Fact]
    public async Task A_silent_server_is_asked_after_a_minute_and_given_up_after_ninety_seconds()
    {
        var time = new ManualTime();
        await using var play = ComponentPlay.Begin(options => options with { TimeProvider = time });
        var server = await play.AttachAsync();
        await TickAsync(time, times: 12);
        await server.ExpectAsync($"<iq type='get' id='*' from='{ComponentPlay.Domain}' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await TickAsync(time, times: 6);
        (await play.FailedAsync()).Message.ShouldBe("the server has been silent for 90 s");
    }

    [Theory]
    [InlineData($"<iq type='get' id='1' from='alice@example.org/a' to='example.org'>{Ping}</iq>")]
    [InlineData($"<iq type='get' id='1' from='alice@example.org/a' to='x@other.{ComponentPlay.Domain}'>{Ping}</iq>")]
    [InlineData($"<iq type='get' id='1' from='alice@example.org/a'>{Ping}</iq>")]
    [InlineData($"<iq type='get' id='1' to='{ComponentPlay.Domain}'>{Ping}</iq>")]
    [InlineData($"<iq type='get' id='1' from='@@' to='{ComponentPlay.Domain}'>{Ping}</iq>")]
    [InlineData($"<unheard from='alice@example.org/a' to='{ComponentPlay.Domain}'/>")]
    [InlineData($"<iq xmlns='urn:x' from='alice@example.org/a' to='{ComponentPlay.Domain}'/>")]
    public async Task What_is_not_for_us_is_left_alone(string stanza)
    {
        await using var play = ComponentPlay.Begin();
        var server = await play.AttachAsync();
        await server.SendAsync(stanza);
        await server.SendAsync($"<iq type='get' id='next' from='alice@example.org/a' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await server.ExpectAsync($"<iq type='result' id='next' from='{ComponentPlay.Domain}' to='alice@example.org/a'/>");
        play.Arrived.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_handlers_fault_is_its_own()
    {
        await using var play = ComponentPlay.Begin();
        var server = await play.AttachAsync();
        await server.SendAsync($"<iq type='get' id='1' from='alice@example.org/a' to='{ComponentPlay.Domain}'><throw xmlns='x'/></iq>");
        await server.SendAsync($"<iq type='get' id='2' from='alice@example.org/a' to='{ComponentPlay.Domain}'>{Ping}</iq>");
        await server.ExpectAsync($"<iq type='result' id='2' from='{ComponentPlay.Domain}' to='alice@example.org/a'/>");
    }

    [Fact]
    public async Task A_stanza_too_long_ends_the_stream()
    {
        await using var play = ComponentPlay.Begin(options => options with { Limits = new XmlLimits(MaxStanzaBytes: 10_000) });
        var server = await play.AttachAsync();
        await server.SendRawAsync($"<message from='a@b' to='{ComponentPlay.Domain}'><body>{new string('x', 10_000)}</body></message>");
        (await play.FailedAsync()).Reason.ShouldBe(ComponentFailureReason.Protocol);
        play.Arrived.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_stops_reading_makes_senders_wait_and_is_given_up()
    {
        var time = new ManualTime();
        await using var play = ComponentPlay.Begin(options => options with { TimeProvider = time });
        await play.AttachAsync(receiveBuffer: 4096);
        var large = new Element(Namespaces.Client, "message", ("to", "alice@example.org"), new string('x', 60_000));
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            while (await play.Component.SendAsync(large, CancellationToken.None)) Interlocked.Increment(ref sent);
        });
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(60)).WaitAsync(ComponentPlay.Limit());
        await Eventually.HoldsAsync(() => Volatile.Read(ref sent) > 1023, "the queue is full");
        time.Advance(TimeSpan.FromSeconds(60));
        (await play.FailedAsync()).Message.ShouldBe("the server has read nothing for 60 s");
        await sending.WaitAsync(ComponentPlay.Limit());
    }

    [Fact]
    public async Task It_says_farewell()
    {
        var play = ComponentPlay.Begin();
        var server = await play.AttachAsync();
        await play.Component.SendAsync(new Element(Namespaces.Client, "message", ("id", "last"), ("from", ComponentPlay.Domain), ("to", "alice@example.org")), CancellationToken.None);
        var disposing = play.Component.DisposeAsync();
        await server.ExpectAsync($"<message id='last' from='{ComponentPlay.Domain}' to='alice@example.org'/>");
        await server.ExpectCloseAsync();
        await disposing;
        play.Component.Status.IsAttached.ShouldBeFalse();
        (await play.Component.SendAsync(new Element(Namespaces.Client, "message"), CancellationToken.None)).ShouldBeFalse();
        await play.DisposeAsync();
    }

    // The writer looks up every five seconds; it must have set its next timer before the clock goes on.
    private static async Task TickAsync(ManualTime time, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await time.WaitForTimerAsync(TimeSpan.FromSeconds(5)).WaitAsync(ComponentPlay.Limit());
            time.Advance(TimeSpan.FromSeconds(5));
        }
    }
}
