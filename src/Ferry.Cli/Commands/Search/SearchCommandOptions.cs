using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;
using Ferry.Protocol.FileIndex;

namespace Ferry.Cli.Commands.Search;

/// <summary>What <c>ferry search</c> was asked to do.</summary>
/// <param name="Words">As typed, separated by spaces.</param>
/// <param name="Filter">What the options say.</param>
/// <param name="Count">The most hits.</param>
/// <param name="Index">Null: the server's own.</param>
internal sealed record SearchCommandOptions(ConnectionOptions Connection, string Words, SearchQuery Filter, int Count, Jid? Index);
