using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ferry.Net.XmppStreams;
using Ferry.Protocol;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.Sasl;
using Ferry.Protocol.Streams;
using Ferry.Protocol.Xml;

namespace Ferry.Testing.XmppScripts;

/// <summary>
/// A client that does what a script says: <c>SendAsync("&lt;iq …/>")</c>, <c>ExpectAsync("&lt;iq id='1' …/>")</c>. It answers nothing by itself and
/// reads only when it is told to, so it can also be a client that stalls. Expectations wait up to ten seconds.
/// </summary>
public sealed class ScriptedClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly string _domain;
    private XmppStream _stream;

    private ScriptedClient(Socket socket, string domain)
    {
        _socket = socket;
        _domain = domain;
        _stream = New(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>The bound address.</summary>
    public Jid Jid { get; private set; } = Jid.Parse("nobody.invalid");

    /// <summary>The features last seen.</summary>
    public StreamFeatures Features { get; private set; } = new(false, [], null, false, false, false, null);

    /// <summary>The features last seen, as they came.</summary>
    public Element FeaturesElement { get; private set; } = new("", "none");

    /// <summary>Connects; nothing is said yet.</summary>
    public static async Task<ScriptedClient> ConnectAsync(IPEndPoint server, string domain, int? receiveBuffer = null)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(server).WaitAsync(Patience);
        return new ScriptedClient(socket, domain);
    }

    /// <summary>Connects, secures, logs in and binds.</summary>
    public static async Task<ScriptedClient> LogInAsync(
        IPEndPoint server, string jid, string password, string mechanism = "SCRAM-SHA-256-PLUS", int? receiveBuffer = null)
    {
        var address = Jid.Parse(jid);
        var client = await ConnectAsync(server, address.Domain, receiveBuffer);
        await client.OpenAsync();
        await client.StartTlsAsync();
        await client.AuthenticateAsync(address.Local!, password, mechanism);
        await client.BindAsync(address.Resource);
        return client;
    }

    /// <summary>Sends a stream header, reads the server's and its features.</summary>
    public async Task OpenAsync()
    {
        _stream.Append(new StreamHeader(Namespaces.Client, null, Jid.Parse(_domain), null));
        await _stream.FlushAsync(CancellationToken.None);
        (await NextAsync()).Kind.ShouldBe(StreamReadKind.Header);
        FeaturesElement = (await NextAsync()).Element.ShouldNotBeNull();
        Features = StreamFeatures.Parse(FeaturesElement);
    }

    /// <summary>STARTTLS with a new stream inside. Any certificate will do; channel binding sees which.</summary>
    public async Task StartTlsAsync()
    {
        await SendAsync($"<starttls xmlns='{Namespaces.Tls}'/>");
        await ExpectAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
        await SecureAsync();
        await OpenAsync();
    }

    /// <summary>TLS now.</summary>
    public async Task SecureAsync()
    {
#pragma warning disable CA5359 // The test's server has made its certificate itself a moment ago.
        var tls = new SslStream(_stream.Transport, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(_domain).WaitAsync(Patience);
        _stream.Upgrade(tls);
    }

    /// <summary>Logs in and opens the stream anew.</summary>
    public async Task AuthenticateAsync(string user, string password, string mechanism = "SCRAM-SHA-256-PLUS")
    {
        var answer = await TryAuthenticateAsync(user, password, mechanism);
        answer.Name.ShouldBe("success", answer.ToString());
        _stream.Restart();
        await OpenAsync();
    }

    /// <summary>Logs in as far as the server's verdict.</summary>
    public async Task<Element> TryAuthenticateAsync(string user, string password, string mechanism = "SCRAM-SHA-256-PLUS")
    {
        ScramMechanism.TryParse(mechanism, out var scram).ShouldBeTrue();
        ScramBinding binding = scram.Plus ? new ScramBinding.Bound(ChannelBinding.TlsServerEndPoint, EndPoint()) : new ScramBinding.None();
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        var options = new ScramClientOptions { Offer = new SaslOffer(Features.Mechanisms, Features.ChannelBindings) };
        ScramClient.TryCreate(scram, user, password, nonce, binding, options, out var exchange, out var failure).ShouldBeTrue(failure?.Text);
        await SendAsync(new Element(Namespaces.Sasl, "auth", ("mechanism", mechanism), SaslPayload.Encode(exchange.ClientFirst)));
        var challenge = await NextElementAsync();
        if (challenge.Name != "challenge") return challenge;
        SaslPayload.TryDecode(challenge.Text, out var text).ShouldBeTrue();
        var reply = exchange.HandleServerFirst(text).ShouldBeOfType<SaslStep.Reply>();
        await SendAsync(new Element(Namespaces.Sasl, "response", SaslPayload.Encode(reply.Message)));
        var verdict = await NextElementAsync();
        if (verdict.Name == "success")
        {
            SaslPayload.TryDecode(verdict.Text, out var proof).ShouldBeTrue();
            exchange.HandleServerFinal(proof).ShouldBeOfType<SaslStep.Done>();
        }

        return verdict;
    }

    /// <summary>Binds a resource.</summary>
    public async Task BindAsync(string? resource)
    {
        var wish = resource is null ? "" : $"<resource>{resource}</resource>";
        await SendAsync($"<iq type='set' id='bind'><bind xmlns='{Namespaces.Bind}'>{wish}</bind></iq>");
        var answer = await ExpectAsync($"<iq type='result' id='bind'><bind xmlns='{Namespaces.Bind}'><jid>*</jid></bind></iq>");
        Jid = Jid.Parse(answer.FirstChild!.FirstChild!.Text);
    }

    /// <summary>Says that it is there, and reads its own presence back, so that the server has done it.</summary>
    public async Task BeAvailableAsync(string inside = "")
    {
        await SendAsync($"<presence>{inside}</presence>");
        await SkipToAsync($"<presence from='{Jid}' to='{Jid.Bare}'>...</presence>");
    }

    public Task SendAsync(string xml) => SendAsync(XmlPattern.Read(xml));

    public Task SendAsync(Element element) => _stream.WriteAsync(element, CancellationToken.None).AsTask().WaitAsync(Patience);

    /// <summary>Sends bytes that need not be XML.</summary>
    public async Task SendRawAsync(string text)
    {
        _stream.Append(Encoding.UTF8.GetBytes(text));
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

    /// <summary>Nothing has come: what the client asks now is answered next. The question is a ping to its server.</summary>
    public async Task ExpectNothingAsync()
    {
        var id = "nothing-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        await SendAsync($"<iq type='get' id='{id}' to='{_domain}'><ping xmlns='{Namespaces.Ping}'/></iq>");
        await ExpectAsync($"<iq type='result' id='{id}' from='{_domain}' to='{Jid}'/>");
    }

    /// <summary>The stream ends with this error, then is closed; elements before it are skipped.</summary>
    public async Task<StreamError> ExpectStreamErrorAsync()
    {
        while (true)
        {
            var read = await NextAsync();
            if (read.Element is { } element && element.Is(Namespaces.Streams, "error"))
            {
                (await NextAsync()).Kind.ShouldBe(StreamReadKind.Closed);
                return StreamError.Parse(element);
            }

            read.Kind.ShouldBeOneOf(StreamReadKind.Element, StreamReadKind.Header);
        }
    }

    /// <summary>The next thing on the stream.</summary>
    public async Task<StreamRead> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _stream.ReadAsync(patience.Token);
    }

    public async Task<Element> NextElementAsync()
    {
        var read = await NextAsync();
        return read.Element ?? throw new ShouldAssertException($"expected an element, the stream: {read.Kind} {read.Violation} {read.Cause?.Message}");
    }

    /// <summary>Closes the stream as it should be, and waits for the server's closing tag.</summary>
    public async Task CloseAsync()
    {
        _stream.AppendClose();
        await _stream.FlushAsync(CancellationToken.None);
        StreamRead read;
        do read = await NextAsync();
        while (read.Kind == StreamReadKind.Element);
        read.Kind.ShouldBe(StreamReadKind.Closed);
    }

    /// <summary>The cable is cut.</summary>
    public void Break()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private byte[] EndPoint()
    {
        var certificate = ((SslStream)_stream.Transport).RemoteCertificate!;
        ChannelBinding.TryServerEndPoint(certificate.GetRawCertData(), out var data).ShouldBeTrue();
        return data!;
    }

    private static XmppStream New(Stream transport) => new(transport, new XmlLimits(1024 * 1024), Namespaces.Client);
}
