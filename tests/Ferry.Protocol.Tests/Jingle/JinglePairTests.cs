using Ferry.Protocol.Addressing;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;
using FsCheck;
using FsCheck.Fluent;

namespace Ferry.Protocol.Tests.Jingle;

/// <summary>
/// Two sides, each with its session, its fallback and its SOCKS5 negotiation, over a wire that delays, and where it may, loses, doubles and reorders
/// stanzas. Everything goes over it as text.
/// </summary>
public sealed class JinglePairTests
{
    private const string InBand = "ibb";

    [Fact]
    public void Over_a_whole_wire_both_end_with_the_same_stream_or_with_none() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var run = new Run(seed, bad: false);
        run.Go();
        run.A.End.ShouldNotBeNull($"{seed}");
        run.B.End.ShouldBe(run.A.End, $"{seed}");
        (run.A.Crossings + run.B.Crossings).ShouldBe(0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Over_a_bad_wire_both_end_and_neither_runs_in_circles() => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var run = new Run(seed, bad: true);
        run.Go();
        run.A.End.ShouldNotBeNull($"{seed}");
        (run.B.End is not null || !run.B.HasBegun).ShouldBeTrue($"{seed}"); // an offer that was lost never began
        (run.A.Proposals, run.B.Proposals).ShouldSatisfyAllConditions(
            proposals => proposals.Item1.ShouldBeLessThanOrEqualTo(TransportFallback.MostProposals),
            proposals => proposals.Item2.ShouldBeLessThanOrEqualTo(TransportFallback.MostProposals));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Two_offers_that_cross_are_two_files()
    {
        // XEP-0166 section 7.2.16 knows a tie-break for equal offers; files that go different ways are never equal.
        var (ours, theirs) = (new JingleSession(JingleRole.Initiator, Jid.Parse("a@x/r"), "1"), new JingleSession(JingleRole.Responder, Jid.Parse("a@x/r"), "2"));
        var content = new JingleContent(new ContentKey(JingleRole.Initiator, "c"));
        ours.Handle(new JingleSessionInput.Initiate([content]), default).ShouldHaveSingleItem();
        theirs.Handle(new JingleSessionInput.Arrived("q", new JingleStanza(JingleAction.SessionInitiate, "2", content)), default)[0].ShouldBe(new JingleSessionOutput.Acknowledge("q"));
    }

    private sealed class Run
    {
        private readonly System.Random _random;
        private readonly bool _bad;
        private readonly List<(DateTimeOffset At, Side To, string Text)> _wire = [];

        public Run(int seed, bool bad)
        {
            _random = new System.Random(seed);
            _bad = bad;
            A = new Side(this, JingleRole.Initiator, _random);
            B = new Side(this, JingleRole.Responder, _random);
            (A.Peer, B.Peer) = (B, A);
        }

        public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public Side A { get; }

        public Side B { get; }

        public void Send(Side to, Element element)
        {
            if (_bad && _random.Next(12) == 0) return;
            var copies = _bad && _random.Next(8) == 0 ? 2 : 1;
            for (var i = 0; i < copies; i++)
            {
                // In order, as XMPP promises, unless the wire is bad.
                var at = Now.AddMilliseconds(_bad ? _random.Next(500) : 20);
                _wire.Add((at, to, element.ToString()));
            }
        }

        public void Go()
        {
            A.Begin();
            for (var step = 0; step < 2000 && (A.End is null || B.End is null || _wire.Count > 0); step++)
            {
                var next = _wire.Count == 0 ? -1 : Enumerable.Range(0, _wire.Count).MinBy(i => _wire[i].At);
                var due = new[] { A.NextDeadline, B.NextDeadline }.Min();
                if (next >= 0 && (due is null || _wire[next].At <= due))
                {
                    var (at, to, text) = _wire[next];
                    _wire.RemoveAt(next);
                    Now = at > Now ? at : Now;
                    to.Take(TestXml.Parse(text, ""));
                }
                else
                {
                    if (due is null) return;
                    Now = due.Value > Now ? due.Value : Now;
                    A.Tick();
                    B.Tick();
                }
            }
        }
    }

    private sealed class Side
    {
        private static readonly ContentKey Key = new(JingleRole.Initiator, "c");
        private readonly Run _run;
        private readonly JingleRole _role;
        private readonly System.Random _random;
        private readonly JingleSession _session;
        private readonly TransportFallback _fallback;
        private readonly List<Socks5Candidate> _ours;
        private readonly Dictionary<string, int> _asked = [];
        private Socks5Negotiation? _socks5;
        private DateTimeOffset? _openBy;
        private int _lastId;

        public Side(Run run, JingleRole role, System.Random random)
        {
            (_run, _role, _random) = (run, role, random);
            _session = new JingleSession(role, Jid.Parse($"{role}@x/r"), "s");
            _fallback = new TransportFallback(role, ["s5b", InBand]);
            _ours = [.. Enumerable.Range(0, random.Next(3)).Select(i => new Socks5Candidate(
                $"{i}", new Streamhost(Jid.Parse("a@b/c"), "192.0.2.1", 5000), random.Next(3), random.Next(3) == 0 ? CandidateType.Proxy : CandidateType.Direct))];
        }

        public Side? Peer { get; set; }

        public string? End { get; private set; }

        public bool HasBegun => _socks5 is not null || _fallback.NextDeadline is not null;

        public int Proposals { get; private set; }

        /// <summary>Requests that were refused as out of order.</summary>
        public int Crossings { get; private set; }

        public DateTimeOffset? NextDeadline => new[] { _session.NextDeadline, _fallback.NextDeadline, _socks5?.NextDeadline, _openBy }.Min();

        public void Begin()
        {
            _socks5 = new Socks5Negotiation(_role);
            Session(new JingleSessionInput.Initiate([new JingleContent(Key, JingleSenders.Initiator, new Element("urn:d", "description"), Transport())]));
        }

        public void Tick()
        {
            if (_run.Now >= _session.NextDeadline) Session(new JingleSessionInput.Tick());
            if (_run.Now >= _fallback.NextDeadline) Fallback(new FallbackInput.Tick());
            if (_run.Now >= _socks5?.NextDeadline) Socks5(new Socks5NegotiationInput.Tick());
            if (_run.Now >= _openBy)
            {
                _openBy = null;
                Fallback(new FallbackInput.Failed("no open"));
            }
        }

        public void Take(Element element)
        {
            switch (element.Name)
            {
                case "jingle":
                    JingleStanza.TryParse(element.FirstChild!, out var stanza, out _).ShouldBeTrue();
                    Session(new JingleSessionInput.Arrived(element.Attribute("id")!, stanza!));
                    break;
                case "result" or "error":
                    // As the request table does: the first answer counts.
                    if (!_asked.Remove(element.Attribute("id")!, out var token)) return;
                    var error = element.Name == "result" ? null : StanzaError.Parse(element);
                    if (error?.Condition == ErrorCondition.UnexpectedRequest) Crossings++;
                    Session(new JingleSessionInput.Answered(token, error));
                    break;
                case "open" when _openBy is not null && _role == JingleRole.Responder:
                    _openBy = null;
                    _run.Send(Peer!, new Element("", "opened"));
                    Stream(InBand);
                    break;
                case "opened" when _openBy is not null:
                    _openBy = null;
                    Stream(InBand);
                    break;
            }
        }

        private Element Transport(Socks5Notice? notice = null) =>
            new Socks5Transport("t", notice is null ? [.. _ours] : []) { Notice = notice }.ToElement();

        private void Session(JingleSessionInput input)
        {
            foreach (var output in _session.Handle(input, _run.Now)) CarryOut(output);
        }

        private void CarryOut(JingleSessionOutput output)
        {
            switch (output)
            {
                case JingleSessionOutput.Send(var token, var stanza):
                    var id = $"{_role}{++_lastId}";
                    _asked[id] = token;
                    _run.Send(Peer!, new Element("", "jingle", ("id", id), stanza.ToElement()));
                    break;
                case JingleSessionOutput.Acknowledge(var id2):
                    _run.Send(Peer!, new Element("", "result", ("id", id2)));
                    break;
                case JingleSessionOutput.Refuse(var id3, var error):
                    Refuse(id3, error);
                    break;
                case JingleSessionOutput.Offered(var contents):
                    _socks5 = new Socks5Negotiation(_role);
                    Session(new JingleSessionInput.Accept([contents[0] with { Transport = Transport() }]));
                    Negotiate(contents[0].Transport!);
                    break;
                case JingleSessionOutput.Accepted(var contents):
                    Negotiate(contents[0].Transport!);
                    break;
                case JingleSessionOutput.TransportInfo(_, var transport):
                    if (Socks5Transport.TryParse(transport, out var said) && said.Notice is { } notice) Socks5(new Socks5NegotiationInput.Noticed(notice));
                    break;
                case JingleSessionOutput.TransportReplace(var id4, _, var transport):
                    Fallback(new FallbackInput.Proposed(id4, Name(transport)));
                    break;
                case JingleSessionOutput.TransportAccepted(_, var transport):
                    Fallback(new FallbackInput.Accepted(Name(transport)));
                    break;
                case JingleSessionOutput.TransportRejected:
                    Fallback(new FallbackInput.Rejected());
                    break;
                case JingleSessionOutput.ReplaceRefused(_, var error):
                    Fallback(new FallbackInput.Refused(error));
                    break;
                case JingleSessionOutput.Ended:
                    End ??= "none";
                    break;
            }
        }

        private void Negotiate(Element theirs)
        {
            Socks5Transport.TryParse(theirs, out var transport).ShouldBeTrue();
            Fallback(new FallbackInput.Begin("s5b"));
            Socks5(new Socks5NegotiationInput.Theirs(transport!.Candidates));
            Socks5(new Socks5NegotiationInput.Start([.. _ours]));
        }

        private void Fallback(FallbackInput input)
        {
            foreach (var output in _fallback.Handle(input, _run.Now))
            {
                switch (output)
                {
                    case FallbackOutput.Propose:
                        Proposals++;
                        Session(new JingleSessionInput.SendTransport(JingleAction.TransportReplace, Key, new InBandTransport("i", 4096).ToElement()));
                        break;
                    case FallbackOutput.Acknowledge(var id):
                        _run.Send(Peer!, new Element("", "result", ("id", id)));
                        break;
                    case FallbackOutput.Refuse(var id, var error):
                        Refuse(id, error);
                        break;
                    case FallbackOutput.Accept:
                        Session(new JingleSessionInput.SendTransport(JingleAction.TransportAccept, Key, new InBandTransport("i", 4096).ToElement()));
                        Open();
                        break;
                    case FallbackOutput.Reject:
                        Session(new JingleSessionInput.SendTransport(JingleAction.TransportReject, Key, new InBandTransport("i", 4096).ToElement()));
                        break;
                    case FallbackOutput.Stop:
                        _socks5 = null;
                        break;
                    case FallbackOutput.Run:
                        Open();
                        break;
                    case FallbackOutput.GiveUp:
                        Session(new JingleSessionInput.Terminate(new JingleReason(JingleReasonCondition.ConnectivityError)));
                        break;
                }
            }
        }

        // The session's initiator opens.
        private void Open()
        {
            _socks5 = null;
            _openBy = _run.Now.AddSeconds(30);
            if (_role == JingleRole.Initiator) _run.Send(Peer!, new Element("", "open"));
        }

        private void Socks5(Socks5NegotiationInput input)
        {
            foreach (var output in _socks5?.Handle(input, _run.Now) ?? [])
            {
                switch (output)
                {
                    case Socks5NegotiationOutput.Race(var theirs):
                        Socks5(_random.Next(2) == 0 ? new Socks5NegotiationInput.RaceLost("x") : new Socks5NegotiationInput.RaceWon(theirs[_random.Next(theirs.Length)].Cid));
                        break;
                    case Socks5NegotiationOutput.Notify(var notice):
                        Session(new JingleSessionInput.SendTransport(JingleAction.TransportInfo, Key, Transport(notice)));
                        break;
                    case Socks5NegotiationOutput.Join:
                        Socks5(_random.Next(2) == 0 ? new Socks5NegotiationInput.OwnFailed("x") : new Socks5NegotiationInput.ProxyJoined());
                        break;
                    case Socks5NegotiationOutput.UseOurs(var candidate):
                        Stream($"{_role} {candidate.Cid}");
                        break;
                    case Socks5NegotiationOutput.UseJoined(var candidate):
                        Stream($"{_role} {candidate.Cid}");
                        break;
                    case Socks5NegotiationOutput.UseTheirs(var candidate):
                        Stream($"{Peer!._role} {candidate.Cid}");
                        break;
                    case Socks5NegotiationOutput.Failed(var text):
                        Fallback(new FallbackInput.Failed(text));
                        break;
                }
            }
        }

        private void Stream(string name)
        {
            End ??= name;
            Fallback(new FallbackInput.Opened());
        }

        private void Refuse(string id, StanzaError error) => _run.Send(Peer!, new Element("", "error", ("id", id), error.ToElement("")));

        private static string Name(Element transport) => transport.Namespace == Namespaces.JingleInBand ? InBand : "s5b";
    }
}
