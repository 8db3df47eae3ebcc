using Ferry.Cli.Connecting;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Reports;

/// <summary>Chooses the report that was asked for.</summary>
internal static class Report
{
    public static ITransferReport For(ConnectionOptions connection, Direction direction, ITerminal terminal, TimeProvider time) =>
        connection.Json ? new JsonReport(terminal) : new TextReport(terminal, direction, connection.Verbosity, time);
}
