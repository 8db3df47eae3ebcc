using Ferry.Methods;
using Ferry.Methods.InBand;
using Ferry.Peers;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.InBand;
using Ferry.Protocol.Stanzas;

namespace Ferry.Tests.Methods;

public sealed class OpenRequestsTests
{
    private static readonly Jid Alice = Jid.Parse("alice@example.org/a");

    private readonly OpenRequests _opens = new();

    [Fact]
    public void Who_is_expected_is_brought_to_whoever_expects_it()
    {
        using var expected = _opens.Expect(Alice, "sid");

        _opens.Deliver(Request(Alice, "sid")).ShouldBeNull();

        expected!.Requests.TryRead(out var request).ShouldBeTrue();
        request!.Peer.ShouldBe(Alice);
    }

    [Fact]
    public void Somebody_else_or_another_stream_is_refused()
    {
        using var expected = _opens.Expect(Alice, "sid");

        Refused(_opens.Deliver(Request(Jid.Parse("mallory@example.org/a"), "sid")));
        Refused(_opens.Deliver(Request(Alice, "other")));
        expected!.Requests.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_expected_twice_or_after_its_end()
    {
        var expected = _opens.Expect(Alice, "sid");
        _opens.Expect(Alice, "sid").ShouldBeNull();
        expected!.Dispose();

        Refused(_opens.Deliver(Request(Alice, "sid")));
    }

    [Fact]
    public void Requests_without_end_for_one_stream_are_refused()
    {
        using var expected = _opens.Expect(Alice, "sid");
        for (var i = 0; i < OpenRequests.PerStream; i++) _opens.Deliver(Request(Alice, "sid")).ShouldBeNull();

        Refused(_opens.Deliver(Request(Alice, "sid")));
    }

    private static void Refused(Iq? answer) => answer.ShouldNotBeNull().Error!.Condition.ShouldBe(ErrorCondition.NotAcceptable);

    private static OpenRequest Request(Jid from, string sid)
    {
        var options = new FerryOptions { Account = Jid.Parse("bob@example.org") };
        var iq = new Iq(IqType.Set, "1", from, null, new InBandOpen(sid, 4096, InBandStanza.Iq).ToElement());
        return new OpenRequest(new InBandMethod(options, new PresenceBook()), sid, iq, InBandErrors.NotWanted);
    }
}
