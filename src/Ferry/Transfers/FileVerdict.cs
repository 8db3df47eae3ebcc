using Ferry.Methods;

namespace Ferry.Transfers;

/// <summary>What is known at the end of a file's bytes: by which hash both ends agree, or nothing, or why it must not count.</summary>
/// <param name="VerifiedBy">The function's name, or null where nobody compared.</param>
/// <param name="Failure">Why it failed after all, or null.</param>
internal readonly record struct FileVerdict(string? VerifiedBy, MethodFailure? Failure = null);
