using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Transfers;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.StreamInitiation;

/// <summary>The refusals of an offer, one value each (XEP-0095 section 3.3), and what the refusals of others mean.</summary>
public static class SiErrors
{
    /// <summary>The user says no.</summary>
    public static StanzaError Declined { get; } = new(ErrorType.Cancel, ErrorCondition.Forbidden, "Offer Declined");

    /// <summary>None of the offered stream methods can be used here.</summary>
    public static StanzaError NoValidStreams { get; } =
        new(ErrorType.Cancel, ErrorCondition.BadRequest, Application: new Element(Namespaces.StreamInitiation, "no-valid-streams"));

    /// <summary>The offer is for something else than a file.</summary>
    public static StanzaError BadProfile { get; } =
        new(ErrorType.Modify, ErrorCondition.BadRequest, Application: new Element(Namespaces.StreamInitiation, "bad-profile"));

    /// <summary>The feature negotiation holds no form.</summary>
    public static StanzaError NoForm { get; } = new(ErrorType.Cancel, ErrorCondition.NotAcceptable, "no form");

    /// <summary>An offer with this id is under way already.</summary>
    public static StanzaError Duplicate { get; } = new(ErrorType.Cancel, ErrorCondition.Conflict);

    /// <summary>The file is larger than this side takes, or a quota is full.</summary>
    public static StanzaError TooLarge { get; } = new(ErrorType.Cancel, ErrorCondition.ResourceConstraint);

    /// <summary>The sender may not talk to us: the same answer as from somebody who has no file transfer, so that nothing is told.</summary>
    public static StanzaError Stranger { get; } = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    /// <summary>A stream stanza for an id that was not negotiated, or that is not wanted any more.</summary>
    public static StanzaError NotNegotiated { get; } = new(ErrorType.Cancel, ErrorCondition.NotAcceptable);

    /// <summary>The offer is malformed.</summary>
    public static StanzaError BadRequest(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);

    /// <summary>
    /// Why an offer that was answered by <paramref name="error"/> failed. Every error is final for its offer; what says nothing clear counts as
    /// a refusal, since clients decline in many ways.
    /// </summary>
    public static FailureReason ReasonOf(StanzaError error)
    {
        if (error.Application is { Namespace: Namespaces.StreamInitiation } application)
        {
            if (application.Name == "no-valid-streams") return FailureReason.NoMethod;
            if (application.Name == "bad-profile") return FailureReason.NotSupported;
        }

        return error.Condition switch
        {
            ErrorCondition.BadRequest or ErrorCondition.JidMalformed or ErrorCondition.UnexpectedRequest or ErrorCondition.Conflict => FailureReason.Protocol,
            ErrorCondition.FeatureNotImplemented or ErrorCondition.ServiceUnavailable => FailureReason.NotSupported,
            ErrorCondition.ItemNotFound or ErrorCondition.RecipientUnavailable or ErrorCondition.Gone or ErrorCondition.Redirect
                or ErrorCondition.RemoteServerNotFound => FailureReason.Absent,
            ErrorCondition.RemoteServerTimeout => FailureReason.Timeout,
            _ => FailureReason.Refused,
        };
    }
}
