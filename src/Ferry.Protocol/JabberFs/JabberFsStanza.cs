using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ferry.Protocol.Files;
using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.JabberFs;

/// <summary>
/// The <c>query</c> of a jabberFS iq: one state, and what it needs to say. Everything in it is a claim of the peer: addresses are judged before they are
/// dialled, names are made safe before they are used.
/// </summary>
/// <param name="Sid">Ties the stanzas of a transfer together. Native: 16 to 64 letters, digits, hyphens, underscores. Legacy: the iq's id.</param>
/// <param name="State">What it says.</param>
public sealed record JabberFsStanza(string Sid, JabberFsState State)
{
    /// <summary>Addresses that are read; the rest is ignored.</summary>
    public const int MostHosts = 8;

    /// <summary>Of a file's name, in bytes of UTF-8.</summary>
    public const int MostNameBytes = SharePath.MaxBytes;

    /// <summary>Of a description, in characters; what is longer is cut.</summary>
    public const int MostDescription = 1024;

    /// <summary>Of a native sid, in characters.</summary>
    public const int FewestSid = 16, MostSid = 64;

    /// <summary>Why, with <see cref="JabberFsState.Abort"/>; null when it was not said.</summary>
    public JabberFsAbort? Reason { get; init; }

    /// <summary>Addresses, best first: IPv4, IPv6 without brackets, or names.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>1 to 65535.</summary>
    public int? Port { get; init; }

    /// <summary>What a connection to the port must say first; see <see cref="JabberFsPreamble"/>.</summary>
    public string? Token { get; init; }

    /// <summary>The file's name, or the share path that is asked for.</summary>
    public string? Name { get; init; }

    /// <summary>Bytes of the whole file.</summary>
    public long? Size { get; init; }

    /// <summary>Where the bytes shall begin, in bytes from the file's start (<c>append</c> with <c>filebytesdone</c>); null: nothing was said of it.</summary>
    public long? Start { get; init; }

    /// <summary>Words for a person.</summary>
    public string? Description { get; init; }

    /// <summary>The file's last change.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Of the whole file.</summary>
    public IReadOnlyList<FileHash> Hashes { get; init; } = [];

    /// <summary>Of the first <see cref="Start"/> bytes as the receiver has them.</summary>
    public IReadOnlyList<FileHash> PrefixHashes { get; init; } = [];

    private static KebabNames<JabberFsState> States { get; } = new();

    private static KebabNames<JabberFsAbort> Reasons { get; } = new();

    /// <summary>Whether a query is one of the old dialect: out-of-band data without a URL.</summary>
    public static bool IsLegacy(Element query) =>
        query.Is(Namespaces.OutOfBandIq, "query")
        && query.Child(Namespaces.OutOfBandIq, "url") is null
        && query.Children.Any(child => child.Namespace == Namespaces.OutOfBandIq && States.TryParse(child.Name, out _));

    /// <summary>Reads a query; on false <paramref name="error"/> is the answer to it. <see cref="ProblemAt"/> judges whether it fits its place.</summary>
    /// <param name="query">The iq's payload.</param>
    /// <param name="dialect">Which one it is to be.</param>
    /// <param name="iqId">The iq's id, which is the legacy dialect's sid.</param>
    public static bool TryParse(
        Element query, JabberFsDialect dialect, string iqId, [NotNullWhen(true)] out JabberFsStanza? stanza, [NotNullWhen(false)] out StanzaError? error)
    {
        (stanza, var problem) = new Reading(query, dialect).Read(iqId);
        error = stanza is null ? BadRequest(problem) : null;
        return stanza is not null;
    }

