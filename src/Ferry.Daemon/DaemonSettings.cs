using System.Net;

namespace Ferry.Daemon;

/// <summary>What the environment says: <c>FERRYD_</c> and the key (docs/server.md lists them).</summary>
internal sealed record DaemonSettings(string Domain, IReadOnlyList<IPEndPoint> Listen, string? CertificateFile, string DataFolder)
{
    private const string Prefix = "FERRYD_";
    private static readonly string[] Known = ["XMPP__DOMAIN", "XMPP__LISTEN", "XMPP__CERTFILE", "DATA"];

    /// <summary>Reads the settings; the second is what is wrong with them, for a person.</summary>
    public static (DaemonSettings? Settings, string? Error) Read(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var name in environment.Keys.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
        {
            var key = name[Prefix.Length..];
            if (!Known.Contains(key, StringComparer.OrdinalIgnoreCase)) return (null, $"{name}: there is no such key; the nearest is {Prefix}{Nearest(key)}");
        }

        var listen = new List<IPEndPoint>();
        foreach (var part in (Value("XMPP__LISTEN") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!part.Contains(':', StringComparison.Ordinal) || !IPEndPoint.TryParse(part, out var endpoint)) return (null, $"{Prefix}XMPP__LISTEN: '{part}' is not ADDRESS:PORT");
            listen.Add(endpoint);
        }

        return (new DaemonSettings(Value("XMPP__DOMAIN") ?? "localhost", listen, Value("XMPP__CERTFILE"), Value("DATA") ?? DefaultData()), null);

        string? Value(string key) => environment.FirstOrDefault(entry => entry.Key.Equals(Prefix + key, StringComparison.OrdinalIgnoreCase)).Value is { Length: > 0 } value ? value : null;

        string DefaultData() => environment.TryGetValue("XDG_STATE_HOME", out var state) && Path.IsPathRooted(state)
            ? Path.Combine(state, "ferry", "server")
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state", "ferry", "server"); // where `ferry account` looks, too
    }

    private static string Nearest(string key) => Known.MinBy(known => Distance(key.ToUpperInvariant(), known))!;

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
