namespace Ferry.Resuming;

/// <summary>What it takes to go on from an earlier attempt.</summary>
/// <param name="Folder">Where the journal is kept.</param>
/// <param name="Identity">The file that is offered.</param>
/// <param name="RangesOffered">The sender serves parts.</param>
internal sealed record JournalTerms(string Folder, FileIdentity Identity, bool RangesOffered);
