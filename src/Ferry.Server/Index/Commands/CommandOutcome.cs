using Ferry.Protocol.Forms;
using Ferry.Protocol.Stanzas;

namespace Ferry.Server.Index.Commands;

/// <summary>How a command ended.</summary>
/// <param name="Table">A result, or null.</param>
/// <param name="Note">Some words, or null.</param>
/// <param name="Error">It was refused; then there is nothing else.</param>
internal sealed record CommandOutcome(DataForm? Table, string? Note, StanzaError? Error = null)
{
    public static implicit operator CommandOutcome(StanzaError error) => new(null, null, error);
}
