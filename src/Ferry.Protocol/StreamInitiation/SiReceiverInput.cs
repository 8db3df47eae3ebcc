using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>What happens to an <see cref="SiReceiverNegotiation"/>.</summary>
public abstract record SiReceiverInput
{
    private SiReceiverInput()
    {
    }

    /// <summary>The offer came.</summary>
    public sealed record OfferArrived(SiOffer Offer) : SiReceiverInput;

    /// <summary>The user, or a policy, takes the file.</summary>
    /// <param name="MethodOrder">The methods that may be used, best first; those that were not offered are passed over.</param>
    /// <param name="Range">The part wanted; only where the offer has ranges.</param>
    public sealed record UserAccepted(IReadOnlyList<string> MethodOrder, SiRange? Range = null) : SiReceiverInput;

    /// <summary>The user, or a policy, does not; see <see cref="SiErrors"/>.</summary>
    public sealed record UserDeclined(StanzaError Error) : SiReceiverInput;

    /// <summary>The sender asks to open a stream with the offer's id.</summary>
    /// <param name="Method">By which method.</param>
    /// <param name="RequestId">The iq's id, given back in the output that says what to do with it.</param>
    public sealed record OpenArrived(string Method, string RequestId) : SiReceiverInput;

    /// <summary>The method under way has its stream; its request has been answered.</summary>
    public sealed record MethodSucceeded(string Method) : SiReceiverInput;

    /// <summary>The method under way failed; its request has been answered by an error.</summary>
    public sealed record MethodFailed(string Method, string Text) : SiReceiverInput;

    /// <summary>The deadline has passed, or it may have.</summary>
    public sealed record Tick : SiReceiverInput;

    /// <summary>This side gives up.</summary>
    public sealed record Cancel : SiReceiverInput;

    /// <summary>The peer went offline.</summary>
    public sealed record PeerGone : SiReceiverInput;
}
