namespace Ferry.Daemon.Configuration;

/// <summary>Every key there is, in the order of the commented file. docs/server.md lists the same, which a test compares.</summary>
internal static class Keys
{
    private const string EndPoints = "ADDRESS:PORT, more with commas between";
    private const string Bytes = "a number of bytes, such as 500 MB or 2 GiB";
    private const string Rate = "a number of bytes a second, such as 10 MB";
    private const string Duration = "a time, such as 90s, 5m or 1h";
    private const string Count = "a whole number from 1 on";

    public static readonly Key ComponentServer = new("component.server", "HOST:PORT", "127.0.0.1:5347", "no component", "The server's component port.", Part.Core);
    public static readonly Key ComponentDomain = new("component.domain", "a domain", "relay.example.org", "no component", "The domain that the server keeps for this component.", Part.Core);
    public static readonly Key ComponentSecretFile = new(
        "component.secretFile", "a file", "component.secret", "no component",
        "The file whose first line is the secret that the server has for it, too. Others must not be able to read it.", Part.Core);

    public static readonly Key RelayListen = new("relay.listen", EndPoints, "0.0.0.0:7777,[::]:7777", "port 7777, on loopback unless attached", "Where clients connect to the SOCKS5 relay.", Part.Relay);
    public static readonly Key RelayAdvertise = new("relay.advertise", "HOST or HOST:PORT, more with commas between", "relay.example.org:7777", "the addresses of relay.listen", "What clients are told to connect to, where that is another address (NAT).", Part.Relay);
    public static readonly Key RelayAllow = new(
        "relay.allow", "domains and JIDs with commas between, or * for everybody", "example.org,carol@example.net", "nobody when attached, its own users when embedded", "Who may use the relay.", Part.Relay);
    public static readonly Key RelayStreams = new("relay.streams", Count, "1000", "1000", "Streams at one time.", Part.Relay);
    public static readonly Key RelayStreamsPerUser = new("relay.streamsPerUser", Count, "20", "20", "Streams of one bare JID at one time.", Part.Relay);
    public static readonly Key RelayRate = new("relay.rate", Rate, "100 MB", "unlimited", "Bandwidth of all streams together.", Part.Relay);
    public static readonly Key RelayRatePerUser = new("relay.ratePerUser", Rate, "20 MB", "unlimited", "Bandwidth of one bare JID's streams together.", Part.Relay);
    public static readonly Key RelayRatePerStream = new("relay.ratePerStream", Rate, "10 MB", "unlimited", "Bandwidth of one stream.", Part.Relay);
    public static readonly Key RelayMaxBytes = new("relay.maxBytes", Bytes, "10 GiB", "unlimited", "Bytes of one stream, both directions together.", Part.Relay);
    public static readonly Key RelayHandshakeTimeout = new("relay.handshakeTimeout", Duration, "10s", "10s", "From a connection to the end of its SOCKS5 handshake.", Part.Relay);
    public static readonly Key RelayPairingTimeout = new("relay.pairingTimeout", Duration, "60s", "60s", "How long a connection waits for its other half and for activation.", Part.Relay);
    public static readonly Key RelayIdleTimeout = new("relay.idleTimeout", Duration, "5m", "5m", "An active stream without a byte in either direction is ended after this.", Part.Relay);

