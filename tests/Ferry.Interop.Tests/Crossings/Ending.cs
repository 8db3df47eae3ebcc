namespace Ferry.Interop.Tests.Crossings;

/// <summary>What is sent, and how it is meant to end.</summary>
public enum Ending
{
    /// <summary>0 bytes arrive.</summary>
    Empty,

    /// <summary>1 byte arrives.</summary>
    OneByte,

    /// <summary>3,000,000 bytes arrive.</summary>
    ThreeMegabytes,

    /// <summary>A file whose name has quotes, angle brackets, blanks and letters beyond ASCII arrives under it.</summary>
    DifficultName,

    /// <summary>
    /// A file that was broken off midway and is sent once more arrives: only what was missing where both sides can, else the whole file anew.
    /// </summary>
    Resumed,

    /// <summary>The receiver says no.</summary>
    Declined,

    /// <summary>The sender gives up midway.</summary>
    CancelledBySender,

    /// <summary>The receiver gives up midway.</summary>
    CancelledByReceiver,
}
