namespace Ferry.Daemon.Configuration;

/// <summary>One key that somebody set.</summary>
/// <param name="Values">The value; several from a list of YAML.</param>
/// <param name="Where">Where, for a person: <c>ferryd.yml, line 12</c> or <c>environment</c>.</param>
/// <param name="Spelling">The key as it was written there.</param>
/// <param name="Folder">Where relative paths begin; null: the current folder.</param>
internal sealed record Entry(Key Key, IReadOnlyList<string> Values, string Where, string Spelling, string? Folder);
