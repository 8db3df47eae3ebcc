using Ferry.Protocol.Relaying;
using Ferry.Protocol.Socks5;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Relaying;

public class RelayBookTests
{
    private static readonly DestinationAddress Known = DestinationAddress.Compute("sid", "a@x/r", "b@x/r");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public enum State
    {
        Nobody,
        Waiting,
        Complete,
        CompleteWithOneWhoClosed,
        Active,
    }

    [Theory]
    [InlineData(State.Nobody, true, 0)]
    [InlineData(State.Waiting, true, 0)]
    [InlineData(State.Complete, false, 0)]
    [InlineData(State.CompleteWithOneWhoClosed, true, 1)]
    [InlineData(State.Active, false, 0)]
    public void A_party_gets_in_where_there_is_a_place(State state, bool isIn, int removed)
    {
        var scene = new Scene(state);
        RelayArrival<Party> arrival = scene.Book.Arrive(Known, new Party(), Start);
        (arrival.IsIn, arrival.Removed.Count).ShouldBe((isIn, removed));
        arrival.Removed.ShouldAllBe(party => party.MayGiveWay);
    }

    [Theory]
    [InlineData(State.Nobody, RelayActivation.Unknown)]
    [InlineData(State.Waiting, RelayActivation.Incomplete)]
    [InlineData(State.Complete, RelayActivation.Active)]
    [InlineData(State.CompleteWithOneWhoClosed, RelayActivation.Active)]
    [InlineData(State.Active, RelayActivation.AlreadyActive)]
    public void A_pair_is_activated_once(State state, RelayActivation verdict)
    {
        var scene = new Scene(state);
        scene.Book.Activate(Known, out Party? first, out Party? second).ShouldBe(verdict);
        (first, second).ShouldBe(verdict == RelayActivation.Active ? (scene.One, scene.Other) : (null, null));
        scene.Book.Active.ShouldBe(state == State.Active || verdict == RelayActivation.Active ? 1 : 0);
        if (verdict == RelayActivation.Active) scene.Book.Activate(Known, out _, out _).ShouldBe(RelayActivation.AlreadyActive);
    }

    [Theory]
    [InlineData(State.Nobody, RelayActivation.Unknown)]
    [InlineData(State.Waiting, RelayActivation.Active)]
    [InlineData(State.Complete, RelayActivation.AlreadyActive)]
    [InlineData(State.CompleteWithOneWhoClosed, RelayActivation.AlreadyActive)]
    [InlineData(State.Active, RelayActivation.AlreadyActive)]
    public void A_requester_without_a_connection_is_joined_to_the_one_that_waits(State state, RelayActivation verdict)
    {
        var scene = new Scene(state);
        scene.Book.ActivateAs(Known, new Party(), out Party? target).ShouldBe(verdict);
        target.ShouldBe(verdict == RelayActivation.Active ? scene.One : null);
    }

    [Theory]
    [InlineData(State.Nobody, RelayActivation.Unknown)]
    [InlineData(State.Waiting, RelayActivation.Unknown)]
    [InlineData(State.Complete, RelayActivation.Incomplete)]
    [InlineData(State.CompleteWithOneWhoClosed, RelayActivation.Incomplete)]
    [InlineData(State.Active, RelayActivation.AlreadyActive)]
    public void Who_leaves_is_forgotten_unless_the_stream_runs(State state, RelayActivation after)
    {
        foreach (bool other in (bool[])[false, true])
        {
            var scene = new Scene(state);
            scene.Book.Leave(Known, other && scene.Other is not null ? scene.Other : scene.One);
            scene.Book.Activate(Known, out _, out _).ShouldBe(after);
            // A stranger changes nothing.
            scene.Book.Leave(Known, new Party());
            scene.Book.Activate(Known, out _, out _).ShouldBe(after);
        }
    }

    [Theory]
    [InlineData(State.Nobody, 0)]
    [InlineData(State.Waiting, 1)]
    [InlineData(State.Complete, 2)]
    [InlineData(State.CompleteWithOneWhoClosed, 2)]
    [InlineData(State.Active, 0)]
    public void Those_who_wait_too_long_go(State state, int gone)
    {
        var scene = new Scene(state);
        scene.Book.Expire(Start + TimeSpan.FromSeconds(59.9)).ShouldBeEmpty();
        scene.Book.Expire(Start + TimeSpan.FromSeconds(60)).Count.ShouldBe(gone);
        scene.Book.Waiting.ShouldBe(0);
        scene.Book.Clear().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(State.Nobody, RelayActivation.Unknown)]
    [InlineData(State.Waiting, RelayActivation.Incomplete)]
    [InlineData(State.Complete, RelayActivation.Active)]
    [InlineData(State.CompleteWithOneWhoClosed, RelayActivation.Active)]
    [InlineData(State.Active, RelayActivation.Unknown)]
    public void Only_an_active_stream_ends(State state, RelayActivation after)
    {
        var scene = new Scene(state);
        scene.Book.End(Known);
        scene.Book.Activate(Known, out _, out _).ShouldBe(after);
    }

