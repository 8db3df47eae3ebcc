namespace Ferry.Interop.Tests.Peers;

/// <summary>How fast a server reads from each client.</summary>
public enum ServerShaper
{
    /// <summary>As fast as it can.</summary>
    None,

    /// <summary>As its package has it where an administrator switches it on or leaves it on: Prosody's mod_limits not configured, ejabberd's <c>normal</c>.</summary>
    Usual,
}
