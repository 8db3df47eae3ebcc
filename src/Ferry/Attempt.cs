namespace Ferry;

/// <summary>What became of one way to carry the bytes.</summary>
public enum AttemptResult
{
    /// <summary>It is being tried.</summary>
    Started,

    /// <summary>It did not work; the next one is tried, if there is one.</summary>
    Failed,

    /// <summary>It carries the bytes.</summary>
    Chosen,
}

/// <summary>A report about one attempt.</summary>
/// <param name="Transfer">The transfer's id.</param>
/// <param name="Offer">The offer's name.</param>
/// <param name="Method">The method's name.</param>
/// <param name="Result">What became of it.</param>
/// <param name="Reason">Why it failed, for a person; null otherwise.</param>
public sealed record Attempt(string Transfer, string Offer, string Method, AttemptResult Result, string? Reason = null);
