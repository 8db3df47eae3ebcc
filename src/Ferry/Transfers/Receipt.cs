using Ferry.Methods;

namespace Ferry.Transfers;

/// <summary>What the receiver said when it had every byte, in protocols that have a word for it.</summary>
/// <param name="Failure">Why it is no success after all; null: it is one.</param>
/// <param name="VerifiedBy">The hash that both ends are known to agree on; null: none.</param>
internal readonly record struct Receipt(MethodFailure? Failure, string? VerifiedBy);
