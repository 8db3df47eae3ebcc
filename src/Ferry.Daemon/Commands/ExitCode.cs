namespace Ferry.Daemon.Commands;

/// <summary>What ferryd's end says to whoever started it.</summary>
internal static class ExitCode
{
    /// <summary>Done; for <c>run</c>: an orderly stop.</summary>
    public const int Done = 0;

    /// <summary>It could not do its work: an address taken, a store that cannot be opened.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A second signal ended it at once: 128 and the signal's number.</summary>
    public static int Signal(int number) => 128 + number;
}
