using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Ferry.Net.Tls;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.LocalXmpp;

/// <summary>
/// One client's connection from its acceptance to its end. First a straight line in lock-step (header, TLS, log-in, bind or resume; the order is
/// <see cref="StreamOrder"/>'s), then a reader that handles one stanza after the other and a writer that empties the session's queue.
/// The connection ends in one of three ways: the client closes; the connection is lost, and a resumable session waits for another; or
/// an error ends the session, which the client is told.
/// </summary>
internal sealed class C2sConnection : IAsyncDisposable
{
    private const int WriteBatch = 128 * 1024;

    private readonly LocalXmppServer _server;
    private readonly Socket _socket;
    private readonly bool _directTls;
    private readonly IPAddress _address;
    private readonly string _id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopServing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoginConversation _login;
    private XmppStream _stream;
    private StreamPhase _phase;
    private bool _secured;
    private bool _headerSent;
    private bool _expectHeader = true;
    private volatile bool _givenUp;
    private int _failures;
    private Jid? _account;
    private Session? _session;
    private (long Bytes, DateTimeOffset At) _heard;

    public C2sConnection(LocalXmppServer server, Socket socket, IPAddress address, bool directTls)
    {
        _server = server;
        _socket = socket;
        _address = address;
        _directTls = directTls;
        _phase = server.AllowPlaintextLoopback && IPAddress.IsLoopback(address) ? StreamPhase.ClearTrusted : StreamPhase.Clear;
        _login = new LoginConversation(server.Domain, server.Accounts, [], new Dictionary<string, byte[]>(StringComparer.Ordinal));
        _stream = new XmppStream(new NetworkStream(socket, ownsSocket: true), Limits(beforeLogin: true), Namespaces.Client);
        _heard = (0, server.Time.GetUtcNow());
    }

    /// <summary>Completes when the connection no longer serves its session.</summary>
    public Task Released => _released.Task;

    /// <summary>Cancelled when everything has to stop at once.</summary>
    public CancellationToken Aborted => _abort.Token;

    /// <summary>Serves the client until it is gone.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        StreamError? error = null;
        try
        {
            error = await LogInAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or AuthenticationException or SocketException or ObjectDisposedException)
        {
            _server.Log.LogDebug("{Connection} broke: {Reason}", _id, broken.Message);
        }
        catch (Exception wrong)
        {
            error = Internal(wrong);
        }

