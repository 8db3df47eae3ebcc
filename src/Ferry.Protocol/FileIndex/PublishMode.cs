namespace Ferry.Protocol.FileIndex;

/// <summary>What a publish stands for.</summary>
public enum PublishMode
{
    /// <summary>Changes since the last generation.</summary>
    Delta,

    /// <summary>A part of everything there is; what no part of the series names goes at its commit.</summary>
    Full,
}
