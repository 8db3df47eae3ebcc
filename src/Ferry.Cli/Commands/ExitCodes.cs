namespace Ferry.Cli.Commands;

/// <summary>How the ends of several files become one exit code.</summary>
internal static class ExitCodes
{
    /// <summary>
    /// 0 when nothing failed; the reason's code when everything failed for one reason; an interrupt's when one was cancelled here;
    /// <see cref="FailureReasons.SomeFailed"/> otherwise.
    /// </summary>
    /// <param name="reasons">A reason for each file; null for one that arrived.</param>
    public static int Of(IReadOnlyList<FailureReason?> reasons)
    {
        if (reasons.Contains(FailureReason.Cancelled)) return FailureReason.Cancelled.ExitCode();
        if (reasons.All(reason => reason is null)) return FailureReasons.Done;
        return reasons.Distinct().Count() == 1 ? reasons[0]!.Value.ExitCode() : FailureReasons.SomeFailed;
    }
}
