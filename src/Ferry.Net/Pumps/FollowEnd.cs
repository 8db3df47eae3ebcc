namespace Ferry.Net.Pumps;

/// <summary>What a <see cref="FollowingHash"/> found.</summary>
public enum FollowEnd
{
    /// <summary>The whole file is hashed, and its beginning is what it was.</summary>
    Whole,

    /// <summary>The beginning is not what the mark says.</summary>
    MarkDiffers,

    /// <summary>The file ended early.</summary>
    TooShort,
}
