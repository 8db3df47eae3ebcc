using System.Globalization;
using System.Text;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>The text of <c>docs/interop.md</c>.</summary>
internal sealed class CrossingReport(IReadOnlyDictionary<Crossing, CrossingResult> results, DateTimeOffset now, SoftwareVersions versions)
{
    private static readonly (Ending Ending, string Title)[] Columns =
    [
        (Ending.Empty, "0 B"),
        (Ending.OneByte, "1 B"),
        (Ending.ThreeMegabytes, "3 MB"),
        (Ending.DifficultName, "difficult name"),
        (Ending.Resumed, "once more"),
        (Ending.Declined, "declined"),
        (Ending.CancelledBySender, "sender cancels"),
        (Ending.CancelledByReceiver, "receiver cancels"),
    ];

    public override string ToString()
    {
        var text = new StringBuilder(Introduction());
        text.Append("| from → to | server | offer | method |").AppendJoin("|", Columns.Select(column => $" {column.Title} ")).AppendLine("|");
        text.Append("|---|---|---|---|").Insert(text.Length, "---|", Columns.Length).AppendLine();
        foreach (var way in Crossing.All.Select(crossing => crossing.Way).Distinct()) text.AppendLine(Row(way));
        text.AppendLine();
        for (var number = 1; number <= CrossingNotes.Count; number++) text.AppendLine(CultureInfo.InvariantCulture, $"{CrossingNotes.Mark(number)} {CrossingNotes.Text(number)}").AppendLine();
        return text.Append(Words).ToString();
    }

    private string Introduction() => string.Create(CultureInfo.InvariantCulture, $"""
        # Does it work with my client?

        Ferry sends to and receives from every client that has Jingle (XEP-0166, XEP-0234) or stream initiation (XEP-0095, XEP-0096), by SOCKS5, directly or by the
        server's proxy, and in-band. That is Gajim, Libervia, Pidgin, Adium, Finch and BitlBee (they are libpurple), bots on slixmpp, and by its specification
        also Conversations, Dino, Psi, Spark, Miranda and QXmpp's clients, which are not run here.

        The table below is no claim but a result: `ferry send` or `ferry receive` on one side, the real library on the other, a real server between them: one that others
        wrote, or Ferry's own with its relay as the proxy (`ferry up`). Each cell is one test; wherever a file arrives the SHA-256 of both ends is compared.

        **Run of {now:yyyy-MM-dd}: {Count(CrossingResult.Right)} of {results.Count} as they should be, {Count(CrossingResult.Lost)} lost by others, {Count(CrossingResult.Wrong)} wrong.**
        {versions.Distribution}: Prosody {versions.Prosody}, ejabberd {versions.Ejabberd}, slixmpp {versions.Slixmpp}, libpurple {versions.Libpurple}, Libervia {versions.Libervia}, Gajim {versions.Gajim}.


        """);

    private int Count(CrossingResult result) => results.Values.Count(one => one == result);

    private string Row(Crossing way)
    {
        var direction = way.FerrySends ? $"Ferry → {way.Peer}" : $"{way.Peer} → Ferry";
        return $"| {direction} | {way.Server} | {way.Offer} | {way.Via} | {string.Join(" | ", Columns.Select(column => Cell(way with { Ending = column.Ending })))} |";
    }

    private string Cell(Crossing crossing)
    {
        if (!Crossing.All.Contains(crossing)) return "–";
        if (!results.TryGetValue(crossing, out var result)) return "not run";
        var word = result switch { CrossingResult.Right => "✓", CrossingResult.Lost => "lost", _ => "✗" };
        return $"{word} {CrossingNotes.Marks(crossing)}".TrimEnd();
    }

