using System.Diagnostics.CodeAnalysis;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.Xml;

namespace Ferry.Protocol.FileIndex;

/// <summary>What the index says no with.</summary>
public static class IndexErrors
{
    /// <summary>A path that nobody may have.</summary>
    public static StanzaError BadPath { get; } = new(ErrorType.Modify, ErrorCondition.NotAcceptable, "the path is none, or its last part is not the file's name");

    /// <summary>Who asks may not use the index.</summary>
    public static StanzaError Stranger { get; } = new(ErrorType.Auth, ErrorCondition.Forbidden, "this index is not open to you");

    /// <summary>Nothing was searched for.</summary>
    public static StanzaError Empty { get; } = new(ErrorType.Modify, ErrorCondition.NotAcceptable, "say what to search for");

    /// <summary>More at one time than is given.</summary>
    public static StanzaError TooMany(string text) => new(ErrorType.Modify, ErrorCondition.PolicyViolation, text);

    /// <summary>A quota is used up.</summary>
    public static StanzaError Quota(string text) => new(ErrorType.Wait, ErrorCondition.ResourceConstraint, text);

    /// <summary>A search that was given up, or not begun beside others of the same account.</summary>
    public static StanzaError TooSlow { get; } = new(ErrorType.Wait, ErrorCondition.ResourceConstraint, "that takes too long: wait for what you asked before, or say more of what you look for");

    public static StanzaError Bad(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);

    /// <summary>There is none such, or it is not for who asks: the same answer.</summary>
    public static StanzaError NotFound { get; } = new(ErrorType.Cancel, ErrorCondition.ItemNotFound);

    /// <summary>The owner of a file is not there now.</summary>
    public static StanzaError OwnerAway { get; } = new(ErrorType.Wait, ErrorCondition.RecipientUnavailable, "its owner is not online");

    /// <summary>The generation does not follow the last one: everything must be published again.</summary>
    public static StanzaError Gap { get; } = new(ErrorType.Cancel, ErrorCondition.Conflict, null, new Element(Namespaces.FileIndex, "resync"));

    /// <summary>Whether an error asks for everything again.</summary>
    public static bool WantsResync([NotNullWhen(true)] StanzaError? error) =>
        error is { Condition: ErrorCondition.Conflict, Application: { } application } && application.Is(Namespaces.FileIndex, "resync");
}
