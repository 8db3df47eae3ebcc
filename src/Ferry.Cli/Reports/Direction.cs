namespace Ferry.Cli.Reports;

/// <summary>Which way a transfer goes, seen from here.</summary>
internal enum Direction
{
    Sending,
    Receiving,
}
