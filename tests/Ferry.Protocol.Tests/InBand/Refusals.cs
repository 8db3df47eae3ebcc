using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.Tests.InBand;

/// <summary>What peers and servers answer to blocks, opens and closes.</summary>
internal static class Refusals
{
    public static StanzaError ForNow { get; } = new(ErrorType.Wait, ErrorCondition.RecipientUnavailable);

    public static StanzaError SmallerBlocks { get; } = new(ErrorType.Modify, ErrorCondition.ResourceConstraint);

    /// <summary>The server's word for a peer that is gone.</summary>
    public static StanzaError Away { get; } = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);
}
