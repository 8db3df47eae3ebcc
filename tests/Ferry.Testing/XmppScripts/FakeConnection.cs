using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Sasl;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Testing.XmppScripts;

/// <summary>
/// The server's end of one connection, as a play: <c>ExpectAsync("&lt;auth …>")</c>, <c>SendAsync("&lt;success …/>")</c>. Nothing is answered by
/// itself, nothing is read before it is expected. <see cref="LogInAsync"/> begins a test after log-in. Expectations wait up to ten seconds.
/// </summary>
public sealed class FakeConnection : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Features before TLS.</summary>
    public const string OnlyTls = $"<starttls xmlns='{Namespaces.Tls}'/>";

    /// <summary>Features before log-in.</summary>
    public const string OnlyScram = $"<mechanisms xmlns='{Namespaces.Sasl}'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>";

    /// <summary>Features after log-in.</summary>
    public const string BindAndManage = $"<bind xmlns='{Namespaces.Bind}'/><sm xmlns='{Namespaces.StreamManagement}'/>";

    private readonly Socket _socket;
    private readonly X509Certificate2 _certificate;
    private readonly XmppStream _stream;
    private bool _broken;

    internal FakeConnection(Socket socket, X509Certificate2 certificate)
    {
        _socket = socket;
        _certificate = certificate;
        _stream = new XmppStream(new NetworkStream(socket, ownsSocket: true), new XmlLimits(4 * 1024 * 1024), Namespaces.Client);
    }

    /// <summary>The address that was bound.</summary>
    public Jid Jid { get; private set; } = Jid.Parse("nobody.invalid");

    /// <summary>Bytes taken from the connection so far, within TLS where there is TLS: whole records.</summary>
    public long BytesRead => _stream.BytesRead;

    /// <summary>
    /// Everything up to a bound session: in plain text unless <paramref name="tls"/>, with stream management unless <paramref name="sm"/> is null,
    /// which otherwise is the <c>enabled</c> element that is answered.
    /// </summary>
    public async Task LogInAsync(string user = "alice", string password = "secret", bool tls = false, string? sm = "<enabled xmlns='urn:xmpp:sm:3' id='sm-1' resume='true'/>", string more = "")
    {
        if (tls)
        {
            await OpenAsync(OnlyTls);
            await StartTlsAsync();
        }

        await AuthenticateAsync(password);
        await OpenAsync((sm is null ? $"<bind xmlns='{Namespaces.Bind}'/>" : BindAndManage) + more);
        await BindAsync(user);
        if (sm is null) return;
        await ExpectAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        await SendAsync(sm);
    }

    /// <summary>Everything up to the wish to resume, which is given back.</summary>
    public async Task<Element> LogInToResumeAsync(string password = "secret")
    {
        await AuthenticateAsync(password);
        await OpenAsync(BindAndManage);
        return await ExpectAsync("<resume xmlns='urn:xmpp:sm:3' previd='*' h='*'/>");
    }

    /// <summary>Reads the client's header, sends ours and features with these children.</summary>
    public async Task OpenAsync(string features)
    {
        await ExpectHeaderAsync();
        await SendRawAsync(Header + $"<stream:features>{features}</stream:features>");
    }

    /// <summary>Our opening tag.</summary>
    public static string Header =>
        Encoding.UTF8.GetString(new StreamHeader(Namespaces.Client, Jid.Parse(FakeServer.Domain), null, "s1").ToBytes());

    public async Task<Element> ExpectHeaderAsync()
    {
        var read = await NextAsync();
        read.Kind.ShouldBe(StreamReadKind.Header, $"{read.Element} {read.Violation} {read.Cause?.Message}");
        return read.Element!;
    }

    /// <summary>From here on reads as somebody who has had <paramref name="received"/> before on this stream: the half of a stanza, say.</summary>
    public async Task ReadBehindAsync(string received)
    {
        _stream.Upgrade(new ReadBefore(Encoding.UTF8.GetBytes(Header + received), _stream.Transport));
        await ExpectHeaderAsync();
    }

    /// <summary>Answers STARTTLS; <paramref name="injected"/> follows <c>proceed</c> in plain text.</summary>
    public async Task StartTlsAsync(string injected = "")
    {
        await ExpectAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        await SendRawAsync($"<proceed xmlns='{Namespaces.Tls}'/>{injected}");
        await SecureAsync();
    }

    /// <summary>TLS as the server, with direct TLS or after <c>proceed</c>.</summary>
    public async Task SecureAsync()
    {
        var tls = new SslStream(_stream.Transport, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsServerAsync(_certificate).WaitAsync(Patience);
        _stream.Upgrade(tls);
    }

    /// <summary>Opens the stream and lets the client in, if it knows the password.</summary>
    public async Task AuthenticateAsync(string password, string features = OnlyScram)
    {
        await OpenAsync(features);
        await ScramAsync(password, proof => $"<success xmlns='{Namespaces.Sasl}'>{SaslPayload.Encode(proof)}</success>");
        _stream.Restart();
    }

    /// <summary>SCRAM-SHA-1 up to the last word, which <paramref name="end"/> makes from the server's signature.</summary>
    public async Task ScramAsync(string password, Func<string, string> end)
    {
        var auth = await ExpectAsync($"<auth xmlns='{Namespaces.Sasl}' mechanism='SCRAM-SHA-1'>*</auth>");
        var server = new ScramServer(
            new ScramMechanism(ScramHash.Sha1, Plus: false), "0123456789abcdefghijklmn", new ScramServerOptions { UnknownUserSecret = new byte[16] });
        server.HandleClientFirst(Decode(auth)).ShouldBeNull();
        ScramCredentials.TryDerive(ScramHash.Sha1, password, RandomNumberGenerator.GetBytes(16), ScramLimits.MinIterations, out var credentials, out _).ShouldBeTrue();
        await SendAsync($"<challenge xmlns='{Namespaces.Sasl}'>{SaslPayload.Encode(server.Challenge(credentials))}</challenge>");
        var response = await ExpectAsync($"<response xmlns='{Namespaces.Sasl}'>*</response>");
        var done = server.HandleClientFinal(Decode(response)).ShouldBeOfType<SaslStep.Done>("the client does not know the password");
        await SendAsync(end(done.Message!));
    }

    /// <summary>Binds what the client asks for.</summary>
    public async Task BindAsync(string user = "alice")
    {
        var wish = await ExpectAsync($"<iq type='set' id='*'><bind xmlns='{Namespaces.Bind}'><resource>*</resource></bind></iq>");
        Jid = Jid.Parse($"{user}@{FakeServer.Domain}/{wish.FirstChild!.FirstChild!.Text}");
        await SendAsync($"<iq type='result' id='{wish.Attribute("id")}'><bind xmlns='{Namespaces.Bind}'><jid>{Jid}</jid></bind></iq>");
    }

    public Task SendAsync(string xml) => SendAsync(XmlPattern.Read(xml));

    public Task SendAsync(Element element) => _stream.WriteAsync(element, CancellationToken.None).AsTask().WaitAsync(Patience);

    /// <summary>Sends what need not be XML.</summary>
    public Task SendRawAsync(string text) => SendRawAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendRawAsync(byte[] bytes)
    {
        _stream.Append(bytes);
        await _stream.FlushAsync(CancellationToken.None).AsTask().WaitAsync(Patience);
    }

    /// <summary>The next element is this.</summary>
    public async Task<Element> ExpectAsync(string pattern)
    {
        var actual = await NextElementAsync();
        XmlPattern.Fits(XmlPattern.Read(pattern), actual).ShouldBeTrue($"expected {pattern}\n     got {actual}");
        return actual;
    }

    /// <summary>Reads on until this comes.</summary>
    public async Task<Element> SkipToAsync(string pattern)
    {
        var wanted = XmlPattern.Read(pattern);
        var seen = new List<string>();
        while (true)
        {
            var read = await NextAsync();
            if (read.Element is not { } element) throw new ShouldAssertException($"expected {pattern}\nbut the stream {read.Kind} {read.Violation} after\n{string.Join('\n', seen)}");
            if (XmlPattern.Fits(wanted, element)) return element;
            seen.Add(element.ToString());
        }
    }

    /// <summary>The client closes its stream; elements before are skipped. Then we close ours.</summary>
    public async Task ExpectCloseAsync()
    {
        StreamRead read;
        do read = await NextAsync();
        while (read.Kind == StreamReadKind.Element);
        read.Kind.ShouldBe(StreamReadKind.Closed);
        await SendRawAsync("</stream:stream>");
    }

    /// <summary>The client's connection ends, whatever comes before.</summary>
    public async Task ExpectEndAsync()
    {
        StreamRead read;
        do read = await NextAsync();
        while (read.Kind is not (StreamReadKind.Ended or StreamReadKind.Violation));
    }

    /// <summary>The next thing on the stream.</summary>
    public async Task<StreamRead> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return await _stream.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new ShouldAssertException($"nothing came for {Patience.TotalSeconds:0} s", over);
        }
    }

    public async Task<Element> NextElementAsync()
    {
        var read = await NextAsync();
        return read.Element ?? throw new ShouldAssertException($"expected an element, the stream: {read.Kind} {read.Violation} {read.Cause?.Message}");
    }

    /// <summary>The cable is cut.</summary>
    public void Break()
    {
        if (_broken) return;
        _broken = true;
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static string Decode(Element element)
    {
        SaslPayload.TryDecode(element.Text, out var text).ShouldBeTrue();
        return text!;
    }
}
