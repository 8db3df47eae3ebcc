namespace Ferry.Daemon.Configuration;

/// <summary>The parts of ferryd whose keys there are. Keys of a part that is not <see cref="IsBuilt"/> are refused: an option that does nothing is a lie.</summary>
internal sealed record Part(string Name, bool IsBuilt)
{
    public static readonly Part Core = new("ferryd", IsBuilt: true);

    /// <summary>The SOCKS5 relay, <c>RELAY__…</c>.</summary>
    public static readonly Part Relay = new("the relay", IsBuilt: true);

    /// <summary>The HTTP bridge, <c>HTTP__…</c>.</summary>
    public static readonly Part Http = new("the HTTP bridge", IsBuilt: true);

    /// <summary>The file index, <c>INDEX__…</c>.</summary>
    public static readonly Part Index = new("the file index", IsBuilt: true);
}
