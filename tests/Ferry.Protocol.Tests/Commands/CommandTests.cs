using Ferry.Protocol.Addressing;
using Ferry.Protocol.Commands;
using Ferry.Protocol.Forms;

namespace Ferry.Protocol.Tests.Commands;

public sealed class CommandTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Jid Alice = Jid.Parse("alice@example.org/r");

    [Fact]
    public void Requests_and_answers_are_read_as_they_were_written()
    {
        var form = new DataForm("submit", [DataFormField.OfValues("a", null, "b")]);
        CommandRequest.TryParse(TestXml.OverTheWire(new CommandRequest("search", "s1", CommandAction.Next, form).ToElement()), out var request, out _).ShouldBeTrue();
        (request.Node, request.SessionId, request.Action, request.Form!.Value("a")).ShouldBe(("search", "s1", CommandAction.Next, "b"));
        var written = new CommandAnswer("search", "s1", CommandStatus.Executing, form, "words", Warns: true, HasPrevious: true).ToElement();
        CommandAnswer.TryParse(TestXml.OverTheWire(written), out var answer).ShouldBeTrue();
        answer.ToElement().ToString().ShouldBe(written.ToString());
    }

    // XEP-0050 section 4.4.
    [Theory]
    [InlineData("<command xmlns='http://jabber.org/protocol/commands'/>", null)]
    [InlineData("<command xmlns='http://jabber.org/protocol/commands' node='n' action='dance'/>", "malformed-action")]
    [InlineData("<command xmlns='http://jabber.org/protocol/commands' node='n' sessionid=''/>", "bad-sessionid")]
    public void What_is_malformed_is_refused_by_name(string xml, string? condition)
    {
        CommandRequest.TryParse(TestXml.Parse(xml), out _, out var error).ShouldBeFalse();
        error.Application?.Name.ShouldBe(condition);
    }

    [Fact]
    public void A_session_belongs_to_one_address_and_one_command()
    {
        var sessions = new CommandSessions();
        sessions.Take(Alice, new CommandRequest("search", null, CommandAction.Execute, null), "s1", Now).Id.ShouldBe("s1");
        sessions.Take(Alice, new CommandRequest("search", "s1", CommandAction.Complete, null), "x", Now).Id.ShouldBe("s1");
        Refused(Alice, "browse", "s1");
        Refused(Jid.Parse("alice@example.org/other"), "search", "s1");
        Refused(Alice, "search", "s2");
        sessions.End("s1");
        Refused(Alice, "search", "s1");
        sessions.Take(Alice, new CommandRequest("search", null, CommandAction.Next, null), "s3", Now).Error!.Application!.Name.ShouldBe("bad-action");

        void Refused(Jid user, string node, string id) =>
            sessions.Take(user, new CommandRequest(node, id, CommandAction.Complete, null), "x", Now).Error!.Application!.Name.ShouldBe("bad-sessionid");
    }

    [Fact]
    public void A_silent_session_ends_and_an_account_has_so_many()
    {
        var sessions = new CommandSessions();
        for (var i = 0; i < 6; i++) sessions.Take(Alice, new CommandRequest("search", null, CommandAction.Execute, null), $"s{i}", Now.AddSeconds(i)).Id.ShouldNotBeNull();
        sessions.Count.ShouldBe(CommandSessions.MaxPerAccount);
        sessions.Take(Alice, new CommandRequest("search", "s0", CommandAction.Complete, null), "x", Now.AddSeconds(9)).Id.ShouldBeNull();
        sessions.Take(Alice, new CommandRequest("search", "s5", CommandAction.Complete, null), "x", Now.AddMinutes(10)).Id.ShouldBe("s5");
        sessions.Take(Alice, new CommandRequest("search", "s4", CommandAction.Complete, null), "x", Now.AddMinutes(11)).Id.ShouldBeNull();
        sessions.Count.ShouldBe(1);
    }

    [Fact]
    public void There_are_so_many_sessions_in_all()
    {
        var sessions = new CommandSessions();
        for (var i = 0; i < CommandSessions.Most; i++) sessions.Take(Jid.Parse($"u{i}@example.org/r"), new CommandRequest("n", null, CommandAction.Execute, null), $"s{i}", Now).Id.ShouldNotBeNull();
        sessions.Take(Alice, new CommandRequest("n", null, CommandAction.Execute, null), "one more", Now).Error.ShouldNotBeNull();
    }
}
