namespace Ferry.Protocol.HttpBridge;

/// <summary>What a <see cref="ByteRange"/> is answered with.</summary>
public enum ByteRangeKind
{
    /// <summary>No range, or none that is understood: 200.</summary>
    Whole,

    /// <summary>One part: 206.</summary>
    Part,

    /// <summary>Nothing of the file is in it: 416.</summary>
    Unsatisfiable,
}
