namespace Ferry.Protocol.JabberFs;

/// <summary>Where a stanza stands in a transfer; each place asks for other parts of it.</summary>
public enum JabberFsPlace
{
    /// <summary>An iq set that begins a transfer: I want to send this.</summary>
    SendProposal,

    /// <summary>An iq get: I want to have this.</summary>
    GetProposal,

    /// <summary>The result of a proposal to send.</summary>
    SendAnswer,

    /// <summary>The result of a proposal to get.</summary>
    GetAnswer,

    /// <summary>An iq set about a transfer that was proposed before.</summary>
    Update,
}
