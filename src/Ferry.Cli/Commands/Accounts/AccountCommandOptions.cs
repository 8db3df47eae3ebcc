using Ferry.Cli.Connecting;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Commands.Accounts;

/// <summary>What <c>ferry account</c> was asked to do, in the embedded server's store.</summary>
internal abstract record AccountCommandOptions
{
    /// <summary>The data folder.</summary>
    public required string Data { get; init; }

    public bool Json { get; init; }

    public Verbosity Verbosity { get; init; } = Verbosity.Normal;

    /// <summary><c>register JID</c>.</summary>
    internal sealed record Register(Jid Jid, PasswordSource Password) : AccountCommandOptions;

    /// <summary><c>password JID</c>.</summary>
    internal sealed record SetPassword(Jid Jid, PasswordSource Password) : AccountCommandOptions;

    /// <summary><c>remove JID</c>.</summary>
    internal sealed record Remove(Jid Jid) : AccountCommandOptions;

    /// <summary><c>list</c>.</summary>
    internal sealed record List : AccountCommandOptions;
}
