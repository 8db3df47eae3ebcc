using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.JabberFs;

/// <summary>What happens to a <see cref="JabberFsTransfer"/>.</summary>
public abstract record JabberFsInput
{
    private JabberFsInput()
    {
    }

    /// <summary>Begin: send the proposal, or ask about the one that came.</summary>
    public sealed record Begin : JabberFsInput;

    /// <summary>The proposal was answered by a result that fits its place.</summary>
    public sealed record Answered(JabberFsStanza Stanza) : JabberFsInput;

    /// <summary>The proposal was answered by a result that cannot be followed.</summary>
    public sealed record AnswerUnreadable(string Problem) : JabberFsInput;

    /// <summary>The proposal was answered by an error.</summary>
    public sealed record Refused(StanzaError Error) : JabberFsInput;

    /// <summary>The peer's set about this transfer came, and fits its place; exactly one output answers it.</summary>
    public sealed record Arrived(JabberFsStanza Stanza, string RequestId) : JabberFsInput;

    /// <summary>Our set was answered by an error.</summary>
    /// <param name="State">What it had said.</param>
    /// <param name="Error">The answer.</param>
    public sealed record UpdateRefused(JabberFsState State, StanzaError Error) : JabberFsInput;

    /// <summary>The answerer wants it so.</summary>
    /// <param name="Size">Bytes of the whole file.</param>
    /// <param name="Start">Where the bytes begin; null: from the file's start, and nothing is said of it.</param>
    /// <param name="Hashes">Of the whole file, for an asker.</param>
    /// <param name="PrefixHashes">Of what the receiver has.</param>
    /// <param name="Modified">The file's last change, for an asker.</param>
    public sealed record Accept(
        long Size, long? Start, IReadOnlyList<FileHash> Hashes, IReadOnlyList<FileHash> PrefixHashes, DateTimeOffset? Modified = null) : JabberFsInput;

    /// <summary>The answerer does not.</summary>
    public sealed record Decline(JabberFsAbort Reason) : JabberFsInput;

    /// <summary>What the proposer thinks of the answer.</summary>
    /// <param name="Objection">Null: go on. <see cref="JabberFsAbort.SizeChanged"/> of an asker is a <c>block</c>.</param>
    /// <param name="Text">For people.</param>
    public sealed record Judged(JabberFsAbort? Objection, string Text = "") : JabberFsInput;

    /// <summary>A port is open for the peer.</summary>
    public sealed record PortOpen(IReadOnlyList<string> Hosts, int Port, string Token) : JabberFsInput;

    /// <summary>None could be opened that the peer could reach.</summary>
    public sealed record PortFailed(string Text) : JabberFsInput;

    /// <summary>Connected, in either direction, and the preamble is over.</summary>
    public sealed record Connected : JabberFsInput;

    /// <summary>The peer's port could not be connected to.</summary>
    public sealed record ConnectFailed(string Text) : JabberFsInput;

    /// <summary>Every byte was written and the peer has closed in order; or every byte was read and the connection is closed.</summary>
    public sealed record Transferred : JabberFsInput;

    /// <summary>This side cannot go on, or the connection broke.</summary>
    /// <param name="Reason">For the outcome.</param>
    /// <param name="Tell">What the peer is told; null where the connection broke, which says enough.</param>
    /// <param name="Text">For people.</param>
    public sealed record Failed(FailureReason Reason, JabberFsAbort? Tell, string Text) : JabberFsInput;

    /// <summary>What arrived is what was promised, and lies where it belongs.</summary>
    /// <param name="Hashes">Of the whole file as it lies there.</param>
    public sealed record Verified(IReadOnlyList<FileHash> Hashes) : JabberFsInput;

    /// <summary>Our <c>complete</c> was answered, whatever the answer says.</summary>
    public sealed record CompleteAnswered : JabberFsInput;

    /// <summary>The deadline has passed, or it may have.</summary>
    public sealed record Tick : JabberFsInput;

    /// <summary>This side gives up.</summary>
    public sealed record Cancel : JabberFsInput;

    /// <summary>The peer went offline.</summary>
    public sealed record PeerGone : JabberFsInput;

    /// <summary>The stream to our server was lost: nothing can be agreed on any more, but bytes that flow go on.</summary>
    public sealed record SessionLost : JabberFsInput;
}
