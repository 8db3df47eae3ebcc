namespace Ferry.Cli.Commands.Demo;

/// <summary>A line of the table.</summary>
/// <param name="Way">What was to be shown.</param>
/// <param name="Sent">How it ended at the sender.</param>
/// <param name="Problem">What is wrong with it, or null when the file arrived whole and by the right method.</param>
internal sealed record DemoResult(string Way, Outcome Sent, FailureReason? Problem);