    private const string Words = """
        ## What the words mean

        | word | meaning |
        |---|---|
        | ✓ | as it should be: the file arrived and both ends agree on it; or both ends know that it did not, Ferry under the right name and with nothing under the file's name in the receiver's folder |
        | lost | the others lost it, Ferry noticed and said so; the note says who |
        | ✗ | neither |
        | – | there is no such thing: see below |
        | offer `si` | stream initiation: name and size are offered, the receiver agrees |
        | offer `jingle` | a Jingle session with one file |
        | offer `none` | a bytestream out of the blue, as some bots open it (`--offer none`) |
        | `s5b-direct` | SOCKS5, straight from the sender to the receiver |
        | `s5b-proxy` | SOCKS5 by the server's own proxy |
        | `ibb`, `ibb-message` | in-band through the server, the blocks in requests or in messages (`--ibb-messages`) |
        | difficult name | `Ünï çødé "q" & <x> 'y'.bin` arrives under its name |
        | once more | broken off midway and sent once more: the rest alone is sent and the whole file is right |
        | declined | the receiver refuses the offer, and the sender is told |
        | sender, receiver cancels | midway; the other side is told |

        **What there is no such thing of.** A bare stream (`none`) has no name, no parts and nothing to decline, and its end is its end: a receiver can't tell it from a
        sender's cancelling. libpurple sends no empty file (`ft.c`, `purple_xfer_request_accepted`: "Cannot send a file of 0 bytes"), has nothing without
        stream initiation, and drops in-band data in messages. slixmpp listens for no SOCKS5 connection (`xep_0065/proxy.py` offers proxies only), so nothing goes
        from it directly. Libervia sends everything or nothing (`plugin_xep_0096.py`, `_parseRange`: "FIXME"), and its frontends have no command that stops a transfer; it is
        run at Prosody alone, for its one daemon remembers the proxy of a domain, and all servers here are `localhost`. Gajim sends no empty file (`filetransfer.py`,
        `get_send_file_props`: "It is not possible to send empty files"), fails when its user takes one (`set_status`), knows nothing of parts, and never connects to 127.0.0.1,
        where the tests' ejabberd has its proxy.

        **Gajim 1.7.3 takes no file as Debian has it**: it acknowledges the offer and then fails (`jingle_session.py`, `__parse_contents`: "missing 1 required positional
        argument: 'file_props'"); Ferry ends with `timeout` (`GajimTests`). The plugin `Peers/gajim_receiving` gives back what is missing there and in nbxmpp's in-band
        streams; put into Gajim's folder of plugins it helps people, too. The rows *Ferry → Gajim* have it.

        ## What people do besides

        Each of these is a test, too (`ContactTests`, `BothWaysTests`, `ResumeTests`, `ShapedServerTests`, `JingleFallbackTests`):

        - with both libraries: several files one after the other, in either direction, under names in Hebrew, Cyrillic, Japanese and emoji, up to 224 bytes long;
        - with both: a contact by its bare address; of its clients the one that takes files is found, and between two such Ferry doesn't guess (`ambiguous-peer`);
        - with both: each sends the other a file at the same time;
        - with slixmpp: another file of the same name and size after a broken one begins anew;
        - with slixmpp: in-band through servers that read only 3 or 10 kB/s from each client;
        - with Gajim and Libervia: in-band in the same session where SOCKS5 was agreed on and failed.

        **Pidgin and its kin** want the other in their contacts, as `ferry contact add` makes it: they offer nothing to a bare address whose presence
        they don't see, and nothing a second time even to a full one (`jabber.c`, `jabber_can_receive_file`), without a word.
        Where such a contact asks to see a Ferry that takes its files (`ferry receive --from`), Ferry says that it is there, and gets as many as there are (`PurpleUnseenTests`).

        ## How it is made

        `FERRY_TEST_LONG=1 artifacts/bin/Ferry.Interop.Tests/debug/Ferry.Interop.Tests -class '*.CrossingTests'` runs everything and writes this file: change the
        tests (`tests/Ferry.Interop.Tests/Crossings`), not the file. The peers are programs of ours on the libraries (`Peers/slixmpp_peer.py`, `Peers/purple_peer.c`): they
        start what the library has and print what it says. Gajim is the program that Debian has, under Xvfb and on a session bus of its own; `Peers/gajim_peer.py` calls what its
        windows call. Libervia is the daemon that Debian has, on a session bus of its own; `Peers/libervia_peer.py` calls what its
        frontends call. Prosody and ejabberd run on free loopback ports without shapers.

        `./test.sh` runs one cell of each row, another one every day, so that eight days have them all, and of the rows through Ferry's own server a third, so that 24 days have them all; a peer or server that is missing is a failure.
        `FERRY_TEST_SEED=N` runs those of another day, `FERRY_TEST_CROSSINGS=TEXT` all with this text in their name, such as
        `FERRY_TEST_CROSSINGS='ejabberd: Ferry to libpurple'`.

        """;
}
