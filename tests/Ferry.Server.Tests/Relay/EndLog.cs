using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Ferry.Server.Tests.Relay;

/// <summary>Keeps the line about each transfer's end.</summary>
internal sealed class EndLog : ILogger
{
    public ConcurrentQueue<IReadOnlyDictionary<string, object?>> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "transfer-ended" && state is IEnumerable<KeyValuePair<string, object?>> values) Lines.Enqueue(values.ToDictionary());
    }
}
