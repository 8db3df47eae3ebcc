using Ferry.Cli.Terminal;

namespace Ferry.Cli.Reports;

/// <summary>What is said of a connection that breaks and comes back.</summary>
internal static class ConnectionWords
{
    /// <summary>One line, or null where there is nothing to say: the end for good is told with its failure.</summary>
    public static string? Of(ConnectionChange change) => change.State switch
    {
        ConnectionState.Interrupted => $"the connection to the server broke: {change.Cause?.Message}; trying again",
        ConnectionState.Online when change.Resumed => "the connection is back, nothing was lost",
        ConnectionState.Online => $"logged in again as {SafeText.Show(change.Jid.ToString())}",
        _ => null,
    };
}
