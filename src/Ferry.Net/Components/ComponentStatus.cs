namespace Ferry.Net.Components;

/// <summary>Where a component stands.</summary>
/// <param name="IsAttached">Stanzas go in and out.</param>
/// <param name="Failure">While not attached: why the last attempt or stream ended; null before the first has.</param>
/// <param name="Attachments">How often it was attached so far.</param>
public sealed record ComponentStatus(bool IsAttached, ComponentFailure? Failure, int Attachments);
