namespace Ferry.Fuzz;

/// <summary>A parser under fire: seeds to mutate, and what must hold for every input. A throw is a finding.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="Seeds">Good inputs.</param>
/// <param name="Run">Feeds one input; throws when something is wrong with the parser.</param>
internal sealed record Target(string Name, IReadOnlyList<byte[]> Seeds, Action<byte[]> Run);
