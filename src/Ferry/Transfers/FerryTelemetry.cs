using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Ferry.Transfers;

/// <summary>
/// What the library tells System.Diagnostics: a meter and a source of activities, both called <c>Ferry</c> (docs/observability.md). Costs next
/// to nothing while nobody listens.
/// </summary>
internal static class FerryTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Ferry";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Transfers = Meter.CreateCounter<long>("ferry.transfers", "{transfer}", "Transfers that ended");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("ferry.transfer.bytes", "By", "Bytes that crossed in transfers that ended");
    private static readonly Histogram<double> Seconds = Meter.CreateHistogram<double>("ferry.transfer.duration", "s", "From the agreement to the end");
    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>("ferry.transfers.active", "{transfer}", "Transfers under way");
    private static readonly ActivitySource Source = new(Name);

    /// <summary>A transfer begins; null while nobody listens for activities.</summary>
    public static Activity? Begin(TransferDirection direction, string transfer, string offer)
    {
        Active.Add(1, Tag("ferry.direction", Text(direction)));
        var activity = Source.StartActivity(direction == TransferDirection.Send ? "ferry send" : "ferry receive");
        activity?.SetTag("ferry.transfer", transfer).SetTag("ferry.offer", offer).SetTag("ferry.direction", Text(direction));
        return activity;
    }

    /// <summary>It ended.</summary>
    public static void End(TransferDirection direction, Activity? activity, Outcome outcome)
    {
        var result = outcome.Failure?.Reason.Name() ?? "done";
        TagList tags = new()
        {
            Tag("ferry.direction", Text(direction)),
            Tag("ferry.offer", outcome.Offer),
            Tag("ferry.method", outcome.Method),
            Tag("ferry.outcome", result),
        };
        Active.Add(-1, Tag("ferry.direction", Text(direction)));
        Transfers.Add(1, tags);
        Bytes.Add(outcome.Bytes, tags);
        Seconds.Record(outcome.Duration.TotalSeconds, tags);
        if (activity is null) return;
        activity.SetTag("ferry.method", outcome.Method).SetTag("ferry.outcome", result).SetTag("ferry.bytes", outcome.Bytes);
        if (outcome.Failure is { } failure) activity.SetStatus(ActivityStatusCode.Error, failure.Message);
        activity.Dispose();
    }

    private static string Text(TransferDirection direction) => direction == TransferDirection.Send ? "send" : "receive";

    private static KeyValuePair<string, object?> Tag(string name, string? value) => new(name, value);
}
