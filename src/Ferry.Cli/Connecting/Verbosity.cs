namespace Ferry.Cli.Connecting;

/// <summary>How much is said on standard error.</summary>
internal enum Verbosity
{
    /// <summary>Errors and questions.</summary>
    Quiet,

    /// <summary>Progress and results too.</summary>
    Normal,

    /// <summary>Every attempt and the library's log too.</summary>
    Verbose,
}
