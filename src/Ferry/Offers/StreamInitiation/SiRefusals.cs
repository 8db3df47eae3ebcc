using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;

namespace Ferry.Offers.StreamInitiation;

/// <summary>What the sender is told when a file cannot be stored here. XEP-0096 has no words for it: any cancel error works, the text names it.</summary>
internal static class SiRefusals
{
    public static StanzaError For(FailureReason reason) => reason switch
    {
        FailureReason.TooLarge => SiErrors.TooLarge with { Text = "the file is larger than the receiver takes" },
        FailureReason.DiskFull => new StanzaError(ErrorType.Cancel, ErrorCondition.ResourceConstraint, "the receiver's disk is full"),
        FailureReason.Permission => new StanzaError(ErrorType.Cancel, ErrorCondition.NotAllowed, "the receiver may not write there"),
        FailureReason.Exists => new StanzaError(ErrorType.Cancel, ErrorCondition.Forbidden, "the receiver has a file of that name"),
        FailureReason.Io => new StanzaError(ErrorType.Cancel, ErrorCondition.InternalServerError, "the receiver cannot store the file"),
        _ => SiErrors.Declined,
    };
}
