namespace Ferry.Interop.Tests.Crossings;

/// <summary>A way for a file between Ferry and a peer through a server, and its ending: one cell of the table in <c>docs/interop.md</c>.</summary>
/// <param name="Server">The server's name.</param>
/// <param name="Peer"><c>slixmpp</c> or <c>libpurple</c>.</param>
/// <param name="FerrySends">Whether the peer receives.</param>
/// <param name="Offer">As <c>--offer</c>.</param>
/// <param name="Via">As <c>--via</c>.</param>
/// <param name="Ending">What is sent, and how it ends.</param>
public sealed record Crossing(string Server, string Peer, bool FerrySends, string Offer, string Via, Ending Ending)
{
    public const string Slixmpp = "slixmpp";
    public const string Libpurple = "libpurple";
    private const string SeedVariable = "FERRY_TEST_SEED";
    private const int UsualSeed = 1;

    /// <summary>Every way that each peer has. slixmpp listens for no SOCKS5 connection, so it cannot send without a proxy; libpurple has nothing without SI.</summary>
    private static readonly (string Peer, bool FerrySends, string Offer, string Via)[] Ways =
    [
        (Slixmpp, true, "si", "s5b-direct"),
        (Slixmpp, true, "si", "s5b-proxy"),
        (Slixmpp, true, "si", "ibb"),
        (Slixmpp, true, "none", "s5b-direct"),
        (Slixmpp, true, "none", "s5b-proxy"),
        (Slixmpp, true, "none", "ibb"),
        (Slixmpp, false, "si", "s5b-proxy"),
        (Slixmpp, false, "si", "ibb"),
        (Slixmpp, false, "none", "s5b-proxy"),
        (Slixmpp, false, "none", "ibb"),
        (Libpurple, true, "si", "s5b-direct"),
        (Libpurple, true, "si", "s5b-proxy"),
        (Libpurple, true, "si", "ibb"),
        (Libpurple, false, "si", "s5b-direct"),
        (Libpurple, false, "si", "s5b-proxy"),
        (Libpurple, false, "si", "ibb"),
    ];

    /// <summary>All that exist.</summary>
    public static IReadOnlyList<Crossing> All { get; } =
    [
        .. from server in new[] { "Prosody", "ejabberd" }
           from way in Ways
           from ending in Enum.GetValues<Ending>()
           let crossing = new Crossing(server, way.Peer, way.FerrySends, way.Offer, way.Via, ending)
           where crossing.Impossible is null
           select crossing,
    ];

    /// <summary>
    /// Those of this run: all with <c>FERRY_TEST_LONG</c>, else of each way one in which the file arrives and one in which it doesn't, drawn by the seed
    /// <c>FERRY_TEST_SEED</c> (1). <c>FERRY_TEST_CROSSINGS</c> has all those with this text in their name instead.
    /// </summary>
    public static IEnumerable<Crossing> Chosen()
    {
        if (Environment.GetEnvironmentVariable("FERRY_TEST_CROSSINGS") is { Length: > 0 } part) return All.Where(crossing => crossing.ToString().Contains(part, StringComparison.Ordinal));
        if (IsLong) return All;
        var seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given) ? given : UsualSeed;
        var random = new Random(seed);
        return All.GroupBy(crossing => (crossing with { Ending = default }, crossing.Arrives)).Select(way => way.ElementAt(random.Next(way.Count())));
    }

    public static bool IsLong => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("FERRY_TEST_LONG"));

    /// <summary>Whether the whole file is meant to arrive.</summary>
    public bool Arrives => Ending is Ending.Empty or Ending.OneByte or Ending.ThreeMegabytes or Ending.DifficultName;

    /// <summary>Why the peer or the protocol has no such crossing; null where it has.</summary>
    public string? Impossible => this switch
    {
        { Offer: "none", Ending: Ending.DifficultName or Ending.Declined } => "a bare stream has no name and nothing to decline",
        { Offer: "none", FerrySends: false, Ending: Ending.CancelledBySender } => "the end of a bare stream is its end, whatever the sender meant",
        { Peer: Libpurple, FerrySends: false, Ending: Ending.Empty } => "libpurple sends no empty file",
        _ => null,
    };

    public override string ToString() =>
        FerrySends ? $"{Server}: Ferry to {Peer}, {Offer}, {Via}, {Ending}" : $"{Server}: {Peer} to Ferry, {Offer}, {Via}, {Ending}";
}
