namespace Ferry;

/// <summary>
/// The client could not connect, or its connection is gone for good. The end of a transfer is never an exception: it is an
/// <see cref="Outcome"/>.
/// </summary>
public sealed class FerryException : Exception
{
    /// <summary>Makes one.</summary>
    public FerryException(FailureReason reason, Side side, string message, string? hint = null, Exception? inner = null)
        : base(message, inner)
    {
        Reason = reason;
        Side = side;
        Hint = hint;
    }

    /// <summary>From the closed list.</summary>
    public FailureReason Reason { get; }

    /// <summary>Where the cause lies.</summary>
    public Side Side { get; }

    /// <summary>What to do next, or null.</summary>
    public string? Hint { get; }
}
