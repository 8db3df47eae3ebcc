namespace Ferry.Resuming;

/// <summary>What it takes to go on from an earlier attempt.</summary>
/// <param name="Folder">Where the journal is kept.</param>
/// <param name="Identity">The file that is offered.</param>
/// <param name="RangesOffered">The sender serves parts.</param>
/// <param name="Anew">This attempt begins at the start whatever an earlier one left; a later one may go on from it.</param>
internal sealed record JournalTerms(string Folder, FileIdentity Identity, bool RangesOffered, bool Anew = false);
