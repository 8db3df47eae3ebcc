namespace Ferry.Protocol.Relaying;

/// <summary>What became of a party that arrived.</summary>
/// <param name="IsIn">False: the stream has both its parties, and this one must go.</param>
/// <param name="Removed">Parties that lost their place and must go.</param>
public readonly record struct RelayArrival<TParty>(bool IsIn, IReadOnlyList<TParty> Removed);
