using System.Net;
using Ferry.Net.Tls;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Dns;
using Ferry.Protocol.Sasl;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Net.Sessions;

/// <summary>
/// The lock-step conversation that turns a connection into a stream ready for stanzas (RFC 6120 sections 4 to 7, XEP-0198):
/// header, features, STARTTLS, header, features, SASL, header, features, then either resumption or binding and stream management.
/// One source speaks at a time, so it is a straight line. The caller's token bounds it.
/// </summary>
internal sealed class ClientLogin(SessionOptions options, XmppStream stream, IPEndPoint local, IPEndPoint remote, ServerTarget target)
{
    private readonly List<Element> _early = [];
    private SaslChannel? _channel; // set once there is TLS

    /// <summary>Runs it.</summary>
    public async Task<LoginStep<LoggedIn>> RunAsync(ConnectRequest wanted, CancellationToken cancellationToken)
    {
        if (target.DirectTls && await SecureAsync(alpn: true, cancellationToken).ConfigureAwait(false) is { } notSecure) return notSecure;
        var features = await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (features.Value is { } first && _channel is null && !options.InsecurePlaintext)
        {
            features = await StartTlsAsync(first, cancellationToken).ConfigureAwait(false);
        }

        if (features.Value is not { } secure) return features.Failure!;
        if (await AuthenticateAsync(secure, cancellationToken).ConfigureAwait(false) is { } refused) return refused;
        stream.Restart();
        features = await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (features.Value is not { } final) return features.Failure!;
        if (wanted.Resume is not { } earlier) return await BindAsync(final, wanted.Resource, cancellationToken).ConfigureAwait(false);
        var resumed = await ResumeAsync(final, earlier, cancellationToken).ConfigureAwait(false);
        // XEP-0198 section 5: who is not known any more binds on the same stream.
        return wanted.MayBind && resumed.Value is { ResumedAt: null } ? await BindAsync(final, wanted.Resource, cancellationToken).ConfigureAwait(false) : resumed;
    }

