using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Contacts;

/// <summary>What <c>ferry contact</c> was asked to do.</summary>
internal abstract record ContactCommandOptions(ConnectionOptions Connection)
{
    /// <summary><c>add JID</c>.</summary>
    internal sealed record Add(ConnectionOptions Connection, Jid Contact, string? Name) : ContactCommandOptions(Connection);

    /// <summary><c>remove JID</c>.</summary>
    internal sealed record Remove(ConnectionOptions Connection, Jid Contact) : ContactCommandOptions(Connection);

    /// <summary><c>list</c>.</summary>
    internal sealed record List(ConnectionOptions Connection) : ContactCommandOptions(Connection);
}
