using System.Diagnostics.Metrics;

namespace Ferry.Server.HttpBridge.Spool;

/// <summary>What lies in the spool (docs/observability.md).</summary>
internal static class SpoolMetrics
{
    private static readonly Meter Meter = new(ServerMetrics.MeterName);

    public static readonly UpDownCounter<int> Files = Meter.CreateUpDownCounter<int>("ferry.spool.files", "{file}", "Files that wait on disk for their receiver");

    public static readonly UpDownCounter<long> Bytes = Meter.CreateUpDownCounter<long>("ferry.spool.bytes", "By", "Bytes of files that wait on disk for their receiver");
}
