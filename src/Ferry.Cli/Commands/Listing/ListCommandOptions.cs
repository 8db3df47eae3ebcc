using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Listing;

/// <summary>What <c>ferry ls</c> was asked to do.</summary>
/// <param name="Owner">Whose folders.</param>
/// <param name="Path"><c>SHARE/folder</c>; null: the shares.</param>
internal sealed record ListCommandOptions(ConnectionOptions Connection, Jid Owner, string? Path);