    /// <summary>What is missing for this place, or null.</summary>
    public string? ProblemAt(JabberFsPlace place, JabberFsDialect dialect) => (place, State) switch
    {
        (JabberFsPlace.SendProposal or JabberFsPlace.GetProposal, not JabberFsState.Connecting) => "a proposal says connecting",
        (JabberFsPlace.SendProposal, _) => Name is null ? "no filename" : Size is null ? "no filesize" : null,
        (JabberFsPlace.GetProposal, _) => Name is null ? "no filename" : Start is not null && Size is null ? "append without filesize" : null,
        (_, JabberFsState.Abort) => null,
        (JabberFsPlace.SendAnswer, JabberFsState.Listening) => PortProblem(dialect),
        (JabberFsPlace.SendAnswer, JabberFsState.Connecting) => null,
        (JabberFsPlace.GetAnswer, JabberFsState.Listening) => PortProblem(dialect) ?? (Size is null ? "no filesize" : null),
        (JabberFsPlace.GetAnswer, JabberFsState.Connecting) => Size is null ? "no filesize" : null,
        (JabberFsPlace.SendAnswer or JabberFsPlace.GetAnswer, _) => "no answer to a proposal",
        (_, JabberFsState.Listening) => PortProblem(dialect) ?? (Size is null ? "no filesize" : null),
        (_, JabberFsState.Connecting) => "this transfer was proposed already",
        _ => null,
    };

    /// <summary>The query. Writes what the dialect and the state have a place for, and leaves the rest out.</summary>
    public Element ToElement(JabberFsDialect dialect)
    {
        var native = dialect == JabberFsDialect.Native;
        var ns = native ? Namespaces.JabberFs : Namespaces.OutOfBandIq;
        var parts = new List<Element> { new(ns, States.ToWire(State), ("reason", native && Reason is { } reason ? Reasons.ToWire(reason) : null)) };
        if (State is JabberFsState.Connecting or JabberFsState.Listening) parts.AddRange(Descriptors(ns, native));
        if (State is JabberFsState.Complete)
        {
            if (Size is { } size) parts.Add(Number(ns, "filesize", size));
            parts.AddRange(Hashes.Select(hash => hash.ToElement()));
        }

        return new Element(ns, "query", ("sid", native ? Sid : null), parts);
    }

    /// <summary>The answer to what is malformed.</summary>
    public static StanzaError BadRequest(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);

    private List<Element> Descriptors(string ns, bool native)
    {
        var parts = new List<Element>();
        if (Start is not null) parts.Add(new Element(ns, "append"));
        parts.AddRange(Hosts.Take(native ? MostHosts : 1).Select(host => new Element(ns, "ip", host)));
        if (State == JabberFsState.Listening && Port is { } port) parts.Add(Number(ns, "port", port));
        if (State == JabberFsState.Listening && native && Token is not null) parts.Add(new Element(ns, "auth", Token));
        if (Name is not null) parts.Add(new Element(ns, "filename", XmlCharacters.Replace(Name)));
        if (Size is { } size) parts.Add(Number(ns, "filesize", size));
        if (Start is { } start) parts.Add(Number(ns, "filebytesdone", start));
        if (Description is not null) parts.Add(new Element(ns, "desc", XmlCharacters.Replace(Description)));
        if (!native) return parts;
        if (Modified is { } modified) parts.Add(new Element(ns, "date", XmppDateTime.Format(modified)));
        parts.AddRange(Hashes.Select(hash => hash.ToElement()));
        if (Start is not null && PrefixHashes.Count > 0) parts.Add(new Element(ns, "prefix-hash", PrefixHashes.Select(hash => hash.ToElement()).ToArray()));
        return parts;
    }