    public static readonly Key HttpListen = new("http.listen", EndPoints, "0.0.0.0:7780,[::]:7780", "no bridge when attached; on a server for loopback alone, port 7780 of it where that is free", "Where browsers connect.", Part.Http);
    public static readonly Key HttpPublicUrl = new("http.publicUrl", "an http or https URL", "https://relay.example.org/", "the address listened on, for loopback alone", "What that is called from outside: every URL begins with it, whatever a request says of itself.", Part.Http);
    public static readonly Key HttpCertFile = new("http.certFile", "a file", "relay.pem", "plain HTTP, for a reverse proxy in front", "Certificate chain and key in PEM, for HTTPS without a reverse proxy.", Part.Http);
    public static readonly Key HttpInsecureUrl = new("http.insecureUrl", "yes or no", "no", "no", "Lets http.publicUrl begin with http:// where that is not loopback: everybody on the way can read the files.", Part.Http);
    public static readonly Key HttpStreamhosts = new(
        "http.streamhosts", "HOST:PORT, more with commas between", "proxy.example.net:7777", "none", "Other relays that the bridge connects to where a sender offers nothing else.", Part.Http);
    public static readonly Key HttpAllowConnect = new(
        "http.allowConnect", "domains and JIDs with commas between, or * for everybody", "example.org,carol@example.net", "who is in relay.allow, or gets something from one of them", "Who may receive by the bridge.", Part.Http);
    public static readonly Key HttpAllowActivate = new(
        "http.allowActivate", "domains and JIDs with commas between, or * for everybody", "example.org,carol@example.net", "relay.allow", "Who may send by the bridge.", Part.Http);
    public static readonly Key HttpOrigins = new(
        "http.origins", "origins of web pages with commas between, or * for all", "https://app.example.org", "*", "Web pages whose scripts may use the bridge from another origin (CORS), never with cookies.", Part.Http);
    public static readonly Key HttpLegacyUpload = new(
        "http.legacyUpload", "yes or no", "no", "no", "Takes forms at PUBLICURL/upload, too, without a secret in the address, for clients of 2007: whoever knows a stream's id and both addresses can upload in the sender's stead.", Part.Http);
    public static readonly Key HttpStreamsPerUser = new("http.streamsPerUser", Count, "4", "4", "Transfers of one bare JID at one time.", Part.Http);
    public static readonly Key HttpMaxBytes = new("http.maxBytes", Bytes, "2 GiB", "unlimited", "Bytes of one transfer.", Part.Http);
    public static readonly Key HttpBytesPerDay = new("http.bytesPerDay", Bytes, "20 GiB", "unlimited", "Bytes of one bare JID in 24 hours.", Part.Http);
    public static readonly Key HttpHeaderTimeout = new("http.headerTimeout", Duration, "15s", "15s", "From a connection, or the last request, to the end of a request's headers.", Part.Http);
    public static readonly Key HttpMinRate = new("http.minRate", Rate, "240", "240", "A body that comes slower than this is ended (after 5 s).", Part.Http);
    public static readonly Key HttpPairingTimeout = new("http.pairingTimeout", Duration, "60s", "60s", "How long one end waits for the other.", Part.Http);
    public static readonly Key HttpIdleTimeout = new("http.idleTimeout", Duration, "2m", "2m", "A transfer without a byte is ended after this.", Part.Http);

    public static readonly Key HttpSpool = new(
        "http.spool", "yes or no", "yes", "no", "Files for receivers behind HTTP wait on disk (the folder spool of data) until they are fetched, by ranges too, and the sender need not wait for them.", Part.Http);
    public static readonly Key HttpSpoolBytes = new("http.spoolBytes", Bytes, "10 GiB", "10 GiB", "Bytes of all files that wait on disk.", Part.Http);
    public static readonly Key HttpSpoolBytesPerUser = new("http.spoolBytesPerUser", Bytes, "2 GiB", "2 GiB", "Bytes of one bare JID's files that wait on disk.", Part.Http);
    public static readonly Key HttpSpoolTime = new("http.spoolTime", Duration, "24h", "24h", "How long a file waits on disk for its receiver.", Part.Http);

    public static readonly Key IndexDomain = new("index.domain", "a domain", "files.example.org", "no index when attached, files.DOMAIN when embedded", "The domain of the file index.", Part.Index);
    public static readonly Key IndexSecretFile = new("index.secretFile", "a file", "index.secret", "no index", "The secret that the server has for that domain; only where ferryd is attached.", Part.Index);
    public static readonly Key IndexDatabase = new("index.database", "a SQLite file or a PostgreSQL connection string", "index.db", "index.db in the data folder", "Where the index is kept.", Part.Index);
    public static readonly Key IndexAllow = new(
        "index.allow", "domains and JIDs with commas between, or * for everybody", "example.org,carol@example.net", "nobody when attached, its own users when embedded", "Who may search and publish.", Part.Index);

    public static readonly Key XmppDomain = new("xmpp.domain", "a domain", "localhost", "localhost", "The domain of the accounts.", Part.Core);
    public static readonly Key XmppListen = new("xmpp.listen", EndPoints, "127.0.0.1:5222,[::1]:5222", "127.0.0.1:5222,[::1]:5222", "Where clients connect, with STARTTLS. Port 0 takes a free one.", Part.Core);
    public static readonly Key XmppCertFile = new("xmpp.certFile", "a file", "server.pem", "one is made and kept in the data folder", "Certificate chain and key in PEM. Others must not be able to read it.", Part.Core);

