using Ferry.Protocol.JabberFs;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Input = Ferry.Protocol.JabberFs.JabberFsInput;
using Output = Ferry.Protocol.JabberFs.JabberFsOutput;

namespace Ferry.Protocol.Tests.JabberFs;

/// <summary>
/// Two sides joined by a server that keeps the order of stanzas but may lose or double them, and by a network in which one side may be able to connect to the
/// other or not. The clock is moved from one event to the next.
/// </summary>
public sealed class JabberFsPairTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_can_be_reached_by_somebody_gets_the_file_across(bool get)
    {
        foreach (var net in Nets().Where(net => net.ProposerReaches && net.AnswererOpens || net.AnswererReaches && net.ProposerOpens))
        {
            var pair = new Pair(get, net, loss: 0, doubled: 0, seed: 0);
            pair.Run();
            pair.Ends.ShouldBe("Done Done", net.ToString());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_nobody_can_be_reached_both_learn_it(bool get)
    {
        foreach (var net in Nets().Where(net => !(net.ProposerReaches && net.AnswererOpens || net.AnswererReaches && net.ProposerOpens)))
        {
            var pair = new Pair(get, net, loss: 0, doubled: 0, seed: 0);
            pair.Run();
            pair.Ends.ShouldBe("NoMethod NoMethod", net.ToString());
            pair.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(130), net.ToString());
        }
    }

    [Fact]
    public void What_is_doubled_or_crosses_does_no_harm()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            foreach (var net in Nets().Where(net => net.ProposerReaches && net.AnswererOpens || net.AnswererReaches && net.ProposerOpens))
            {
                var pair = new Pair(get: seed % 2 == 0, net, loss: 0, doubled: 0.5, seed);
                pair.Run();
                pair.Ends.ShouldBe("Done Done", $"{net}, seed {seed}");
            }
        }
    }

    [Fact]
    public void What_is_lost_ends_both_in_time_and_nobody_believes_in_a_file_that_is_not_there()
    {
        var (done, ended) = (0, 0);
        for (var seed = 0; seed < 1500; seed++)
        {
            foreach (var net in Nets())
            {
                var pair = new Pair(get: seed % 2 == 0, net, loss: 0.3, doubled: 0.2, seed);
                pair.Run();
                pair.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(12), $"{net}, seed {seed}: {pair.Ends}");
                if (pair.SenderConfirmed) pair.ReceiverVerified.ShouldBeTrue($"{net}, seed {seed}");
                if (pair.Ends == "Done Done") done++;
                else ended++;
            }
        }

        done.ShouldBeGreaterThan(500);
        ended.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Either_side_may_cancel_at_any_time()
    {
        for (var step = 0; step < 14; step++)
        {
            foreach (var proposer in (bool[])[true, false])
            {
                foreach (var net in Nets())
                {
                    var pair = new Pair(get: step % 2 == 0, net, loss: 0, doubled: 0, seed: 0) { CancelAt = (step, proposer) };
                    pair.Run();
                    pair.Ends.Split(' ').ShouldBeSubsetOf(["Done", "Cancelled", "CancelledByPeer", "NoMethod", "StreamLost"]);
                    if (pair.SenderConfirmed) pair.ReceiverVerified.ShouldBeTrue();
                }
            }
        }
    }

    private static IEnumerable<Net> Nets()
    {
        bool[] both = [true, false];
        return
            from proposerReaches in both
            from answererReaches in both
            from proposerOpens in both
            from answererOpens in both
            from blackHole in both
            select new Net(proposerReaches, answererReaches, proposerOpens, answererOpens, blackHole);
    }

    /// <param name="ProposerReaches">The proposer can connect to the answerer's port.</param>
    /// <param name="AnswererReaches">And the other way round.</param>
    /// <param name="ProposerOpens">The proposer can open a port.</param>
    /// <param name="AnswererOpens">And the answerer.</param>
    /// <param name="BlackHole">Who cannot connect learns it after 20 s instead of at once.</param>
    private sealed record Net(bool ProposerReaches, bool AnswererReaches, bool ProposerOpens, bool AnswererOpens, bool BlackHole);

    private sealed class Party(JabberFsTerms terms, bool reaches, bool opens)
    {
        public JabberFsTerms Terms => terms;

        public JabberFsTransfer Machine { get; } = new(terms);

        public bool Reaches => reaches;

        public bool Opens => opens;

        public Party Peer { get; set; } = null!;

        public int? Port { get; set; }

        public int Dial { get; set; } // the number of the dialling under way; a dropped one counts no more

        public int? Connection { get; set; }

        public string? End { get; set; }

        public bool Verified { get; set; }

        public bool Confirmed { get; set; }
    }

    private sealed class Pair
    {
        private static readonly DateTimeOffset Began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        private readonly PriorityQueue<Action, (DateTimeOffset At, long Order)> _events = new();
        private readonly Net _net;
        private readonly double _loss;
        private readonly double _doubled;
        private readonly Random _random;
        private readonly Party _proposer;
        private readonly Party _answerer;
        private readonly Dictionary<Party, DateTimeOffset> _lastArrival = [];
        private DateTimeOffset _now = Began;
        private long _order;
        private int _numbers;
        private int _steps;
        private int _handed;

        public Pair(bool get, Net net, double loss, double doubled, int seed)
        {
            (_net, _loss, _doubled, _random) = (net, loss, doubled, new Random(seed));
            var proposal = new JabberFsStanza("k3Jx9fQ2mVb80aWz", JabberFsState.Connecting) { Name = "a", Size = 100 };
            _proposer = new Party(new JabberFsTerms(proposal, IsProposer: true, IsSender: !get), net.ProposerReaches, net.ProposerOpens);
            _answerer = new Party(new JabberFsTerms(proposal, IsProposer: false, IsSender: get), net.AnswererReaches, net.AnswererOpens);
            (_proposer.Peer, _answerer.Peer) = (_answerer, _proposer);
        }

        public (int Step, bool Proposer)? CancelAt { get; init; }

        public string Ends => $"{_proposer.End ?? "-"} {_answerer.End ?? "-"}";

        public TimeSpan Elapsed => _now - Began;

        private Party Sender => _proposer.Terms.IsSender ? _proposer : _answerer;

        public bool SenderConfirmed => Sender.Confirmed;

        public bool ReceiverVerified => Sender.Peer.Verified;

        public void Run()
        {
            Hand(_proposer, new Input.Begin());
            while (_proposer.End is null || (_answerer.End is null && _answerer.Machine.NextDeadline is not null) || _events.Count > 0)
            {
                (_steps++).ShouldBeLessThan(10_000);
                var due = new[] { _proposer.Machine.NextDeadline, _answerer.Machine.NextDeadline }.Min();
                if (_events.TryPeek(out _, out var next) && (due is null || next.At <= due))
                {
                    _now = next.At;
                    _events.Dequeue()();
                    continue;
                }

                due.ShouldNotBeNull($"nothing happens any more: {Ends}");
                _now = due.Value;
                foreach (var party in (Party[])[_proposer, _answerer])
                {
                    if (party.Machine.NextDeadline <= _now) Hand(party, new Input.Tick());
                }
            }
        }

        private void Hand(Party party, Input input)
        {
            if (input is not Input.Begin && CancelAt is { } at && _handed++ == at.Step && at.Proposer == ReferenceEquals(party, _proposer)) Carry(party, party.Machine.Handle(new Input.Cancel(), _now));
            Carry(party, party.Machine.Handle(input, _now));
        }

        private void Carry(Party party, IReadOnlyList<Output> outputs)
        {
            foreach (var output in outputs) CarryOut(party, output);
        }

        private void CarryOut(Party party, Output output)
        {
            var peer = party.Peer;
            switch (output)
            {
                case Output.SendProposal:
                    Send(peer, () =>
                    {
                        if (peer.Machine.NextDeadline is null && peer.End is null && !_begun) Begin(peer);
                    });
                    break;
                case Output.AskUser:
                    After(1, () => Hand(party, new Input.Accept(100, null, [], [])));
                    break;
                case Output.SendAnswer(var stanza):
                    Send(peer, () => Hand(peer, new Input.Answered(stanza)));
                    break;
                case Output.SendUpdate(var stanza):
                    Send(peer, () => Hand(peer, new Input.Arrived(stanza, $"{++_numbers}")), answered: error => Answered(party, stanza, error));
                    break;
                case Output.Judge:
                    After(0.5, () => Hand(party, new Input.Judged(null)));
                    break;
                case Output.OpenPort:
                    After(0.01, () => OpenPort(party));
                    break;
                case Output.ClosePort:
                    party.Port = null;
                    break;
                case Output.Connect connect:
                    Connect(party, connect.Port);
                    break;
                case Output.Drop:
                    party.Dial++;
                    Drop(party);
                    break;
                case Output.Move:
                    After(5, () => Moved(party));
                    break;
                case Output.Verify:
                    After(0.2, () =>
                    {
                        party.Verified = party.End is null;
                        Hand(party, new Input.Verified([]));
                    });
                    break;
                case Output.Done done:
                    (party.End, party.Confirmed) = ("Done", done.Confirmed);
                    break;
                case Output.Ended ended:
                    party.End = ended.Reason.ToString();
                    if (ended.Reason == FailureReason.Cancelled || ended.ByPeer) party.Verified = false;
                    break;
                case Output.Acknowledge or Output.RefuseUpdate:
                    _lastAnswer = output is Output.RefuseUpdate;
                    break;
                default:
                    throw new ShouldAssertException(output.ToString());
            }
        }

        private bool _begun;
        private bool? _lastAnswer;

        private void Begin(Party party)
        {
            _begun = true;
            Hand(party, new Input.Begin());
        }

        private void Answered(Party party, JabberFsStanza update, bool refused)
        {
            if (refused) Hand(party, new Input.UpdateRefused(update.State, new StanzaError(ErrorType.Cancel, ErrorCondition.ItemNotFound)));
            else if (update.State == JabberFsState.Complete) Hand(party, new Input.CompleteAnswered());
        }

        // In order in each direction; perhaps never, perhaps twice.
        private void Send(Party to, Action arrive, Action<bool>? answered = null)
        {
            var times = _random.NextDouble() < _loss ? 0 : answered is not null && _random.NextDouble() < _doubled ? 2 : 1;
            var open = true; // a request has one answer
            for (var i = 0; i < times; i++)
            {
                InOrder(to, () =>
                {
                    _lastAnswer = null;
                    arrive();
                    if (answered is null) return;
                    _lastAnswer.ShouldNotBeNull("a set was not answered");
                    var refused = _lastAnswer.Value;
                    if (_random.NextDouble() < _loss) return;
                    InOrder(to.Peer, () =>
                    {
                        if (open) answered(refused);
                        open = false;
                    });
                });
            }
        }

        private void InOrder(Party to, Action arrive)
        {
            var at = _now + TimeSpan.FromMilliseconds(_random.Next(20, 3000));
            if (_lastArrival.TryGetValue(to, out var last) && at <= last) at = last + TimeSpan.FromMilliseconds(1);
            _lastArrival[to] = at;
            _events.Enqueue(arrive, (at, _order++));
        }

        private void After(double seconds, Action action) => _events.Enqueue(action, (_now + TimeSpan.FromSeconds(seconds), _order++));

        private void OpenPort(Party party)
        {
            if (party.Opens)
            {
                party.Port = ++_numbers;
                Hand(party, new Input.PortOpen(["h"], party.Port.Value, "t"));
            }
            else
            {
                Hand(party, new Input.PortFailed("none"));
            }
        }

        private void Connect(Party party, int port)
        {
            var dial = ++party.Dial;
            var arrives = party.Reaches && party.Peer.Port == port;
            After(arrives ? 0.3 : party.Reaches || !_net.BlackHole ? 0.3 : 20, () =>
            {
                if (party.Dial != dial) return;
                if (!arrives || party.Peer.Port != port)
                {
                    Hand(party, new Input.ConnectFailed("unreachable"));
                    return;
                }

                (party.Connection, party.Peer.Connection) = (dial, dial);
                Hand(party, new Input.Connected());
                Hand(party.Peer, new Input.Connected());
            });
        }

        private void Moved(Party party)
        {
            if (party.Connection is null) return;
            if (party.Peer.Connection is not null || party.Terms.IsSender) Hand(party, new Input.Transferred());
        }

        private void Drop(Party party)
        {
            if (party.Connection is null) return;
            (party.Connection, party.Peer.Connection) = (null, null);
            After(0.1, () => Hand(party.Peer, new Input.Failed(FailureReason.StreamLost, null, "reset")));
        }
    }
}
