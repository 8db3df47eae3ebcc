namespace Ferry.Net.Relaying;

/// <summary>How a joined pair ended.</summary>
public enum RelayEnding
{
    /// <summary>Both sides closed, and every byte before that was passed on.</summary>
    Done,

    /// <summary>The first connection was reset, or could not be written to.</summary>
    FirstLost,

    /// <summary>The second connection was reset, or could not be written to.</summary>
    SecondLost,

    /// <summary>No byte moved for the whole idle time.</summary>
    Idle,

    /// <summary>One side sent more than the transfer may have.</summary>
    TooLarge,

    /// <summary>It was ended from outside: the relay stops.</summary>
    Cancelled,
}
