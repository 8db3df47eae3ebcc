using Ferry.Protocol.Hashes;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;

namespace Ferry.Protocol.JabberFs;

/// <summary>What a <see cref="JabberFsTransfer"/> wants done.</summary>
public abstract record JabberFsOutput
{
    private JabberFsOutput()
    {
    }

    /// <summary>Send the proposal; then hand in Answered, AnswerUnreadable or Refused.</summary>
    public sealed record SendProposal : JabberFsOutput;

    /// <summary>Answer the proposal with this result.</summary>
    public sealed record SendAnswer(JabberFsStanza Stanza) : JabberFsOutput;

    /// <summary>Send this as an iq set; hand in UpdateRefused or CompleteAnswered where its answer says so.</summary>
    public sealed record SendUpdate(JabberFsStanza Stanza) : JabberFsOutput;

    /// <summary>Answer the peer's set with an empty result.</summary>
    public sealed record Acknowledge(string RequestId) : JabberFsOutput;

    /// <summary>Answer the peer's set with an error.</summary>
    public sealed record RefuseUpdate(string RequestId, StanzaError Error) : JabberFsOutput;

    /// <summary>Ask the user, or a rule; hand in Accept or Decline.</summary>
    public sealed record AskUser : JabberFsOutput;

    /// <summary>Look at the answer's size, start and hashes; hand in Judged.</summary>
    public sealed record Judge(JabberFsStanza Answer) : JabberFsOutput;

    /// <summary>Open a port; hand in PortOpen or PortFailed, and Connected when the peer has come.</summary>
    public sealed record OpenPort : JabberFsOutput;

    /// <summary>Close the port; nothing needs to be handed in for it any more.</summary>
    public sealed record ClosePort : JabberFsOutput;

    /// <summary>Connect to the peer's port; hand in Connected or ConnectFailed.</summary>
    public sealed record Connect(IReadOnlyList<string> Hosts, int Port, string? Token) : JabberFsOutput;

    /// <summary>Stop connecting, or drop the connection there is; nothing needs to be handed in for it any more.</summary>
    public sealed record Drop : JabberFsOutput;

    /// <summary>The bytes may flow; hand in Transferred or Failed.</summary>
    public sealed record Move(long Start, long Size) : JabberFsOutput;

    /// <summary>All bytes are here: compare, give the file its name, hand in Verified or Failed.</summary>
    public sealed record Verify : JabberFsOutput;

    /// <summary>The end, and a good one.</summary>
    /// <param name="Confirmed">At a sender: the receiver said that it has the file. At a receiver: always.</param>
    /// <param name="Hashes">At a sender: what the receiver says the file hashes to; may be empty.</param>
    public sealed record Done(bool Confirmed, IReadOnlyList<FileHash> Hashes) : JabberFsOutput;

    /// <summary>The end without the file.</summary>
    /// <param name="Reason">For the outcome.</param>
    /// <param name="Told">What the peer gave as its reason; null where this side or the network ended it.</param>
    /// <param name="ByPeer">The peer ended it.</param>
    /// <param name="Text">For people.</param>
    public sealed record Ended(FailureReason Reason, JabberFsAbort? Told, bool ByPeer, string Text) : JabberFsOutput
    {
        /// <summary>The peer had no room for the proposal just then (<c>resource-constraint</c> of type <c>wait</c>): the same one may be made again later.</summary>
        public bool ForNow { get; init; }
    }
}
