namespace Ferry.Sharing;

/// <summary>What a <see cref="ShareStatus"/> tells.</summary>
public enum ShareStatusKind
{
    /// <summary>Files came, went or changed.</summary>
    Changed,

    /// <summary>Some of what is in the folders cannot be shared.</summary>
    LeftOut,

    /// <summary>The account's server has no index: peers can ask, nobody can search.</summary>
    NoIndex,

    /// <summary>The index has everything.</summary>
    Published,

    /// <summary>The index says no; it is tried again after the next log-in.</summary>
    Refused,
}
