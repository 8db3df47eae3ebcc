using Ferry.Net.Sessions;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;
using Ferry.Testing.Time;
using Ferry.Testing.XmppScripts;

namespace Ferry.Net.Tests.Sessions;

/// <summary>A server that resumes, and goes on reading in the middle of the stanza that the cut went through, as Prosody 0.12.3 does.</summary>
public sealed class HalfReadStanzaTests
{
    private const string Request = "<r xmlns='urn:xmpp:sm:3'/>";
    private const string Block = "<iq type='set' id='*' to='bob@localhost/r'><data xmlns='urn:x'>QUJDREVGR0g=</data></iq>";

    [Fact]
    public async Task The_half_is_refused_and_the_whole_comes_again()
    {
        var time = new ManualTime();
        await using var play = await Play.BeginAsync(with: options => options with { TimeProvider = time });
        var (first, second) = (AskAsync(play.Session), AskAsync(play.Session));
        var id = (await play.Connection.ExpectAsync(Block)).Attribute("id");
        var next = (await play.Connection.ExpectAsync(Block)).Attribute("id");
        play.Connection.Break();
        var again = await ResumeAsync(play, $"<iq type='set' id='{id}' to='bob@localhost/r'><data xmlns='urn:x'>QUJD");
        await again.SendAsync("<message from='bob@localhost/r'/>");
        await SilenceAsync(time);

        // What a server makes of it: two children, and with them everything that it took for content.
        var spoilt = await again.ExpectAsync($"<iq type='set' id='{id}' to='bob@localhost/r'><data xmlns='urn:x'>QUJD<r xmlns='urn:xmpp:sm:3'/></data><spoilt xmlns='urn:ferry:spoilt'/></iq>");
        spoilt.Children.Count().ShouldBe(2);
        await again.ExpectAsync(Request);
        await again.SendAsync($"<iq type='error' id='{id}' from='bob@localhost/r'><error type='modify'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
        await again.SendAsync("<a xmlns='urn:xmpp:sm:3' h='1'/>");

        (await again.ExpectAsync(Block)).Attribute("id").ShouldBe(id);
        (await again.ExpectAsync(Block)).Attribute("id").ShouldBe(next);
        await again.SendAsync($"<iq type='result' id='{id}' from='bob@localhost/r'/>");
        (await first.WaitAsync(Play.Patience)).IsResult.ShouldBeTrue();

        // Both ends count the refused one: the message, the refusal, the answer; the refused, the two.
        again.Break();
        var third = await play.Server.AcceptAsync();
        (await third.LogInToResumeAsync()).Attribute("h").ShouldBe("3");
        await third.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='3'/>");
        await third.SendAsync($"<iq type='result' id='{next}' from='bob@localhost/r'/>");
        (await second.WaitAsync(Play.Patience)).IsResult.ShouldBeTrue();
        third.Break();
    }

    [Fact]
    public async Task A_half_that_nothing_can_be_made_of_ends_the_stream()
    {
        var time = new ManualTime();
        await using var play = await Play.BeginAsync(with: options => options with { TimeProvider = time });
        await play.Session.SendAsync(new Message("m1", null, null, null, [new Element("urn:x", "m", "text")]).ToElement(), CancellationToken.None);
        await play.Connection.ExpectAsync("<message id='m1'><m xmlns='urn:x'>text</m></message>");
        play.Connection.Break();
        _ = await ResumeAsync(play, "<message id='m1'><m xmlns='urn:x'>te");
        await time.WaitForTimerAsync(ResumptionCheck.LongPatience).WaitAsync(Play.Patience);
        time.Advance(ResumptionCheck.Patience);
        play.Session.Completion.IsCompleted.ShouldBeFalse();
        time.Advance(ResumptionCheck.LongPatience);
        (await play.EndAsync())!.Reason.ShouldBe(FailureReason.StreamLost);
    }

    [Fact]
    public async Task Where_the_end_does_not_fit_another_stream_follows()
    {
        var time = new ManualTime();
        await using var play = await Play.BeginAsync(with: options => options with { TimeProvider = time, ReconnectTimeout = Timeout.InfiniteTimeSpan });
        var asking = AskAsync(play.Session);
        await play.Connection.ExpectAsync(Block);
        play.Connection.Break();
        var again = await ResumeAsync(play, "<iq type='set' id='");
        await SilenceAsync(time);
        await again.SendRawAsync("<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>");
        (await asking.WaitAsync(Play.Patience)).Missing.ShouldBe(NoReply.SessionEnded);
        play.Session.Completion.IsCompleted.ShouldBeFalse();
        var accepting = play.Server.AcceptAsync();
        while (!accepting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(accepting, Task.Delay(5));
        }

        var third = await accepting;
        await third.LogInAsync();
        third.Break();
    }

    [Fact]
    public async Task Another_break_meanwhile_decides_nothing()
    {
        await using var play = await Play.BeginAsync();
        var asking = AskAsync(play.Session);
        var id = (await play.Connection.ExpectAsync(Block)).Attribute("id");
        play.Connection.Break();
        var again = await ResumeAsync(play, "");
        await again.ExpectAsync(Request);
        again.Break();
        var third = await ResumeAsync(play, "");
        await third.ExpectAsync(Request);
        await third.SendAsync("<a xmlns='urn:xmpp:sm:3' h='0'/>");
        await third.ExpectAsync(Block);
        await third.SendAsync($"<iq type='result' id='{id}' from='bob@localhost/r'/>");
        (await asking.WaitAsync(Play.Patience)).IsResult.ShouldBeTrue();
        third.Break();
    }

    [Fact]
    public async Task A_flood_before_the_answer_ends_the_stream()
    {
        await using var play = await Play.BeginAsync();
        _ = AskAsync(play.Session);
        await play.Connection.ExpectAsync(Block);
        play.Connection.Break();
        var again = await ResumeAsync(play, "");
        await again.ExpectAsync(Request);
        var large = new Message(null, null, Jid.Parse("bob@localhost/r"), null, [new Element("urn:x", "m", new string('x', 128 * 1024))]).ToElement();
        var end = play.EndAsync();
        for (var sent = 0; sent <= ResumptionCheck.MostBytes; sent += 128 * 1024) await again.SendAsync(large);
        (await end)!.Reason.ShouldBe(FailureReason.StreamLost);
        again.Break();
    }

    private static Task<IqReply> AskAsync(StanzaSession session) =>
        session.RequestAsync(Jid.Parse("bob@localhost/r"), IqType.Set, new Element("urn:x", "data", "QUJDREVGR0g="), TimeSpan.FromHours(1), CancellationToken.None);

    private static async Task<FakeConnection> ResumeAsync(Play play, string half)
    {
        var again = await play.Server.AcceptAsync();
        await again.LogInToResumeAsync();
        await again.ReadBehindAsync(half);
        await again.SendAsync("<resumed xmlns='urn:xmpp:sm:3' previd='sm-1' h='0'/>");
        return again;
    }

    private static async Task SilenceAsync(ManualTime time)
    {
        await time.WaitForTimerAsync(ResumptionCheck.Patience).WaitAsync(Play.Patience);
        time.Advance(ResumptionCheck.Patience);
    }
}
