using System.Diagnostics.Metrics;

namespace Ferry.Net.Components;

/// <summary>What external components count (docs/observability.md).</summary>
internal static class ComponentMetrics
{
    private static readonly Meter Meter = new("Ferry.Net");

    public static readonly UpDownCounter<int> Attached = Meter.CreateUpDownCounter<int>("ferry.component.attached", "{component}", "Components that are attached to their server");

    public static readonly Counter<long> Ends = Meter.CreateCounter<long>("ferry.component.ends", "{stream}", "Attempts to attach that failed and streams that ended, by reason");
}
