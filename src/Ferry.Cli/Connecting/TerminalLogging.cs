using Ferry.Cli.Terminal;
using Microsoft.Extensions.Logging;

namespace Ferry.Cli.Connecting;

/// <summary>The library's log on standard error, for <c>-v</c>.</summary>
internal sealed class TerminalLogging(ITerminal terminal) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(terminal, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private sealed class Logger(ITerminal terminal, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var cause = exception is null ? "" : $": {exception.GetType().Name}: {exception.Message}";
            terminal.Error.WriteLine($"ferry: {logLevel.ToString().ToLowerInvariant()}: {category}: {SafeText.Show(formatter(state, exception) + cause, 2000)}");
        }
    }
}
