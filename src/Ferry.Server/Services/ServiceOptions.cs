using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ferry.Server.Services;

/// <summary>What all services have in common.</summary>
public sealed record ServiceOptions
{
    /// <summary>Requests that handlers are busy with at one time; one more is refused with <c>resource-constraint</c>.</summary>
    public int MaxRunning { get; init; } = 256;

    /// <summary>Requests of ours that wait for their answers at one time.</summary>
    public int MaxAsked { get; init; } = 1024;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;
}
