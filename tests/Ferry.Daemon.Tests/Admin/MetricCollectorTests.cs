using System.Diagnostics.Metrics;
using Ferry.Daemon.Admin;

namespace Ferry.Daemon.Tests.Admin;

public sealed class MetricCollectorTests
{
    [Fact]
    public void Counters_gauges_and_histograms_are_spelled_as_Prometheus_reads_them()
    {
        using var collector = new MetricCollector();
        using var meter = new Meter("Ferry.Test." + nameof(Counters_gauges_and_histograms_are_spelled_as_Prometheus_reads_them));
        var counter = meter.CreateCounter<long>("ferry.test.bytes", "By", "Bytes\nof a test");
        counter.Add(2, new("b", "x\"y\\z\n"), new("a.c", 1));
        counter.Add(3, new("b", "x\"y\\z\n"), new("a.c", 1));
        var running = meter.CreateUpDownCounter<int>("ferry.test.running", "{stream}");
        running.Add(2);
        running.Add(-1);
        var duration = meter.CreateHistogram("ferry.test.duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        duration.Record(0.5);
        duration.Record(1.5);
        duration.Record(9);
        meter.CreateObservableGauge("ferry.test.level", () => 0.25);

        var page = collector.Render();

        page.ShouldContain("# HELP ferry_test_bytes_total Bytes of a test\n# TYPE ferry_test_bytes_total counter\nferry_test_bytes_total{a_c=\"1\",b=\"x\\\"y\\\\z\\n\"} 5\n");
        page.ShouldContain("# TYPE ferry_test_running gauge\nferry_test_running 1\n");
        page.ShouldContain(
            "ferry_test_duration_seconds_bucket{le=\"1\"} 1\nferry_test_duration_seconds_bucket{le=\"2\"} 2\nferry_test_duration_seconds_bucket{le=\"+Inf\"} 3\nferry_test_duration_seconds_sum 11\n"
            + "ferry_test_duration_seconds_count 3\n");
        page.ShouldContain("ferry_test_level 0.25\n");
        collector.Render().ShouldContain("ferry_test_level 0.25\n");
    }

    [Fact]
    public void Sets_of_tags_are_bounded_and_what_is_left_out_is_counted()
    {
        using var collector = new MetricCollector();
        using var meter = new Meter("Ferry.Test." + nameof(Sets_of_tags_are_bounded_and_what_is_left_out_is_counted));
        var counter = meter.CreateCounter<long>("ferry.test.flood");
        for (var i = 0; i < MetricCollector.MaxSeries + 7; i++) counter.Add(1, new KeyValuePair<string, object?>("peer", i));
        var lines = collector.Render().Split('\n');
        lines.Count(line => line.StartsWith("ferry_test_flood_total{", StringComparison.Ordinal)).ShouldBe(MetricCollector.MaxSeries);
        lines.ShouldContain("ferry_metrics_left_out_total 7");
    }

    [Fact]
    public void Other_peoples_meters_are_not_shown_and_the_runtimes_are()
    {
        using var collector = new MetricCollector();
        using var meter = new Meter("Elsewhere");
        meter.CreateCounter<long>("elsewhere").Add(1);
        var page = collector.Render();
        page.ShouldNotContain("elsewhere");
        page.ShouldContain("dotnet_process_memory_working_set_bytes ");
    }
}
