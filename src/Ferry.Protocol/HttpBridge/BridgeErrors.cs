using Ferry.Protocol.Stanzas;

namespace Ferry.Protocol.HttpBridge;

/// <summary>
/// What the proxy answers when a connect or an activation cannot be done; on the wire with the codes 404, 409 and 500 that the bridge's
/// document of 2007 names. What is malformed has its error from the payload's own <c>TryParse</c>.
/// </summary>
public static class BridgeErrors
{
    /// <summary>Who asks may not use the proxy.</summary>
    public static StanzaError Forbidden { get; } = new(ErrorType.Auth, ErrorCondition.Forbidden);

    /// <summary>To a connect: none of its streamhosts can be reached. To an activation: nobody is on the receiver's side.</summary>
    public static StanzaError NotFound { get; } = new(ErrorType.Cancel, ErrorCondition.ItemNotFound);

    /// <summary>To a connect: the stream has its receiver. To an activation: it was activated before.</summary>
    public static StanzaError Conflict { get; } = new(ErrorType.Cancel, ErrorCondition.Conflict);

    /// <summary>As many transfers as may run are running.</summary>
    public static StanzaError TooMany { get; } = new(ErrorType.Wait, ErrorCondition.ResourceConstraint);

    /// <summary>A fault of our own.</summary>
    public static StanzaError Internal { get; } = new(ErrorType.Wait, ErrorCondition.InternalServerError);

    /// <summary>An activation by a SOCKS5 sender whose own connection is missing (XEP-0065 section 6.3.5).</summary>
    public static StanzaError SenderNotConnected { get; } = new(ErrorType.Cancel, ErrorCondition.NotAllowed);

    /// <summary>The HTTP side does not run.</summary>
    public static StanzaError Unavailable { get; } = new(ErrorType.Cancel, ErrorCondition.ServiceUnavailable);

    internal static StanzaError BadRequest(string text) => new(ErrorType.Modify, ErrorCondition.BadRequest, text);
}
