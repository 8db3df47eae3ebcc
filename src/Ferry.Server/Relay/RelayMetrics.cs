using System.Diagnostics.Metrics;

namespace Ferry.Server.Relay;

/// <summary>What the relay counts (docs/observability.md); the only label is the ending, from a closed list.</summary>
internal static class RelayMetrics
{
    private static readonly Meter Meter = new(ServerMetrics.MeterName);

    public static readonly UpDownCounter<int> Active = Meter.CreateUpDownCounter<int>("ferry.relay.streams.active", "{stream}", "Streams that are active");

    public static readonly Counter<long> Ended = Meter.CreateCounter<long>("ferry.relay.streams", "{stream}", "Streams that ended, by ending");

    public static readonly Counter<long> Bytes = Meter.CreateCounter<long>("ferry.relay.bytes", "By", "Bytes of streams that ended");
}
