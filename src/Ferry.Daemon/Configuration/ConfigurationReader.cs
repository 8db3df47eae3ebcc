using System.Net;
using Ferry.Protocol.Addressing;

namespace Ferry.Daemon.Configuration;

/// <summary>From what was set to a <see cref="DaemonConfiguration"/>; what is wrong is collected, so that one look shows all of it.</summary>
internal sealed class ConfigurationReader
{
    private readonly Dictionary<Key, Entry> _set;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly List<string> _faults = [];

    private ConfigurationReader(IEnumerable<Entry> set, IReadOnlyDictionary<string, string> environment)
    {
        // Later ones go before earlier ones: the environment before the file.
        _set = set.GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Last());
        _environment = environment;
    }

    /// <summary>Reads file and environment.</summary>
    /// <param name="file">Null: the environment alone.</param>
    public static LoadedConfiguration Load(string? file, IReadOnlyDictionary<string, string> environment) =>
        Load(file is null ? new Entries([], []) : YamlSource.ReadFile(file), environment);

    public static LoadedConfiguration Load(Entries fromFile, IReadOnlyDictionary<string, string> environment)
    {
        var fromEnvironment = EnvironmentSource.Read(environment);
        var reader = new ConfigurationReader([.. fromFile.Set, .. fromEnvironment.Set], environment);
        var configuration = reader.Read();
        var faults = new List<string>([.. fromFile.Faults, .. fromEnvironment.Faults, .. reader._faults]);
        return new LoadedConfiguration(faults.Count == 0 ? configuration : null, faults, reader._set);
    }

    private DaemonConfiguration Read()
    {
        var component = ReadComponent();
        if (component is not null)
        {
            foreach (var key in new[] { Keys.XmppDomain, Keys.XmppListen, Keys.XmppCertFile }) RefuseWithComponent(key, "is of the embedded server, which does not run where a component is given");
            if (!_set.ContainsKey(Keys.IndexDomain) && !_set.ContainsKey(Keys.HttpSpool)) RefuseWithComponent(Keys.Data, "does nothing here: a component keeps nothing but an index and a spool");
        }

        var data = PathOf(Keys.Data) ?? DefaultData();
        var xmpp = component is null
            ? new XmppConfiguration(One<Jid>(Keys.XmppDomain, Values.Domain) ?? Jid.Parse("localhost"), Many<IPEndPoint>(Keys.XmppListen, Values.EndPoint), Secret(Keys.XmppCertFile)) : null;

        return new DaemonConfiguration
        {
            Component = component,
            Xmpp = xmpp,
            Relay = ReadRelay(),
            Http = ReadHttp(data),
            Index = ReadIndex(xmpp, data),
            Admin = ReadAdmin(),
            Log = new LogConfiguration(Maybe<LogFormat>(Keys.LogFormat, Values.Format) ?? LogFormat.Text, ReadLevel(), Maybe<bool>(Keys.LogFullAddresses, Values.YesNo) ?? false),
            Grace = Maybe<TimeSpan>(Keys.Grace, Values.Grace) ?? TimeSpan.FromSeconds(30),
            DataFolder = data,
        };
    }

    private Microsoft.Extensions.Logging.LogLevel ReadLevel() =>
        Maybe<Microsoft.Extensions.Logging.LogLevel>(Keys.LogLevel, Values.Level) ?? Microsoft.Extensions.Logging.LogLevel.Information;

    private ComponentConfiguration? ReadComponent()
    {
        Key[] all = [Keys.ComponentServer, Keys.ComponentDomain, Keys.ComponentSecretFile];
        var given = all.Where(_set.ContainsKey).ToList();
        if (given.Count == 0) return null;
        foreach (var missing in all.Except(given)) _faults.Add($"{Where(given[0])}: a component needs {missing.Path}, too ({missing.Summary.TrimEnd('.')}); set it, for example to {missing.Sample}");
        var server = One<DnsEndPoint>(Keys.ComponentServer, Values.HostPort);
        var domain = One<Jid>(Keys.ComponentDomain, Values.Domain);
        var secret = Secret(Keys.ComponentSecretFile);
        return server is not null && domain is not null && secret is not null ? new ComponentConfiguration(server, domain, secret) : null;
    }

    private RelayConfiguration ReadRelay()
    {
        var defaults = new RelayConfiguration();
        return defaults with
        {
            Listen = Many<IPEndPoint>(Keys.RelayListen, Values.EndPoint),
            Advertise = Many<DnsEndPoint>(Keys.RelayAdvertise, Values.HostMaybePort),
            Allow = ReadAudience(Keys.RelayAllow),
            Streams = Maybe<int>(Keys.RelayStreams, Values.Count) ?? defaults.Streams,
            StreamsPerUser = Maybe<int>(Keys.RelayStreamsPerUser, Values.Count) ?? defaults.StreamsPerUser,
            Rate = Maybe<long>(Keys.RelayRate, Values.Bytes),
            RatePerUser = Maybe<long>(Keys.RelayRatePerUser, Values.Bytes),
            RatePerStream = Maybe<long>(Keys.RelayRatePerStream, Values.Bytes),
            MaxBytes = Maybe<long>(Keys.RelayMaxBytes, Values.Bytes),
            HandshakeTimeout = Maybe<TimeSpan>(Keys.RelayHandshakeTimeout, Values.Duration) ?? defaults.HandshakeTimeout,
            PairingTimeout = Maybe<TimeSpan>(Keys.RelayPairingTimeout, Values.Duration) ?? defaults.PairingTimeout,
            IdleTimeout = Maybe<TimeSpan>(Keys.RelayIdleTimeout, Values.Duration) ?? defaults.IdleTimeout,
        };
    }

    private Audience? ReadAudience(Key key)
    {
        if (!_set.TryGetValue(key, out var entry)) return null;
        var everybody = Items(entry).Any(item => item == "*");
        return new Audience(Many<Jid>(key, Values.Address, except: "*"), everybody);
    }

    private HttpConfiguration? ReadHttp(string data)
    {
        var given = _set.Keys.Where(key => key.Part == Part.Http).ToList();
        if (given.Count == 0) return null;
        foreach (var missing in new[] { Keys.HttpListen, Keys.HttpPublicUrl }.Except(given)) _faults.Add($"{Where(given[0])}: the bridge needs {missing.Path}, too; set it, for example to {missing.Sample}");
        var url = One<Uri>(Keys.HttpPublicUrl, Values.Url);
        if (url is null) return null;
        var insecure = Maybe<bool>(Keys.HttpInsecureUrl, Values.YesNo) ?? false;
        if (url.Scheme == "http" && !url.IsLoopback && !insecure)
        {
            _faults.Add($"{Where(Keys.HttpPublicUrl)}: {_set[Keys.HttpPublicUrl].Spelling}: everybody on the way could read the files; begin it with https://, or set {Keys.HttpInsecureUrl.Path} to yes");
        }

        var defaults = new HttpConfiguration(Many<IPEndPoint>(Keys.HttpListen, Values.EndPoint), url);
        return defaults with
        {
            CertificateFile = Secret(Keys.HttpCertFile),
            Streamhosts = Many<DnsEndPoint>(Keys.HttpStreamhosts, Values.HostPort),
            AllowConnect = ReadAudience(Keys.HttpAllowConnect),
            AllowActivate = ReadAudience(Keys.HttpAllowActivate),
            Origins = ReadOrigins(),
            LegacyUpload = Maybe<bool>(Keys.HttpLegacyUpload, Values.YesNo) ?? false,
            StreamsPerUser = Maybe<int>(Keys.HttpStreamsPerUser, Values.Count) ?? defaults.StreamsPerUser,
            MaxBytes = Maybe<long>(Keys.HttpMaxBytes, Values.Bytes),
            BytesPerDay = Maybe<long>(Keys.HttpBytesPerDay, Values.Bytes),
            HeaderTimeout = Maybe<TimeSpan>(Keys.HttpHeaderTimeout, Values.Duration) ?? defaults.HeaderTimeout,
            MinRate = Maybe<long>(Keys.HttpMinRate, Values.Bytes) ?? defaults.MinRate,
            PairingTimeout = Maybe<TimeSpan>(Keys.HttpPairingTimeout, Values.Duration) ?? defaults.PairingTimeout,
            IdleTimeout = Maybe<TimeSpan>(Keys.HttpIdleTimeout, Values.Duration) ?? defaults.IdleTimeout,
            Spool = ReadSpool(data),
        };
    }

    private SpoolConfiguration? ReadSpool(string data)
    {
        var isOn = Maybe<bool>(Keys.HttpSpool, Values.YesNo) ?? false;
        var spool = new SpoolConfiguration(
            Path.Combine(data, "spool"),
            Maybe<long>(Keys.HttpSpoolBytes, Values.Bytes) ?? 10L << 30,
            Maybe<long>(Keys.HttpSpoolBytesPerUser, Values.Bytes) ?? 2L << 30,
            Maybe<TimeSpan>(Keys.HttpSpoolTime, Values.Duration) ?? TimeSpan.FromDays(1));
        if (isOn) return spool;
        foreach (var key in new[] { Keys.HttpSpoolBytes, Keys.HttpSpoolBytesPerUser, Keys.HttpSpoolTime })
        {
            if (_set.TryGetValue(key, out var entry)) _faults.Add($"{entry.Where}: {entry.Spelling} does nothing without {Keys.HttpSpool.Path}; set that to yes, or remove this");
        }

        return null;
    }

    private IReadOnlyList<string> ReadOrigins()
    {
        var origins = Many<string>(Keys.HttpOrigins, Values.Origin, except: "*");
        return _set.TryGetValue(Keys.HttpOrigins, out var entry) && Items(entry).Contains("*") ? [] : origins;
    }

    // A component where ferryd is attached and its keys are there; beside the embedded server always.
    private IndexConfiguration? ReadIndex(XmppConfiguration? xmpp, string data)
    {
        var given = _set.Keys.Where(key => key.Part == Part.Index).ToList();
        if (xmpp is null)
        {
            if (given.Count == 0) return null;
            foreach (var missing in new[] { Keys.IndexDomain, Keys.IndexSecretFile }.Except(given)) _faults.Add($"{Where(given[0])}: the index needs {missing.Path}, too ({missing.Summary.TrimEnd('.')}); set it, for example to {missing.Sample}");
        }
        else if (_set.TryGetValue(Keys.IndexSecretFile, out var secret))
        {
            _faults.Add($"{secret.Where}: {secret.Spelling} is of a component, and there is none; remove it, or set {Keys.ComponentServer.Path}");
        }

        var domain = One<Jid>(Keys.IndexDomain, Values.Domain) ?? (xmpp is null ? null : Ferry.Server.Index.IndexService.AddressAt(xmpp.Domain));
        if (domain is null) return null;
        if (One<Jid>(Keys.ComponentDomain, Values.Domain) == domain || xmpp?.Domain == domain) _faults.Add($"{(given.Count > 0 ? Where(given[0]) : "default")}: {Keys.IndexDomain.Path} is another component's or the server's own domain; set it, for example to {Keys.IndexDomain.Sample}");
        return new IndexConfiguration(domain, xmpp is null ? Secret(Keys.IndexSecretFile) : null, Database(data), ReadAudience(Keys.IndexAllow));
    }

    private string Database(string data)
    {
        if (One<string>(Keys.IndexDatabase, Values.Text) is { } text && Ferry.Server.Index.IndexOptions.IsConnectionString(text)) return text;
        return PathOf(Keys.IndexDatabase) ?? Path.Combine(data, Ferry.Server.Index.IndexOptions.FileName);
    }

    private AdminConfiguration ReadAdmin()
    {
        if (!_set.TryGetValue(Keys.AdminListen, out var entry)) return new AdminConfiguration();
        return Items(entry) is ["off" or "OFF" or "false" or "no"] ? new AdminConfiguration([]) : new AdminConfiguration(Many<IPEndPoint>(Keys.AdminListen, Values.EndPoint));
    }

    private void RefuseWithComponent(Key key, string why)
    {
        if (_set.TryGetValue(key, out var entry)) _faults.Add($"{entry.Where}: {entry.Spelling} {why}; remove it, or the component");
    }

    private T? One<T>(Key key, Values.TryParse<T> parse)
        where T : class
    {
        if (!_set.TryGetValue(key, out var entry)) return null;
        if (entry.Values is [var text] && parse(text.Trim(), out var value)) return value;
        Fault(entry, string.Join(',', entry.Values));
        return null;
    }

    private T? Maybe<T>(Key key, ValueParser<T> parse)
        where T : struct
    {
        if (!_set.TryGetValue(key, out var entry)) return null;
        if (entry.Values is [var text] && parse(text.Trim(), out var value)) return value;
        Fault(entry, string.Join(',', entry.Values));
        return null;
    }

    private List<T> Many<T>(Key key, Values.TryParse<T> parse, string? except = null)
        where T : class
    {
        var values = new List<T>();
        if (!_set.TryGetValue(key, out var entry)) return values;
        foreach (var item in Items(entry))
        {
            if (item == except) continue;
            if (parse(item, out var value)) values.Add(value);
            else Fault(entry, item);
        }

        if (Items(entry).Count == 0) Fault(entry, string.Join(',', entry.Values));
        return values;
    }

    private static List<string> Items(Entry entry) =>
        [.. entry.Values.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>A file that others must not be able to read.</summary>
    private string? Secret(Key key)
    {
        if (PathOf(key) is not { } path) return null;
        if (SecretFile.Fault(path) is { } fault) _faults.Add($"{Where(key)}: {Readable.Text(_set[key].Spelling)}: {Readable.Sentence(fault)}");
        return path;
    }

    private string? PathOf(Key key)
    {
        if (One<string>(key, Values.Text) is not { } text) return null;
        return Path.GetFullPath(text, _set[key].Folder ?? Environment.CurrentDirectory);
    }

    private string Where(Key key) => _set[key].Where;

    private void Fault(Entry entry, string text) =>
        _faults.Add($"{entry.Where}: {entry.Spelling}: '{Readable.Text(text)}' is not {entry.Key.Form}; write for example {entry.Key.Sample}");

    // Where `ferry account` looks, too, unless systemd says otherwise.
    private string DefaultData()
    {
        if (_environment.TryGetValue("STATE_DIRECTORY", out var given) && Path.IsPathRooted(given)) return given.Split(':')[0];
        return _environment.TryGetValue("XDG_STATE_HOME", out var state) && Path.IsPathRooted(state)
            ? Path.Combine(state, "ferry", "server")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "ferry", "server");
    }

    private delegate bool ValueParser<T>(string text, out T value)
        where T : struct;
}
