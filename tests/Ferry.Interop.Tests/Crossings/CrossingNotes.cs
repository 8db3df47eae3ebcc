namespace Ferry.Interop.Tests.Crossings;

/// <summary>What is peculiar to a peer or a server, and is no fault of Ferry's: the notes below the table, each with where it stands in the others' source.</summary>
internal static class CrossingNotes
{
    private static readonly (Func<Crossing, bool> Applies, string Text)[] Notes =
    [
        (IsBegunAnew,
            "libpurple neither offers parts of a file nor asks for them (`protocols/jabber/si.c` writes and reads no `<range/>`): the file is sent anew and arrives whole, and nothing of the broken one is left."),
        (IsTakenForCancelled,
            "The transfer ends well at Ferry; libpurple tells its user that it was cancelled, since it takes the size 0 for *unknown* and then every end for an early one (`ft.c`, `purple_xfer_read`)."),
        (MayBeLost,
            "libpurple, like Gajim (`socks5.py`, `Socks5Client.main`), writes and closes before the proxy has activated the stream (`protocols/jabber/si.c`, `jabber_si_bytestreams_connect_cb`, says so itself). Prosody reads a paused connection all the same once it was closed (`net/server_epoll.lua` watches for the end in `pause`, too), and `mod_proxy65` takes the file's first bytes for a broken SOCKS5 request and drops the connection: a small file is usually lost, a big one seldom. No receiver can have it. Ferry says `no-method`, in Jingle `cancelled-by-peer`; the senders say *sent*. Directly, in-band, or through ejabberd's proxy it arrives."),
        (NeverLooks,
            "slixmpp's sender waits for ever: `xep_0065/socks5.py` awaits room in its socket, and nothing wakes it when the connection is lost. Ferry has ended, and nothing lies under the file's name."),
        (TakesTheCloseForTheEnd,
            "slixmpp has no word for *cancelled*: its stream ends, and its user has to see that bytes are missing."),
        (IsReplaced,
            "Libervia offers SOCKS5 whatever the other has, and by its own proxy it ends in `proxy-error` nearly always: Ferry allows `s5b-proxy,ibb`, and in-band is what Libervia replaces SOCKS5 by."),
        (NeverEnds,
            "The transfer ends well at Ferry; Libervia, as the receiver of an empty file by SOCKS5, waits for its first byte for ever."),
    ];

    public static int Count => Notes.Length;

    /// <summary>How libpurple sees an empty file by SOCKS5.</summary>
    public static bool IsTakenForCancelled(Crossing crossing) =>
        crossing is { Peer: Crossing.Libpurple, FerrySends: true, Ending: Ending.Empty, Via: "s5b-direct" or "s5b-proxy" };

    /// <summary>Nobody's receiver can have the file; Ferry's is to say so at once.</summary>
    public static bool MayBeLost(Crossing crossing) =>
        crossing is { Server: Crossing.Prosody, Peer: Crossing.Libpurple or Crossing.Gajim, FerrySends: false, Via: "s5b-proxy", Arrives: true };

    /// <summary>The sender never hears of the receiver's cancelling.</summary>
    public static bool NeverLooks(Crossing crossing) =>
        crossing is { Peer: Crossing.Slixmpp, FerrySends: false, Via: "s5b-proxy", Ending: Ending.CancelledByReceiver };

    /// <summary>The receiver waits for a first byte.</summary>
    public static bool NeverEnds(Crossing crossing) =>
        crossing is { Peer: Crossing.Libervia, FerrySends: true, Ending: Ending.Empty, Via: "s5b-direct" or "s5b-proxy" };

    /// <summary>The numbers of the notes on a crossing, as small raised digits.</summary>
    public static string Marks(Crossing crossing) =>
        string.Join(' ', Enumerable.Range(1, Count).Where(number => Notes[number - 1].Applies(crossing)).Select(Mark));

    public static string Mark(int number) => "¹²³⁴⁵⁶⁷⁸⁹"[number - 1].ToString();

    public static string Text(int number) => Notes[number - 1].Text;

    private static bool IsBegunAnew(Crossing crossing) => crossing is { Peer: Crossing.Libpurple, Ending: Ending.Resumed };

    private static bool IsReplaced(Crossing crossing) => crossing is { Peer: Crossing.Libervia, FerrySends: false, Offer: "jingle", Via: "ibb" };

    private static bool TakesTheCloseForTheEnd(Crossing crossing) =>
        crossing is { Peer: Crossing.Slixmpp, FerrySends: true, Ending: Ending.CancelledBySender };
}
