namespace Ferry.Testing.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to a connection.</summary>
public enum FaultKind
{
    /// <summary>Both ends see an end in order (FIN); what they still send is lost.</summary>
    Cut,

    /// <summary>Both ends see a reset.</summary>
    Reset,

    /// <summary>Nothing moves any more, in either direction, and nobody is told.</summary>
    Stall,

    /// <summary>Nothing moves any more in this direction, the other one goes on, and nobody is told.</summary>
    Mute,

    /// <summary>
    /// Whoever connected sees a reset; the other end is told nothing, as when a machine's address is another one from now on.
    /// </summary>
    Vanish,

    /// <summary>From here on only so many bytes a second move in this direction.</summary>
    Slow,
}
