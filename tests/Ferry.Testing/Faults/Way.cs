namespace Ferry.Testing.Faults;

/// <summary>A direction through a <see cref="FaultProxy"/>.</summary>
public enum Way
{
    /// <summary>From whoever connected to the proxy.</summary>
    Up,

    /// <summary>To whoever connected to the proxy.</summary>
    Down,
}
