using Ferry.Methods;
using Ferry.Protocol.JabberFs;

namespace Ferry.Offers.JabberFs;

/// <summary>What a side does with the file itself, while <see cref="JabberFsRun"/> looks after stanzas, ports and connections.</summary>
internal interface IJabberFsPart
{
    /// <summary>A proposal is to be decided: hand in Accept or Decline. Must return at once.</summary>
    void Ask(JabberFsRun run);

    /// <summary>Judges the answer to our proposal.</summary>
    Task<JabberFsInput> JudgeAsync(JabberFsStanza answer, CancellationToken cancellationToken);

    /// <summary>Moves the bytes over a channel that it owns from here on; Transferred or Failed.</summary>
    Task<JabberFsInput> MoveAsync(ByteChannel channel, long start, CancellationToken cancellationToken);

    /// <summary>At a receiver: whether what is here is what was promised; Verified or Failed.</summary>
    Task<JabberFsInput> VerifyAsync(CancellationToken cancellationToken);
}