    [Fact]
    public void A_pair_has_its_time_anew()
    {
        var book = new RelayBook<Party>(new RelayBookOptions());
        book.Arrive(Known, new Party(), Start);
        book.Arrive(Known, new Party(), Start + TimeSpan.FromSeconds(50));
        book.Expire(Start + TimeSpan.FromSeconds(109)).ShouldBeEmpty();
        book.Expire(Start + TimeSpan.FromSeconds(110)).Count.ShouldBe(2);
    }

    [Fact]
    public void One_waiting_stream_too_many_takes_the_oldest_ones_place()
    {
        var book = new RelayBook<Party>(new RelayBookOptions { MaxWaiting = 3 });
        var parties = Enumerable.Range(0, 5).Select(_ => new Party()).ToList();
        var removed = parties.SelectMany((party, i) => book.Arrive(DestinationAddress.Compute($"{i}", "a@x/r", "b@x/r"), party, Start).Removed).ToList();
        removed.ShouldBe(parties.Take(2));
        book.Waiting.ShouldBe(3);
    }

    /// <summary>Whatever happens in whatever order: nobody is in two places, nobody is lost, and the counts are true.</summary>
    [Fact]
    public void Nobody_is_lost_or_doubled() => Prop
        .ForAll<List<(byte Action, byte Stream, byte Party)>>(steps =>
        {
            var book = new RelayBook<Party>(new RelayBookOptions { MaxWaiting = 4 });
            var inside = new HashSet<Party>();
            var active = new Dictionary<DestinationAddress, Party[]>();
            var now = Start;
            foreach (var (action, stream, which) in steps)
            {
                var address = DestinationAddress.Compute($"{stream % 6}", "a@x/r", "b@x/r");
                now += TimeSpan.FromSeconds(which % 8);
                switch (action % 5)
                {
                    case 0:
                        var party = new Party { MayGiveWay = which % 3 == 0 };
                        var arrival = book.Arrive(address, party, now);
                        if (arrival.IsIn) inside.Add(party).ShouldBeTrue();
                        foreach (var gone in arrival.Removed) inside.Remove(gone).ShouldBeTrue();
                        break;
                    case 1 when book.Activate(address, out var first, out var second) == RelayActivation.Active:
                        active.Add(address, [first!, second!]);
                        inside.Remove(first!).ShouldBeTrue();
                        inside.Remove(second!).ShouldBeTrue();
                        break;
                    case 2 when active.Remove(address):
                        book.End(address);
                        break;
                    case 3:
                        foreach (var late in book.Expire(now)) inside.Remove(late).ShouldBeTrue();
                        break;
                    case 4 when inside.Count > 0:
                        var leaving = inside.ElementAt(which % inside.Count);
                        for (int i = 0; i < 6; i++) book.Leave(DestinationAddress.Compute($"{i}", "a@x/r", "b@x/r"), leaving);
                        inside.Remove(leaving);
                        break;
                }

                book.Active.ShouldBe(active.Count);
                book.Waiting.ShouldBeLessThanOrEqualTo(4);
            }

            book.Clear().ShouldBe(inside, ignoreOrder: true);
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    public sealed class Party : IRelayParty
    {
        public bool MayGiveWay { get; init; }
    }

    private sealed class Scene
    {
        public Scene(State state)
        {
            One = new Party { MayGiveWay = state == State.CompleteWithOneWhoClosed };
            if (state == State.Nobody) return;
            Book.Arrive(Known, One, Start).IsIn.ShouldBeTrue();
            if (state == State.Waiting) return;
            Other = new Party();
            Book.Arrive(Known, Other, Start).IsIn.ShouldBeTrue();
            if (state == State.Active) Book.Activate(Known, out _, out _).ShouldBe(RelayActivation.Active);
        }

        public RelayBook<Party> Book { get; } = new(new RelayBookOptions());

        public Party One { get; }

        public Party? Other { get; }
    }
}
