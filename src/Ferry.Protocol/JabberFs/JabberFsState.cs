namespace Ferry.Protocol.JabberFs;

/// <summary>The one state that every jabberFS stanza tells.</summary>
public enum JabberFsState
{
    /// <summary>I will connect: you open a port.</summary>
    Connecting,

    /// <summary>I opened the port given here: you connect.</summary>
    Listening,

    /// <summary>Nobody connected to my port; it is closed now.</summary>
    Timeout,

    /// <summary>Give up, clean up on both sides.</summary>
    Abort,

    /// <summary>Who asked for a file does not want one of this size.</summary>
    Block,

    /// <summary>The receiver has all bytes and has verified them.</summary>
    Complete,
}
