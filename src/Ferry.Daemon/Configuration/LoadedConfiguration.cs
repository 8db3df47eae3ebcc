namespace Ferry.Daemon.Configuration;

/// <summary>What came of reading the configuration.</summary>
/// <param name="Configuration">Null where anything is wrong.</param>
/// <param name="Faults">Everything that is wrong: where, what, what to do. One line each.</param>
/// <param name="Set">What was set, and by whom.</param>
internal sealed record LoadedConfiguration(DaemonConfiguration? Configuration, IReadOnlyList<string> Faults, IReadOnlyDictionary<Key, Entry> Set);