    public static readonly Key AdminListen = new(
        "admin.listen", EndPoints + ", or off", "127.0.0.1:7776,[::1]:7776", "127.0.0.1:7776,[::1]:7776 where that is free",
        "/healthz, /readyz and /metrics, by HTTP without a password: keep it on loopback, or behind something that asks.", Part.Core);

    public static readonly Key LogFormat = new("log.format", "text or json", "text", "text", "Lines for people, or one JSON object a line. --log FORMAT goes before it.", Part.Core);
    public static readonly Key LogLevel = new("log.level", "debug, information, warning or error", "information", "information", "The least that is logged.", Part.Core);
    public static readonly Key LogFullAddresses = new("log.fullAddresses", "yes or no", "no", "no", "Users' addresses whole, not as a…@example.org.", Part.Core);

    public static readonly Key Grace = new("grace", Duration + ", 24h at most", "30s", "30s", "How long running transfers may go on after ferryd was told to stop. A second signal ends them at once.", Part.Core);
    public static readonly Key Data = new("data", "a folder", "/var/lib/ferry", "$STATE_DIRECTORY, else $XDG_STATE_HOME/ferry/server", "The folder for everything kept: accounts, the self-made certificate, the index, files that wait for their receivers.", Part.Core);

    public static IReadOnlyList<Key> All { get; } =
    [
        ComponentServer, ComponentDomain, ComponentSecretFile,
        RelayListen, RelayAdvertise, RelayAllow, RelayStreams, RelayStreamsPerUser, RelayRate, RelayRatePerUser, RelayRatePerStream, RelayMaxBytes,
        RelayHandshakeTimeout, RelayPairingTimeout, RelayIdleTimeout,
        HttpListen, HttpPublicUrl, HttpCertFile, HttpInsecureUrl, HttpStreamhosts, HttpAllowConnect, HttpAllowActivate, HttpOrigins, HttpLegacyUpload, HttpStreamsPerUser, HttpMaxBytes, HttpBytesPerDay, HttpHeaderTimeout, HttpMinRate, HttpPairingTimeout, HttpIdleTimeout,
        HttpSpool, HttpSpoolBytes, HttpSpoolBytesPerUser, HttpSpoolTime,
        IndexDomain, IndexSecretFile, IndexDatabase, IndexAllow,
        XmppDomain, XmppListen, XmppCertFile,
        AdminListen,
        LogFormat, LogLevel, LogFullAddresses,
        Grace, Data,
    ];

    /// <summary>What each section is, for the commented file.</summary>
    public static IReadOnlyList<(string Section, string Summary)> Sections { get; } =
    [
        ("component", "Attach to a server such as Prosody or ejabberd as an external component (XEP-0114). All three keys, or none: then ferryd is a small XMPP server itself."),
        ("relay", "The SOCKS5 relay (XEP-0065)."),
        ("http", "The relay's HTTP side, for browsers."),
        ("index", "The index of shared files: a second component where ferryd is attached (domain and secretFile, or none), always there when embedded."),
        ("xmpp", "The embedded XMPP server, where no component is given."),
        ("admin", "For monitoring."),
        ("log", "Events go to standard error, one line each."),
        ("", "The rest."),
    ];

    public static Key? Find(string path) => All.FirstOrDefault(key => key.Path.Equals(path, StringComparison.OrdinalIgnoreCase));

    /// <summary>The key, or the section, that looks most like <paramref name="path"/> on a line of a file.</summary>
    public static string NearestInFile(string path)
    {
        var known = All.Where(key => key.Part.IsBuilt).Select(key => key.Path);
        if (!path.Contains('.', StringComparison.Ordinal)) known = known.Concat(All.Where(key => key.Part.IsBuilt && key.Section.Length > 0).Select(key => key.Section).Distinct(StringComparer.Ordinal));
        return Nearest(path, known);
    }

    /// <summary>The variable whose key looks most like <paramref name="path"/>.</summary>
    public static string NearestVariable(string path) => Find(Nearest(path, All.Where(key => key.Part.IsBuilt).Select(key => key.Path)))!.Variable;

    private static string Nearest(string path, IEnumerable<string> known)
    {
        var wanted = (path.Length > 100 ? path[..100] : path).ToUpperInvariant();
        return known.MinBy(candidate => Distance(wanted, candidate.ToUpperInvariant()))!;
    }

    // Levenshtein's distance, over one row.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var change = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
