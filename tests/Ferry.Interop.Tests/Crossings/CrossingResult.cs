namespace Ferry.Interop.Tests.Crossings;

/// <summary>What became of a crossing.</summary>
public enum CrossingResult
{
    /// <summary>Something that no test expects.</summary>
    Wrong,

    /// <summary>As it should be.</summary>
    Right,

    /// <summary>The others lost the file, as they are known to, and Ferry named it.</summary>
    Lost,
}
