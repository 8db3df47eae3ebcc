namespace Ferry.Protocol.FileIndex;

/// <summary>Who finds something in the index, its owner aside.</summary>
public enum Visibility
{
    /// <summary>Those who were granted it.</summary>
    Granted,

    /// <summary>All who may use the index.</summary>
    Everybody,
}
