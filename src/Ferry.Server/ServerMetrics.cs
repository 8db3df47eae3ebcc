using System.Diagnostics.Metrics;

namespace Ferry.Server;

/// <summary>What the server counts (docs/observability.md). Tags have few values each: no addresses of users, no words of clients.</summary>
internal static class ServerMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Ferry.Server";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Clients' connections to the embedded server.</summary>
    public static readonly UpDownCounter<int> Connections = Meter.CreateUpDownCounter<int>("ferry.server.connections", "{connection}", "Connections of clients to the embedded server");

    /// <summary>Bound resources, those that wait for resumption included.</summary>
    public static readonly UpDownCounter<int> Sessions = Meter.CreateUpDownCounter<int>("ferry.server.sessions", "{session}", "Sessions of the embedded server");

    /// <summary>Requests that services answered.</summary>
    public static readonly Counter<long> Requests = Meter.CreateCounter<long>("ferry.service.requests", "{request}", "Requests that a service answered, by answer");
}
