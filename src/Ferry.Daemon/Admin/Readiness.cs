namespace Ferry.Daemon.Admin;

/// <summary>One thing that has to be right before work is sent here.</summary>
/// <param name="Name">What it is called on the page.</param>
/// <param name="Check">Null: all is well; else what is not.</param>
internal sealed record Readiness(string Name, Func<CancellationToken, ValueTask<string?>> Check);
