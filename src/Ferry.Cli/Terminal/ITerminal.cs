namespace Ferry.Cli.Terminal;

/// <summary>
/// Where a command speaks: data and results go to <see cref="Out"/>, everything else to <see cref="Error"/>; questions are asked only where
/// somebody can answer. Members may be called from any thread.
/// </summary>
internal interface ITerminal
{
    /// <summary>Standard output: data and results.</summary>
    TextWriter Out { get; }

    /// <summary>Standard error: progress, notes, errors.</summary>
    TextWriter Error { get; }

    /// <summary>Whether somebody sits there: standard input and standard error are a terminal.</summary>
    bool CanAsk { get; }

    /// <summary>Whether standard error is a terminal on which a line can be drawn again.</summary>
    bool CanRedraw { get; }

    /// <summary>Whether colours are wanted (<c>NO_COLOR</c> is not set) and <see cref="CanRedraw"/>.</summary>
    bool Colours { get; }

    /// <summary>The lines at the bottom that are drawn again; null unless <see cref="CanRedraw"/>.</summary>
    LiveRegion? Live { get; }

    /// <summary>Columns of the terminal; 80 where there is none.</summary>
    int Width { get; }

    /// <summary>Standard input, for a file that is piped in.</summary>
    Stream OpenInput();

    /// <summary>Asks a question and returns the answer's line, or null at the end of input. Only when <see cref="CanAsk"/>.</summary>
    Task<string?> AskAsync(string question, CancellationToken cancellationToken);

    /// <summary>Asks without showing what is typed. Only when <see cref="CanAsk"/>.</summary>
    Task<string?> AskSecretAsync(string question, CancellationToken cancellationToken);
}
