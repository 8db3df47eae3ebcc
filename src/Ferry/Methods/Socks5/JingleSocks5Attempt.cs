using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Ferry.Net.Sessions;
using Ferry.Net.Socks5;
using Ferry.Protocol.Jingle;
using Ferry.Protocol.Jingle.Transports;
using Ferry.Protocol.Socks5;
using Ferry.Protocol.Xml;
using Input = Ferry.Protocol.Jingle.Transports.Socks5NegotiationInput;
using Output = Ferry.Protocol.Jingle.Transports.Socks5NegotiationOutput;

namespace Ferry.Methods.Socks5;

/// <summary>
/// The loop that owns one <see cref="Socks5Negotiation"/>: our candidates and who connects to them, the race for the peer's, a proxy to join. Our listener
/// knows the stream by both orders of the two addresses, since clients do not agree on one (protocols of the field: Gajim, Psi); connecting, we ask for the
/// other order where the first is refused. Losing connections are kept until the session ends.
/// </summary>
internal sealed class JingleSocks5Attempt : JingleTransportAttempt
{
    /// <summary>For the connection that the peer says it has made.</summary>
    private static readonly TimeSpan TakeTime = TimeSpan.FromSeconds(5);

    // Above those of Gajim and Libervia (0, 10000), so that what we offer wins; ours as initiator and as responder never tie.
    private const int BestPreference = 40_000;
    private const int PreferenceStep = 100;

    private readonly Socks5Method _method;
    private readonly JingleTransportTerms _terms;
    private readonly FerryOptions _options;
    private readonly TimeProvider _time;
    private readonly Socks5Negotiation _machine;
    private readonly StreamhostPolicy _policy;
    private readonly Channel<Input> _inputs = Channel.CreateBounded<Input>(MostInputs);
    private readonly List<Socket> _losers = [];
    private readonly List<Socks5Registration> _registrations = [];
    private readonly List<Task> _tasks = [];
    private readonly CancellationTokenSource _stopRace = new();
    private ImmutableArray<Socks5Candidate> _ours = [];
    private Socks5Method.Reachable? _reachable;
    private Socks5Transport? _theirs;
    private string? _sid;
    private Socket? _raced;
    private Socket? _joined;
    private volatile Socket? _taken;
    private MethodResult? _result;

    // A peer that tells more than this before anything is looked at is not listened to.
    private const int MostInputs = 64;

    public JingleSocks5Attempt(Socks5Method method, JingleTransportTerms terms, FerryOptions options)
    {
        _method = method;
        _terms = terms;
        _options = options;
        _time = options.TimeProvider;
        _policy = method.PolicyNow();
        _machine = new Socks5Negotiation(terms.Role)
        {
            NoticeTimeout = options.AtMost(TimeSpan.FromSeconds(30)),
            JoinTimeout = options.AtMost(TimeSpan.FromSeconds(30)),
        };
    }

    private Socks5Ways Ways => Socks5Ways.Of(_terms.Allowed());

    private string Sid => _sid ?? throw new InvalidOperationException("neither side has described the transport");

    /// <inheritdoc/>
    public override async Task<Element> DescribeAsync(bool proposing, CancellationToken cancellationToken)
    {
        _sid ??= RandomId.Create(26);
        _reachable = await _method.ReachableAsync(_policy, Ways, cancellationToken).ConfigureAwait(false);
        // Nothing twice: the peer tries its own offer (XEP-0260 section 2.3).
        var hosts = _reachable.Hosts.Where(host => _theirs?.Candidates.Any(their => their.Host.Host == host.Host && their.Host.Port == host.Port) != true);
        _ours = [.. hosts.Select(CandidateOf)];
        if (_reachable.Listener is { } listener && _ours.Any(candidate => !candidate.IsProxy))
        {
            _registrations.AddRange(new[] { OursFirst, TheirsFirst }.Distinct().Select(listener.Expect));
        }

        return new Socks5Transport(Sid, _ours) { Destination = OursFirst, SaysMode = _terms.Role == JingleRole.Initiator }.ToElement();
    }

    /// <inheritdoc/>
    public override bool Take(Element theirs)
    {
        if (!Socks5Transport.TryParse(theirs, out var transport) || transport.IsUdp || (_sid is not null && transport.Sid != _sid)) return false;
        _sid = transport.Sid;
        _theirs = transport;
        return true;
    }

