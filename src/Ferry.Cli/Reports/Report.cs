using Ferry.Cli.Connecting;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Reports;

/// <summary>Chooses the report that was asked for.</summary>
internal static class Report
{
    /// <param name="connection">What was asked for.</param>
    /// <param name="direction">Which way files go.</param>
    /// <param name="terminal">Where it is told.</param>
    /// <param name="time">The clock of progress.</param>
    /// <param name="asks">Whether somebody is asked about each offer.</param>
    public static ITransferReport For(ConnectionOptions connection, Direction direction, ITerminal terminal, TimeProvider time, bool asks = false) =>
        connection.Json ? new JsonReport(terminal) : new TextReport(terminal, direction, connection.Verbosity, time, asks);
}
