using Microsoft.Extensions.Logging;

namespace Ferry.Daemon.Logs;

/// <summary>Loggers whose events become lines.</summary>
internal sealed class DaemonLoggerFactory(LogRenderer renderer, LogOutput output, LogLevel least) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        // The framework's own categories speak of requests to the admin pages: warnings are enough.
        new Logger(renderer, output, categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) && least < LogLevel.Warning ? LogLevel.Warning : least);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("events go to standard error only");

    public void Dispose()
    {
        // The output outlives every logger; its owner ends it.
    }

    private sealed class Logger(LogRenderer renderer, LogOutput output, LogLevel least) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) output.Add(renderer.Render(logLevel, eventId, state, exception, formatter));
        }
    }
}
