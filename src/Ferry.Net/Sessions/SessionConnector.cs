using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ferry.Net.Dialing;
using Ferry.Net.Dns;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Dns;
using Ferry.Protocol.Transfers;
using Microsoft.Extensions.Logging;

namespace Ferry.Net.Sessions;

/// <summary>Finds the server, dials its addresses and logs in: one target after the other until one lets us in.</summary>
internal sealed class SessionConnector
{
    /// <summary>Hosts that one attempt is sent on to.</summary>
    public const int MostRedirects = 3;

    private readonly SessionOptions _options;
    private readonly ILogger _logger;
    private string? _password;

    public SessionConnector(SessionOptions options)
    {
        _options = options with { Password = PasswordAsync };
        Asked = options.Password;
        _logger = options.LoggerFactory.CreateLogger<SessionConnector>();
    }

    private Func<CancellationToken, ValueTask<string>> Asked { get; }

    /// <summary>Connects within the connect timeout. Only the caller's cancellation throws.</summary>
    public async Task<LoginStep<LoggedIn>> ConnectAsync(ConnectRequest wanted, CancellationToken cancellationToken)
    {
        await PasswordAsync(cancellationToken).ConfigureAwait(false); // a person may take longer than a server may
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ConnectWithinAsync(wanted, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SessionFailure(
                FailureReason.Timeout, false, $"{_options.Account.Domain} could not be logged in to within {_options.ConnectTimeout.TotalSeconds:0} s",
                "check the network and the server, or give more time with --timeout");
        }
    }

    // What the server itself said is final; only an address that led nowhere makes the next one worth trying.
    private static bool IsAnswer(LoginStep<LoggedIn> step) => step.Value is not null || step.Failure!.Reason != FailureReason.Connect;

    private async Task<LoginStep<LoggedIn>> ConnectWithinAsync(ConnectRequest wanted, CancellationToken cancellationToken)
    {
        if (wanted.First is { } place)
        {
            var there = await TryAsync(place, wanted, cancellationToken).ConfigureAwait(false);
            // A place that the server named and that is not its own is no reason not to go back to itself.
            if (IsAnswer(there) && there.Failure?.Reason != FailureReason.Tls) return there;
        }

        var located = await LocateAsync(cancellationToken).ConfigureAwait(false);
        if (located.Value is not { } targets) return located.Failure!;
        SessionFailure? last = null;
        foreach (var target in targets)
        {
            var step = await TryAsync(target, wanted, cancellationToken).ConfigureAwait(false);
            if (IsAnswer(step)) return step;
            // The first address that could not be reached says more than the last; what a server said says more than both.
            if (last is null || step.Failure!.AtServer) last = step.Failure;
        }

        return last!;
    }

    // A server may send us on, and the next one again, but not for ever; the certificate is checked for the account's domain wherever it is.
    private async Task<LoginStep<LoggedIn>> TryAsync(ServerTarget target, ConnectRequest wanted, CancellationToken cancellationToken)
    {
        var step = await DialAsync(target, wanted, cancellationToken).ConfigureAwait(false);
        for (var hops = 0; step.Failure?.SeeOther is { } other; hops++)
        {
            if (hops == MostRedirects) return new SessionFailure(FailureReason.Connect, true, $"the server sends us from host to host, last to {other}");
            _logger.LogInformation("{Target} sends us to {Other}", target, other);
            step = await DialAsync(other, wanted, cancellationToken).ConfigureAwait(false);
        }

        return step;
    }

    private async Task<LoginStep<LoggedIn>> DialAsync(ServerTarget target, ConnectRequest wanted, CancellationToken cancellationToken)
    {
        var dialer = new HappyEyeballs(new HappyEyeballsOptions { Sources = _options.BindAddresses }, _options.TimeProvider);
        var dialled = await dialer.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
        if (dialled is DialResult.Connected connected) return await LogInAsync(connected, target, wanted, cancellationToken).ConfigureAwait(false);
        var failed = (DialResult.Failed)dialled;
        _logger.LogInformation("{Target}: {Reason}", target, failed.Text);
        return Unreachable(failed.Text);
    }

    private SessionFailure Unreachable(string text) => new(
        FailureReason.Connect, false, $"the server of {_options.Account.Domain} cannot be reached: {text}", "check the network, or name the server with --server HOST:PORT");

    private async Task<LoginStep<IReadOnlyList<ServerTarget>>> LocateAsync(CancellationToken cancellationToken)
    {
        if (_options.Server is { } given)
        {
            if (ServerTarget.TryParse(given, out var target)) return new LoginStep<IReadOnlyList<ServerTarget>>([target], null);
            return new SessionFailure(FailureReason.Usage, false, $"'{given}' is not a server's address", "write [xmpp:|xmpps:]HOST:PORT");
        }

        var resolver = new StubResolver(new StubResolverOptions { Servers = _options.NameServers }, _options.TimeProvider);
        var locator = new ServerLocator(resolver.QueryAsync, RandomNumberGenerator.GetInt32);
        return await locator.LocateAsync(_options.Account.Domain, cancellationToken).ConfigureAwait(false) switch
        {
            ServerLocation.Found found => new LoginStep<IReadOnlyList<ServerTarget>>(found.Targets, null),
            ServerLocation.Failed failed => new SessionFailure(FailureReason.Connect, false, failed.Text, failed.Hint),
            _ => throw new InvalidOperationException("an unknown location"),
        };
    }

    private async Task<LoginStep<LoggedIn>> LogInAsync(
        DialResult.Connected connected, ServerTarget target, ConnectRequest wanted, CancellationToken cancellationToken)
    {
        var socket = connected.Socket;
        if (_options.InsecurePlaintext && !IPAddress.IsLoopback(connected.EndPoint.Address))
        {
            socket.Dispose();
            return new SessionFailure(
                FailureReason.Usage, false, $"{connected.EndPoint.Address} is not a loopback address: without TLS everybody on the way could read along", "leave --insecure-plaintext out");
        }

        var stream = new XmppStream(new NetworkStream(socket, ownsSocket: true), _options.Limits, Namespaces.Client);
        var keep = false;
        try
        {
            var login = new ClientLogin(_options, stream, (IPEndPoint)socket.LocalEndPoint!, connected.EndPoint, target);
            var step = await login.RunAsync(wanted, cancellationToken).ConfigureAwait(false);
            keep = step.Value is not null;
            return step;
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException)
        {
            return new SessionFailure(FailureReason.Connect, false, $"the connection to {target} broke: {broken.Message}");
        }
        finally
        {
            if (!keep) await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A password is asked for once, and kept for later connections.
    private async ValueTask<string> PasswordAsync(CancellationToken cancellationToken) =>
        _password ??= await Asked(cancellationToken).ConfigureAwait(false);
}