    private static Element Number(string ns, string name, long value) => new(ns, name, value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private string? PortProblem(JabberFsDialect dialect) =>
        Hosts.Count == 0 ? "no ip" : Port is null ? "no port" : dialect == JabberFsDialect.Native && Token is null ? "no auth" : null;

    /// <summary>One reading of a query: the first problem ends it.</summary>
    private sealed class Reading(Element query, JabberFsDialect dialect)
    {
        private readonly string _ns = dialect == JabberFsDialect.Native ? Namespaces.JabberFs : Namespaces.OutOfBandIq;
        private string? _problem;

        private bool IsNative => dialect == JabberFsDialect.Native;

        public (JabberFsStanza? Stanza, string Problem) Read(string iqId)
        {
            if (!query.Is(_ns, "query")) return (null, "not a jabberFS query");
            var sid = IsNative ? query.Attribute("sid") : iqId;
            if (sid is null || (IsNative ? !IsSid(sid) : sid.Length is 0 or > MostLegacyId)) return (null, "no sid, or not one");
            var states = query.Children.Where(child => child.Namespace == _ns).Select(StateOf).OfType<(JabberFsState Kind, Element Element)>().ToList();
            if (states.Count != 1) return (null, states.Count == 0 ? "no state" : "more than one state");
            var stanza = new JabberFsStanza(sid, states[0].Kind)
            {
                Reason = ReasonOf(states[0].Element, states[0].Kind),
                Hosts = Hosts(),
                Port = Port(),
                Token = Token(),
                Name = Name(),
                Size = Number("filesize"),
                Start = Start(),
                Description = Description(),
                Modified = XmppDateTime.Parse(Single("date")?.Text),
                Hashes = FileHash.ReadAll(query),
                PrefixHashes = Single("prefix-hash") is { } prefix ? FileHash.ReadAll(prefix) : [],
            };
            if (stanza.Start > stanza.Size) _ = Wrong<string>("filebytesdone is beyond filesize");
            return _problem is null ? (stanza, "") : (null, _problem);
        }

        // Longer ids are nobody's.
        private const int MostLegacyId = 256;

        private static (JabberFsState, Element)? StateOf(Element child) => States.TryParse(child.Name, out var state) ? (state, child) : null;

        private static bool IsSid(string sid) =>
            sid.Length is >= FewestSid and <= MostSid && sid.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

        private static JabberFsAbort? ReasonOf(Element state, JabberFsState kind)
        {
            if (kind != JabberFsState.Abort || state.Attribute("reason") is not { } text) return null;
            return Reasons.TryParse(text, out var reason) ? reason : JabberFsAbort.Error;
        }

        private Element? Single(string name)
        {
            Element? first = null;
            foreach (var child in query.ChildrenNamed(_ns, name))
            {
                if (first is not null && IsNative) _ = Wrong<string>($"{name} is there twice");
                first ??= child;
            }

            return first;
        }

        private List<string> Hosts()
        {
            var hosts = new List<string>();
            foreach (var child in query.ChildrenNamed(_ns, "ip"))
            {
                var host = child.TextLength > 300 ? "" : child.Text.Trim();
                if (host is ['[', .., ']']) host = host[1..^1];
                if (host.Length is 0 or > 255 || host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) || hosts.Contains(host)) continue;
                hosts.Add(host);
                if (hosts.Count == MostHosts) break;
            }

            return hosts;
        }

        private int? Port()
        {
            if (Number("port") is not { } port) return null;
            if (port is >= 1 and <= 65535) return (int)port;
            return Wrong<int?>("port is none");
        }

        private string? Token()
        {
            if (!IsNative || Single("auth") is not { } auth) return null;
            return JabberFsPreamble.IsToken(auth.Text) ? auth.Text : Wrong<string>("auth is no token");
        }

        private string? Name()
        {
            if (Single("filename") is not { } name) return null;
            if (name.TextLength is > 0 and <= MostNameBytes && Encoding.UTF8.GetByteCount(name.Text) <= MostNameBytes) return name.Text;
            return Wrong<string>("filename is empty or too long");
        }

        // Without append the number means nothing; append alone means 0 to the old.
        private long? Start()
        {
            var append = Single("append") is not null;
            var done = Number("filebytesdone", needed: append && IsNative);
            return append ? done ?? 0 : null;
        }

        private string? Description()
        {
            if (Single("desc") is not { } description) return null;
            var text = description.Text;
            if (text.Length <= MostDescription) return text;
            return text[..(char.IsHighSurrogate(text[MostDescription - 1]) ? MostDescription - 1 : MostDescription)];
        }

        private long? Number(string name, bool needed = false)
        {
            if (Single(name) is not { } element) return needed ? Wrong<long?>($"no {name}") : null;
            var text = element.TextLength > 40 ? "" : element.Text.Trim();
            if (long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value)) return value;
            return Wrong<long?>($"{name} is no number of bytes");
        }

        // The first problem is the one that is answered.
        private T? Wrong<T>(string problem)
        {
            _problem ??= problem;
            return default;
        }
    }
}