    /// <inheritdoc/>
    public override void Hear(Element info)
    {
        if (!Socks5Transport.TryParse(info, out var transport) || (_sid is not null && transport.Sid != _sid)) return;
        if (transport.Candidates.Length > 0) _inputs.Writer.TryWrite(new Input.Theirs(transport.Candidates));
        if (transport.Notice is { } notice) _inputs.Writer.TryWrite(new Input.Noticed(notice));
    }

    /// <inheritdoc/>
    public override async Task<MethodResult> RunAsync(CancellationToken cancellationToken)
    {
        var theirs = _theirs ?? throw new InvalidOperationException("the peer has not described the transport");
        var reports = new WayReports(_terms.Report, _ours.Concat(Usable(theirs.Candidates)).OrderByDescending(candidate => candidate.Priority).Select(candidate => candidate.IsProxy), Ways);
        try
        {
            // What the peer said before this waits in the queue.
            Handle(new Input.Theirs(Usable(theirs.Candidates)), cancellationToken);
            Handle(new Input.Start(_ours), cancellationToken);
            while (_result is null)
            {
                Handle(await NextAsync(cancellationToken).ConfigureAwait(false), cancellationToken);
                if (_taken is { } taken) Use(taken, byProxy: false);
            }
        }
        finally
        {
            await _stopRace.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_tasks).ConfigureAwait(false);
        }

