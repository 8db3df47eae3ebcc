using Microsoft.Extensions.Logging;

namespace Ferry.Daemon;

/// <summary>One line an event on standard error, from <c>Information</c> on.</summary>
internal sealed class StandardErrorLogger(TimeProvider time) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        // Words of a client can be in it: no control characters on a terminal.
        var text = new string([.. (formatter(state, exception) + (exception is null ? "" : ": " + exception)).Select(c => char.IsControl(c) ? ' ' : c)]);
        Console.Error.WriteLine($"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {logLevel.ToString().ToLowerInvariant()}: {text}");
    }
}