        // Once there is a session it has to be served, if only to find that the connection is gone.
        if (_session is not null) error = await ServeAsync(_session).ConfigureAwait(false);
        _released.TrySetResult();
        await CloseAsync(error).ConfigureAwait(false);
    }

    /// <summary>The session is to be ended: see <see cref="Session.End"/>.</summary>
    public void StopServing() => _stopServing.TrySetResult();

    /// <summary>The connection is taken for lost; a resumable session lives on.</summary>
    public void GiveUp()
    {
        _givenUp = true;
        _stopServing.TrySetResult();
    }

    /// <summary>When something came from the client, as far as is known at <paramref name="now"/>. Called by the sweep only.</summary>
    public DateTimeOffset LastHeard(DateTimeOffset now)
    {
        var bytes = _stream.BytesRead;
        if (bytes != _heard.Bytes) _heard = (bytes, now);
        return _heard.At;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        _abort.Dispose();
    }

    // ---- until a resource is bound -------------------------------------------------------------------------------------------------

    private async Task<StreamError?> LogInAsync(CancellationToken stopping)
    {
        using var late = new CancellationTokenSource(_server.Limits.LoginTimeout, _server.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stopping);
        try
        {
            if (_directTls) await SecureAsync(direct: true, either.Token).ConfigureAwait(false);
            while (_session is null)
            {
                var (done, error) = await StepAsync(either.Token).ConfigureAwait(false);
                if (done) return error;
            }

            return null;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return new StreamError(StreamCondition.SystemShutdown);
        }
        catch (OperationCanceledException)
        {
            return new StreamError(StreamCondition.ConnectionTimeout, "no log-in in time");
        }
    }

    private async Task<(bool Done, StreamError? Error)> StepAsync(CancellationToken cancellationToken)
    {
        var read = await _stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        switch (read.Kind)
        {
            case StreamReadKind.Header:
                var refused = await OpenAsync(read.Element!, cancellationToken).ConfigureAwait(false);
                return (refused is not null, refused);
            case StreamReadKind.Element when !_expectHeader:
                var (step, error) = StreamOrder.Find(_phase, read.Element!);
                if (step != StreamStep.Stop) error = await TakeAsync(step, read.Element!, cancellationToken).ConfigureAwait(false);
                return (step == StreamStep.Stop || error is not null, error);
            case StreamReadKind.Violation:
                return (true, new StreamError(read.Violation!.Condition, read.Violation.Text));
            default:
                return (true, null);
        }
    }

    private async Task<StreamError?> OpenAsync(Element tag, CancellationToken cancellationToken)
    {
        _expectHeader = false;
        var (header, violation) = StreamHeader.Parse(tag, Namespaces.Client);
        await SendHeaderAsync(cancellationToken).ConfigureAwait(false);
        if (header is null) return new StreamError(violation!.Condition, violation.Text);
        if (header.To is null) return new StreamError(StreamCondition.ImproperAddressing, "the stream header says not to whom");
        if (header.To != Jid.Parse(_server.Domain)) return new StreamError(StreamCondition.HostUnknown, $"this is {_server.Domain}");
        if (header.Version is null || !header.Version.StartsWith("1.", StringComparison.Ordinal)) return new StreamError(StreamCondition.UnsupportedVersion);
        await _stream.WriteAsync(Features().ToElement(), cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async ValueTask SendHeaderAsync(CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        _stream.Append(new StreamHeader(Namespaces.Client, Jid.Parse(_server.Domain), null, id));
        _headerSent = true;
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private StreamFeatures Features()
    {
        var login = _phase is StreamPhase.Secured or StreamPhase.ClearTrusted;
        var inside = _phase == StreamPhase.Authenticated;
        return new StreamFeatures(
            StartTls: _phase is StreamPhase.Clear or StreamPhase.ClearTrusted,
            Mechanisms: login ? _login.Offer.Mechanisms : [],
            ChannelBindings: login ? _login.Offer.ChannelBindings : null,
            Bind: inside,
            SessionRequired: false,
            StreamManagement: inside,
            MaxStanzaBytes: inside ? _server.Limits.MaxStanzaBytes : _server.Limits.MaxBytesBeforeLogin);
    }

    private async Task<StreamError?> TakeAsync(StreamStep step, Element element, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case StreamStep.StartTls:
                await _stream.WriteAsync(new Element(Namespaces.Tls, "proceed"), cancellationToken).ConfigureAwait(false);
                await SecureAsync(direct: false, cancellationToken).ConfigureAwait(false);
                return null;
            case StreamStep.Authenticate:
                return await AnswerLoginAsync(await _login.BeginAsync(element, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            case StreamStep.Respond:
                return await AnswerLoginAsync(await _login.RespondAsync(element, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            case StreamStep.Abort:
                return await AnswerLoginAsync(_login.Abort(), cancellationToken).ConfigureAwait(false);
            case StreamStep.BindRequest:
                return await BindAsync(element, cancellationToken).ConfigureAwait(false);
            case StreamStep.Resume:
                return await ResumeAsync(element, cancellationToken).ConfigureAwait(false);
            default:
                await _stream.WriteAsync(StreamManagement.Failed(ErrorCondition.UnexpectedRequest), cancellationToken).ConfigureAwait(false);
                return null;
        }
    }

    private async Task SecureAsync(bool direct, CancellationToken cancellationToken)
    {
        var secured = await _server.Tls.SecureAsync(_stream.Transport, direct, cancellationToken).ConfigureAwait(false);
        _stream.Upgrade(secured);
        _secured = true;
        _phase = StreamPhase.Secured;
        var listed = TlsChannelBindings.Of(secured, _server.Tls.Certificate);
        _login = new LoginConversation(_server.Domain, _server.Accounts, [.. listed.Keys], TlsChannelBindings.Accepted(secured, listed));
        (_expectHeader, _headerSent) = (true, false);
    }

    private async Task<StreamError?> AnswerLoginAsync(LoginReply reply, CancellationToken cancellationToken)
    {
        if (reply.Failed)
        {
            _failures++;
            await Task.Delay(_server.Throttle.Failed(_address), _server.Time, cancellationToken).ConfigureAwait(false);
            _phase = _secured ? StreamPhase.Secured : StreamPhase.ClearTrusted;
        }
        else
        {
            _phase = StreamPhase.Challenged;
        }

        await _stream.WriteAsync(reply.Reply, cancellationToken).ConfigureAwait(false);
        if (_failures >= _server.Limits.MaxLoginFailures) return new StreamError(StreamCondition.PolicyViolation, "too many failed log-ins");
        if (reply.Account is { } account)
        {
            _server.Throttle.Succeeded(_address);
            _account = account;
            _phase = StreamPhase.Authenticated;
            // A new stream with the limits of somebody known; whatever was sent too early is dropped with the old one.
            _stream = new XmppStream(_stream.Transport, Limits(beforeLogin: false), Namespaces.Client);
            (_expectHeader, _headerSent) = (true, false);
        }

        return null;
    }

    private async Task<StreamError?> BindAsync(Element element, CancellationToken cancellationToken)
    {
        if (!Iq.TryParse(element, out var iq) || iq.Type != IqType.Set || iq.Payload?.Is(Namespaces.Bind, "bind") != true)
        {
            return new StreamError(StreamCondition.NotAuthorized, "a resource has to be bound first");
        }

        var wanted = iq.Payload.Child(Namespaces.Bind, "resource")?.Text;
        var (session, error) = await _server.BindAsync(_account!, wanted, this).ConfigureAwait(false);
        var answer = session is null
            ? iq.Refuse(error!)
            : iq.Result(new Element(Namespaces.Bind, "bind", new Element(Namespaces.Bind, "jid", session.From)));
        // From here the session has to be taken apart whatever happens: Serve does it.
        _session = session;
        await _stream.WriteAsync((answer with { From = null, To = null }).ToElement(), cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<StreamError?> ResumeAsync(Element element, CancellationToken cancellationToken)
    {
        if (!StreamManagement.TryCount(element, out var handled) || element.Attribute("previd") is not { } id)
        {
            await _stream.WriteAsync(StreamManagement.Failed(ErrorCondition.BadRequest), cancellationToken).ConfigureAwait(false);
            return null;
        }

        var session = await _server.ResumeAsync(_account!, id, handled, this).ConfigureAwait(false);
        if (session is null)
        {
            await _stream.WriteAsync(StreamManagement.Failed(ErrorCondition.ItemNotFound), cancellationToken).ConfigureAwait(false);
            return null;
        }

        session.Out.Replay(StreamManagement.Resumed(id, session.Out.Handled));
        _session = session;
        return null;
    }

    // ---- with a session ------------------------------------------------------------------------------------------------------------

    private async Task<StreamError?> ServeAsync(Session session)
    {
        _phase = StreamPhase.Bound;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_abort.Token);
        var reader = ReadAsync(session, stop.Token);
        var writer = WriteAsync(session, stop.Token);
        await Task.WhenAny(reader, writer, _stopServing.Task).ConfigureAwait(false);

        var (ending, error) = session.End;
        var closed = reader.IsCompletedSuccessfully && !_givenUp && (await reader.ConfigureAwait(false)).Closed;
        if (reader.IsCompletedSuccessfully && !ending) error = (await reader.ConfigureAwait(false)).Error;
        if (reader.IsFaulted && !ending) error = Internal(reader.Exception.InnerException!);
        var lost = !ending && !closed && error is null;
        if (lost && session.ResumeId is not null)
        {
            await StopAsync(stop, reader, writer).ConfigureAwait(false);
            session.Out.Detach();
            if (session.TryDetach(_server.Time.GetUtcNow())) return null;
            error = session.End.Error;
        }
        else
        {
            if (closed) session.Out.Finish();
            else session.RequestEnd(error);
            if (closed || error is not null) await LetFinishAsync(session, writer, drop: !closed).ConfigureAwait(false);
            await StopAsync(stop, reader, writer).ConfigureAwait(false);
        }

        _released.TrySetResult();
        await _server.FinishAsync(session).ConfigureAwait(false);
        return error;
    }

    // The write under way may end within the time that closing may take; a client that does not read cannot be told anything.
    private async Task LetFinishAsync(Session session, Task writer, bool drop)
    {
        if (drop) await _server.FinishAsync(session).ConfigureAwait(false);
        await Task.WhenAny(writer, Task.Delay(_server.Limits.CloseTimeout, _server.Time, CancellationToken.None)).ConfigureAwait(false);
        if (!writer.IsCompleted) _headerSent = false;
    }

    private static async Task StopAsync(CancellationTokenSource stop, Task reader, Task writer)
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(reader, writer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<(bool Closed, StreamError? Error)> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            switch (read.Kind)
            {
                case StreamReadKind.Element:
                    if (await HandleAsync(session, read.Element!, cancellationToken).ConfigureAwait(false) is { } ended) return ended;
                    break;
                case StreamReadKind.Closed:
                    return (true, null);
                case StreamReadKind.Violation:
                    return (false, new StreamError(read.Violation!.Condition, read.Violation.Text));
                default:
                    return (false, null);
            }
        }
    }

    private async ValueTask<(bool Closed, StreamError? Error)?> HandleAsync(Session session, Element element, CancellationToken cancellationToken)
    {
        var (step, error) = StreamOrder.Find(StreamPhase.Bound, element);
        switch (step)
        {
            case StreamStep.Route:
                await _server.Router.FromClientAsync(session, element, cancellationToken).ConfigureAwait(false);
                session.Out.Receive();
                return null;
            case StreamStep.AnswerRequest:
                if (session.Out.Managed) _server.Router.Push(session, StreamManagement.Answer(session.Out.Handled));
                return null;
            case StreamStep.TakeAnswer:
                return TakeAnswer(session, element);
            case StreamStep.Enable:
                Enable(session, element);
                return null;
            default:
                return (error is null, error);
        }
    }

    private static (bool Closed, StreamError? Error)? TakeAnswer(Session session, Element answer)
    {
        if (!StreamManagement.TryCount(answer, out var handled)) return (false, new StreamError(StreamCondition.BadFormat, "an <a/> without a count"));
        return session.Out.TryHear(handled)
            ? null
            : (false, new StreamError(
                StreamCondition.UndefinedCondition,
                string.Create(CultureInfo.InvariantCulture, $"handled-count-too-high: {handled} stanzas acknowledged, fewer were sent")));
    }

    private void Enable(Session session, Element enable)
    {
        if (session.Out.Managed)
        {
            _server.Router.Push(session, StreamManagement.Failed(ErrorCondition.UnexpectedRequest));
            return;
        }

        var id = enable.Attribute("resume") is "true" or "1" ? _server.MakeResumable(session) : null;
        session.Out.StartCounting(StreamManagement.Enabled(id, id is null ? null : _server.Limits.ResumeTimeout));
    }

    private async Task WriteAsync(Session session, CancellationToken cancellationToken)
    {
        var batch = new List<Element>();
        while (await session.Out.WorkAsync(cancellationToken).ConfigureAwait(false))
        {
            batch.Clear();
            var ask = session.Out.Take(batch, WriteBatch, _server.Time.GetUtcNow());
            foreach (var element in batch) _stream.Append(element);
            if (ask) _stream.Append(StreamManagement.Request);
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            session.Out.Flushed();
        }
    }

    // ---- the end -------------------------------------------------------------------------------------------------------------------

    // The last words, then the sending side is shut and what still comes is read for a moment: closing a socket with unread bytes in it would
    // reset the connection and take the last words away from the client.
    private async Task CloseAsync(StreamError? error)
    {
        try
        {
            using var late = new CancellationTokenSource(_server.Limits.CloseTimeout, _server.Time);
            if (!_headerSent && error is not null && _phase != StreamPhase.Bound) await SendHeaderAsync(late.Token).ConfigureAwait(false);
            if (_headerSent && !_givenUp)
            {
                if (error is not null)
                {
                    _server.Log.LogInformation("{Connection} {Account} ends: {Error}", _id, _account, error.ConditionName);
                    _stream.Append(error.ToElement());
                }

                _stream.AppendClose();
                await _stream.FlushAsync(late.Token).ConfigureAwait(false);
                if (_stream.Transport is System.Net.Security.SslStream tls) await tls.ShutdownAsync().WaitAsync(late.Token).ConfigureAwait(false);
                _socket.Shutdown(SocketShutdown.Send);
                var scrap = new byte[4096];
                for (var left = 256; left > 0 && await _socket.ReceiveAsync(scrap, late.Token).ConfigureAwait(false) > 0; left--)
                {
                }
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // It is ending anyway.
        }
        finally
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    private StreamError Internal(Exception wrong)
    {
        _server.Log.LogError(wrong, "{Connection} {Account}: a stanza could not be handled", _id, _account);
        return new StreamError(StreamCondition.InternalServerError);
    }

    private XmlLimits Limits(bool beforeLogin) => new(
        beforeLogin ? _server.Limits.MaxBytesBeforeLogin : _server.Limits.MaxStanzaBytes, _server.Limits.MaxDepth);
}