        return reports.Tell(_result!.Value);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_stopRace.IsCancellationRequested) await _stopRace.CancelAsync().ConfigureAwait(false);
        foreach (var registration in _registrations) registration.Dispose();
        lock (_losers)
        {
            foreach (var loser in _losers) loser.Dispose();
            _losers.Clear();
        }

        if (_result?.Channel is null)
        {
            _raced?.Dispose();
            _joined?.Dispose();
            _taken?.Dispose();
        }

        _stopRace.Dispose();
    }

    // The offering side's address first: what everybody but Gajim and Psi asks for.
    private DestinationAddress OursFirst => DestinationAddress.Compute(Sid, _method.Self.ToString(), _terms.Peer.Jid.ToString());

    private DestinationAddress TheirsFirst => DestinationAddress.Compute(Sid, _terms.Peer.Jid.ToString(), _method.Self.ToString());

    private Socks5Candidate CandidateOf(Streamhost host, int place)
    {
        var byProxy = host.Jid != _method.Self;
        // A caller who prefers proxies gives them the priority of the others.
        var rank = byProxy == Ways.ProxyFirst ? CandidateType.Direct : CandidateType.Proxy;
        var preference = BestPreference - (PreferenceStep * place) + (_terms.Role == JingleRole.Initiator ? PreferenceStep / 2 : 0);
        return new Socks5Candidate(RandomId.Create(8), host, Socks5Candidate.PriorityOf(rank, preference), byProxy ? CandidateType.Proxy : CandidateType.Direct);
    }

    private ImmutableArray<Socks5Candidate> Usable(ImmutableArray<Socks5Candidate> candidates)
    {
        var ways = Ways;
        return [.. candidates.Where(candidate => ways.Allow(candidate.IsProxy)).OrderByDescending(candidate => candidate.Priority).Take(StreamhostPolicy.MaxStreamhosts)];
    }

    private async ValueTask<Input> NextAsync(CancellationToken cancellationToken)
    {
        if (_inputs.Reader.TryRead(out var ready)) return Allowed(ready);
        var wait = _machine.NextDeadline is { } deadline ? deadline - _time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        if (_machine.NextDeadline is not null && wait <= TimeSpan.Zero) return new Input.Tick();
        using var limit = new CancellationTokenSource(wait, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return Allowed(await _inputs.Reader.ReadAsync(both.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Input.Tick();
        }
    }

    private Input Allowed(Input input) => input is Input.Theirs(var more) ? new Input.Theirs(Usable(more)) : input;

    private void Handle(Input input, CancellationToken cancellationToken)
    {
        foreach (var output in _machine.Handle(input, _time.GetUtcNow()))
        {
            switch (output)
            {
                case Output.Race(var theirs):
                    _tasks.Add(RaceAsync(theirs, cancellationToken));
                    break;
                case Output.StopRace:
                    _stopRace.Cancel();
                    break;
                case Output.Notify(var notice):
                    _terms.Tell(new Socks5Transport(Sid, []) { Notice = notice }.ToElement());
                    break;
                case Output.UseTheirs(var candidate):
                    Use(_raced!, candidate.IsProxy);
                    break;
                case Output.UseOurs(var candidate):
                    _tasks.Add(TakeAsync(candidate, cancellationToken));
                    break;
                case Output.Join(var proxy):
                    _tasks.Add(JoinAsync(proxy, cancellationToken));
                    break;
                case Output.UseJoined:
                    Use(_joined!, byProxy: true);
                    break;
                case Output.Failed(var text):
                    _result = new MethodFailure(FailureReason.NoMethod, Side.Network, _reachable?.Problem is { } problem ? $"{text}; {problem}" : text);
                    break;
            }
        }
    }

    private void Use(Socket socket, bool byProxy) => _result = _method.ChannelOf(socket, byProxy, _terms.Sending, _terms.Peer.Traits.ClosesWhenDone);

    private async Task RaceAsync(ImmutableArray<Socks5Candidate> candidates, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(_stopRace.Token, cancellationToken);
        try
        {
            var driver = _method.RaceFor(candidates, _policy, index => DestinationsOf(candidates[index]), _losers);
            var (index, socket, lost) = await driver.RunAsync(both.Token).ConfigureAwait(false);
            _raced = socket;
            Post(socket is null
                ? new Input.RaceLost(RaceDriver.Describe(lost!, [.. candidates.Select(candidate => candidate.Host)]))
                : new Input.RaceWon(candidates[index].Cid));
        }
        catch (OperationCanceledException)
        {
            // The peer has something better, or it is all over.
        }
        catch (Exception broken)
        {
            Post(new Input.RaceLost(broken.Message));
        }
    }

    private IReadOnlyList<DestinationAddress> DestinationsOf(Socks5Candidate candidate) =>
        candidate.IsProxy ? [_theirs!.Destination ?? TheirsFirst] : [TheirsFirst, OursFirst];

    // The listener has it already, or it is on its way through the handshake.
    private async Task TakeAsync(Socks5Candidate candidate, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TakeTime, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        IPAddress[] listed = [.. _reachable!.Direct.Where(entry => entry.Host == candidate.Host).Select(entry => entry.Local).OfType<IPAddress>()];
        try
        {
            var taking = _registrations.Select(registration => registration.TakeAsync(listed, empty: true, keepOthers: true, both.Token)).ToList();
            var first = await Task.WhenAny(taking).ConfigureAwait(false);
            await limit.CancelAsync().ConfigureAwait(false);
            foreach (var other in taking.Where(other => other != first)) await KeepAsync(other).ConfigureAwait(false);
            _taken = (await first.ConfigureAwait(false)).Socket;
            Post(new Input.Tick()); // wakes the loop
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Post(new Input.OwnFailed("the peer says it is connected, but no connection came in"));
        }
        catch (OperationCanceledException)
        {
            // Given up.
        }
    }

    private async Task KeepAsync(Task<Socks5Accepted> other)
    {
        try
        {
            var accepted = await other.ConfigureAwait(false);
            lock (_losers) _losers.Add(accepted.Socket);
        }
        catch (OperationCanceledException)
        {
            // Nobody came that way.
        }
    }

    private async Task JoinAsync(Socks5Candidate proxy, CancellationToken cancellationToken)
    {
        try
        {
            // All that the proxy named, not only what the offer had room for.
            var addresses = _reachable!.Proxies.SelectMany(hosts => hosts).Where(host => host.Jid == proxy.Host.Jid).ToList();
            var (socket, failure) = await _method.JoinAtAsync(addresses, _policy, OursFirst, Sid, _terms.Peer.Jid, cancellationToken).ConfigureAwait(false);
            _joined = socket;
            Post(socket is null ? new Input.OwnFailed(failure!.Text) : new Input.ProxyJoined());
        }
        catch (OperationCanceledException)
        {
            // Given up.
        }
        catch (Exception broken)
        {
            Post(new Input.OwnFailed(broken.Message));
        }
    }

    // A peer may have filled the queue; what we found out goes in all the same.
    private void Post(Input input)
    {
        while (!_inputs.Writer.TryWrite(input)) _inputs.Reader.TryRead(out _);
    }
}