    private async Task<LoginStep<StreamFeatures>> OpenAsync(CancellationToken cancellationToken)
    {
        // RFC 6120 section 4.7.1: our address is told only when nobody else can read it.
        var header = new StreamHeader(Namespaces.Client, _channel is null ? null : options.Account.Bare, Jid.Parse(options.Account.Domain), null);
        stream.Append(header);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Header) return Unexpected(read, "its stream header");
        var (answer, violation) = StreamHeader.Parse(read.Element!, Namespaces.Client);
        if (violation is not null) return Broken($"the server's stream header is wrong: {violation.Text}");
        if (answer!.Version is null) return Broken("the server speaks a protocol of before XMPP 1.0");
        read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || !read.Element!.Is(Namespaces.Streams, "features")) return Unexpected(read, "its features");
        return StreamFeatures.Parse(read.Element);
    }

    private async Task<LoginStep<StreamFeatures>> StartTlsAsync(StreamFeatures features, CancellationToken cancellationToken)
    {
        if (!features.StartTls)
        {
            return new SessionFailure(
                FailureReason.Tls, true, "the server offers no STARTTLS", "somebody in between may have removed it; use xmpps: if the server has direct TLS");
        }

        await stream.WriteAsync(new Element(Namespaces.Tls, "starttls"), cancellationToken).ConfigureAwait(false);
        var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || !read.Element!.Is(Namespaces.Tls, "proceed")) return Unexpected(read, "the go-ahead for TLS", FailureReason.Tls);
        if (await SecureAsync(alpn: false, cancellationToken).ConfigureAwait(false) is { } notSecure) return notSecure;
        return await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<SessionFailure?> SecureAsync(bool alpn, CancellationToken cancellationToken)
    {
        var tls = new TlsClient(options.TimeProvider);
        var result = await tls.AuthenticateAsync(
            stream.Transport, options.Account.Domain, options.Tls, alpn ? TlsClient.Alpn : null, cancellationToken).ConfigureAwait(false);
        // A certificate that is refused is the server's; a handshake that broke off may be anybody's.
        if (result is TlsResult.Failed { Fault: CertificateFault.Settings } ours) return new SessionFailure(FailureReason.Usage, false, ours.Text, ours.Hint);
        if (result is TlsResult.Failed failed) return new SessionFailure(FailureReason.Tls, failed.Fault is not null, failed.Text, failed.Hint);
        var secured = (TlsResult.Secured)result;
        stream.Upgrade(secured.Stream);
        _channel = secured.Channel;
        return null;
    }

    private async Task<SessionFailure?> AuthenticateAsync(StreamFeatures features, CancellationToken cancellationToken)
    {
        var offer = new SaslOffer(features.Mechanisms, features.ChannelBindings);
        var choice = SaslMechanismChoice.Choose(offer, _channel ?? new SaslChannel(), options.AllowPlain);
        if (choice is SaslChoice.Refused refused)
        {
            return new SessionFailure(FailureReason.Auth, true, refused.Failure.Text, HintFor(refused.Failure.Reason));
        }

        var password = await options.Password(cancellationToken).ConfigureAwait(false);
        return choice is SaslChoice.Scram scram
            ? await ScramAsync(scram, offer, password, cancellationToken).ConfigureAwait(false)
            : await PlainAsync(password, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SessionFailure?> PlainAsync(string password, CancellationToken cancellationToken)
    {
        var message = new PlainMessage("", options.Account.Local ?? "", password).Encode();
        await WriteSaslAsync("auth", "PLAIN", message, cancellationToken).ConfigureAwait(false);
        var (answer, failure) = await ReadSaslAsync(cancellationToken).ConfigureAwait(false);
        if (failure is not null) return failure;
        return answer!.Name == "success" ? null : AuthBroken($"the server answered PLAIN with <{answer.Name}>");
    }

    private async Task<SessionFailure?> ScramAsync(SaslChoice.Scram choice, SaslOffer offer, string password, CancellationToken cancellationToken)
    {
        var more = new ScramClientOptions { Offer = offer, RequireDowngradeHash = choice.RequireDowngradeHash };
        var user = options.Account.Local ?? "";
        if (!ScramClient.TryCreate(choice.Mechanism, user, password, RandomId.Create(32), choice.Binding, more, out var scram, out var unfit))
        {
            return new SessionFailure(FailureReason.Auth, false, unfit.Text);
        }

        await WriteSaslAsync("auth", choice.Mechanism.Name, scram.ClientFirst, cancellationToken).ConfigureAwait(false);
        var (challenge, failure) = await ReadSaslAsync(cancellationToken).ConfigureAwait(false);
        if (failure is not null) return failure;
        if (challenge!.Name != "challenge" || !SaslPayload.TryDecode(challenge.Text, out var first)) return AuthBroken("the server's challenge is unreadable");
        var step = scram.HandleServerFirst(first);
        if (step is SaslStep.Failed bad) return new SessionFailure(FailureReason.Auth, true, bad.Failure.Text, HintFor(bad.Failure.Reason));
        if (step is not SaslStep.Reply reply) return AuthBroken("the server's challenge ends the log-in");
        await WriteSaslAsync("response", null, reply.Message, cancellationToken).ConfigureAwait(false);
        return await FinishScramAsync(scram, cancellationToken).ConfigureAwait(false);
    }

    // The server's signature comes with success, or in one more challenge that wants an empty answer (RFC 6120 section 6.3.10).
    private async Task<SessionFailure?> FinishScramAsync(ScramClient scram, CancellationToken cancellationToken)
    {
        var (last, failure) = await ReadSaslAsync(cancellationToken).ConfigureAwait(false);
        if (failure is not null) return failure;
        if (!SaslPayload.TryDecode(last!.Text, out var message)) return AuthBroken("the server's last message is unreadable");
        if (scram.HandleServerFinal(message) is SaslStep.Failed bad) return new SessionFailure(FailureReason.Auth, true, bad.Failure.Text, HintFor(bad.Failure.Reason));
        if (last.Name == "success") return null;
        await WriteSaslAsync("response", null, "", cancellationToken).ConfigureAwait(false);
        (last, failure) = await ReadSaslAsync(cancellationToken).ConfigureAwait(false);
        return failure ?? (last!.Name == "success" ? null : AuthBroken("the server did not finish the log-in"));
    }

    private ValueTask WriteSaslAsync(string name, string? mechanism, string message, CancellationToken cancellationToken) =>
        stream.WriteAsync(new Element(Namespaces.Sasl, name, ("mechanism", mechanism), SaslPayload.Encode(message)), cancellationToken);

    private async Task<(Element? Answer, SessionFailure? Failure)> ReadSaslAsync(CancellationToken cancellationToken)
    {
        var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || read.Element!.Namespace != Namespaces.Sasl) return (null, Unexpected(read, "an answer to the log-in", FailureReason.Auth));
        if (read.Element.Name != "failure") return (read.Element, null);
        var condition = read.Element.Children.FirstOrDefault(child => child.Name != "text")?.Name ?? "not-authorized";
        var text = read.Element.Child(Namespaces.Sasl, "text")?.Text;
        var hint = condition switch
        {
            "not-authorized" => "check the account's address and password",
            "temporary-auth-failure" => "try again later",
            "account-disabled" or "credentials-expired" => "ask the server's operator",
            _ => null,
        };
        return (null, new SessionFailure(FailureReason.Auth, true, $"the server refused the log-in: {condition}{(text is null ? "" : $" ({text})")}", hint)
        {
            Passes = condition == "temporary-auth-failure",
        });
    }

    private async Task<LoginStep<LoggedIn>> ResumeAsync(StreamFeatures features, (string Id, uint Handled) earlier, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(StreamManagement.Resume(earlier.Id, earlier.Handled), cancellationToken).ConfigureAwait(false);
        var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || read.Element!.Namespace != Namespaces.StreamManagement) return Unexpected(read, "an answer to the resumption");
        uint? resumedAt = read.Element.Name == "resumed" && StreamManagement.TryCount(read.Element, out var h) ? h : null;
        return new LoggedIn(stream, options.Account, features, true, (earlier.Id, null, null), resumedAt, _early, local, remote, target, _channel is not null);
    }

    private async Task<LoginStep<LoggedIn>> BindAsync(StreamFeatures features, string resource, CancellationToken cancellationToken)
    {
        if (!features.Bind) return Broken("the server offers no resource binding");
        var bound = await RequestAsync(
            "bind", new Element(Namespaces.Bind, "bind", new Element(Namespaces.Bind, "resource", resource)), cancellationToken).ConfigureAwait(false);
        if (bound.Value is not { } answer) return bound.Failure!;
        if (answer.Error is { } refused)
        {
            // Some servers keep a resource for a connection of ours that they do not know to be dead yet.
            return new SessionFailure(FailureReason.Auth, true, $"the server refused the resource: {refused}", "give --account another resource")
            {
                Passes = refused.Type == ErrorType.Wait || refused.Condition == ErrorCondition.Conflict,
            };
        }

        if (!Jid.TryParse(answer.Payload?.Child(Namespaces.Bind, "jid")?.Text.Trim(), out var jid) || !jid.IsFull) return Broken("the server bound no address");
        if (features.SessionRequired)
        {
            var session = await RequestAsync("session", new Element(Namespaces.Session, "session"), cancellationToken).ConfigureAwait(false);
            if (session.Value is null) return session.Failure!;
        }

        return await ManageAsync(features, jid, cancellationToken).ConfigureAwait(false);
    }

    private async Task<LoginStep<LoggedIn>> ManageAsync(StreamFeatures features, Jid jid, CancellationToken cancellationToken)
    {
        var ready = new LoggedIn(stream, jid, features, false, (null, null, null), null, _early, local, remote, target, _channel is not null);
        if (!features.StreamManagement) return ready;
        await stream.WriteAsync(StreamManagement.Enable, cancellationToken).ConfigureAwait(false);
        var read = await ReadPastStanzasAsync(element => element.Namespace == Namespaces.StreamManagement, cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || read.Element!.Namespace != Namespaces.StreamManagement) return Unexpected(read, "an answer to stream management");
        return read.Element!.Name == "enabled" ? ready with { Managed = true, Resumption = StreamManagement.ReadEnabled(read.Element) } : ready;
    }

    private async Task<LoginStep<Iq>> RequestAsync(string id, Element payload, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(new Iq(IqType.Set, id, null, null, payload).ToElement(), cancellationToken).ConfigureAwait(false);
        var read = await ReadPastStanzasAsync(element => element.Name == "iq" && element.Attribute("id") == id, cancellationToken).ConfigureAwait(false);
        if (read.Kind != StreamReadKind.Element || !Iq.TryParse(read.Element!, out var answer)) return Unexpected(read, $"an answer to {id}");
        return answer;
    }

    // Once bound, anybody may send to us: stanzas that come before the answer are kept for later. Anything else is the server's own word.
    private async Task<StreamRead> ReadPastStanzasAsync(Func<Element, bool> wanted, CancellationToken cancellationToken)
    {
        const int mostEarly = 256;
        while (true)
        {
            var read = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read.Kind != StreamReadKind.Element || wanted(read.Element!)) return read;
            if (read.Element!.Namespace != Namespaces.Client || _early.Count == mostEarly) return read;
            _early.Add(read.Element);
        }
    }

    private SessionFailure Unexpected(StreamRead read, string instead, FailureReason otherwise = FailureReason.Protocol) => read.Kind switch
    {
        StreamReadKind.Element when read.Element!.Is(Namespaces.Streams, "error") => Ended(StreamError.Parse(read.Element)),
        StreamReadKind.Element => new SessionFailure(otherwise, true, $"the server sent <{read.Element!.Name}> where {instead} was due"),
        StreamReadKind.Violation => new SessionFailure(FailureReason.Protocol, true, $"the server sent what XMPP forbids: {read.Violation!.Text}"),
        StreamReadKind.Header => new SessionFailure(FailureReason.Protocol, true, $"the server sent a second header where {instead} was due"),
        _ => new SessionFailure(FailureReason.Connect, true, $"the server ended the connection before {instead}"),
    };

    private SessionFailure Ended(StreamError error) => new(FailureReason.Connect, true, $"the server ended the stream: {error}")
    {
        Passes = error.Passes,
        SeeOther = _channel is not null && error.SeesOther(target.DirectTls, out var other) ? other : null,
    };

    private static SessionFailure Broken(string message) => new(FailureReason.Protocol, true, message);

    private static SessionFailure AuthBroken(string message) => new(FailureReason.Auth, true, message);

    private static string? HintFor(SaslFailureReason reason) => reason switch
    {
        SaslFailureReason.PlainRefused => "the server has nothing better than PLAIN: --allow-plain permits it inside verified TLS",
        SaslFailureReason.ServerSignature or SaslFailureReason.Downgrade => "somebody may be between you and the server: do not log in from here",
        _ => null,
    };
}
