using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Ferry.Daemon.Admin;

/// <summary>
/// Ferry's meters and the runtime's (<see cref="System.Diagnostics.Metrics"/>) as Prometheus' text format 0.0.4. Names and units become Prometheus' as OpenTelemetry says. Memory is bounded:
/// an instrument has at most <see cref="MaxSeries"/> sets of tags, whatever comes beyond is counted and left out.
/// </summary>
internal sealed class MetricCollector : IDisposable
{
    /// <summary>Sets of tags of one instrument.</summary>
    public const int MaxSeries = 200;

    private static readonly double[] DefaultBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 1800];

    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Lock _rendering = new();
    private long _leftOut;

    public MetricCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Ferry", StringComparison.Ordinal) || instrument.Meter.Name == "System.Runtime") listener.EnableMeasurementEvents(instrument, Add(instrument));
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Record(family, (double)value, tags));
        _listener.Start();
    }

    /// <summary>The page.</summary>
    public string Render()
    {
        // One at a time: another's page would find what it observes cleared by ours.
        lock (_rendering) return RenderAlone();
    }

    public void Dispose() => _listener.Dispose();

    private string RenderAlone()
    {
        lock (_gate)
        {
            // What is observed is there anew each time, so that what is gone does not stay.
            foreach (var family in _families.Values.Where(family => family.IsObserved)) family.Series.Clear();
        }

        _listener.RecordObservableInstruments();
        var page = new StringBuilder();
        lock (_gate)
        {
            foreach (var family in _families.Values.Where(family => family.Series.Count > 0)) family.Write(page);
        }

        page.Append("# HELP ferry_metrics_left_out_total Measurements left out because an instrument had too many sets of tags\n# TYPE ferry_metrics_left_out_total counter\n");
        page.Append(CultureInfo.InvariantCulture, $"ferry_metrics_left_out_total {Interlocked.Read(ref _leftOut)}\n");
        return page.ToString();
    }

    private Family Add(Instrument instrument)
    {
        var kind = instrument.GetType().IsGenericType ? instrument.GetType().GetGenericTypeDefinition().Name.Split('`')[0] : "";
        var type = kind switch
        {
            "Counter" or "ObservableCounter" => "counter",
            "Histogram" => "histogram",
            _ => "gauge",
        };
        var family = new Family(MetricName.Of(instrument.Name, instrument.Unit, type), type, instrument.Description ?? "", kind is "Gauge" || instrument.IsObservable, instrument.IsObservable)
        {
            Bounds = type == "histogram" ? Bounds(instrument) : [],
        };
        lock (_gate)
        {
            // Two instruments of one name are one family here, as long as they are of one type.
            if (_families.TryGetValue(family.Name, out var there) && there.Type == family.Type) return there;
            return _families[family.Name] = family;
        }
    }

    private static IReadOnlyList<double> Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries ?? DefaultBounds,
        Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToList() ?? (IReadOnlyList<double>)DefaultBounds,
        _ => DefaultBounds,
    };

    private void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (state is not Family family) return;
        var labels = MetricName.Labels(tags);
        lock (_gate)
        {
            if (!family.Series.TryGetValue(labels, out var series))
            {
                if (family.Series.Count >= MaxSeries)
                {
                    Interlocked.Increment(ref _leftOut);
                    return;
                }

                family.Series[labels] = series = new Series(family.Bounds.Count);
            }

            series.Add(value, family);
        }
    }

    private sealed record Family(string Name, string Type, string Help, bool IsLast, bool IsObserved)
    {
        public SortedDictionary<string, Series> Series { get; } = new(StringComparer.Ordinal);

        public IReadOnlyList<double> Bounds { get; init; } = [];

        public void Write(StringBuilder page)
        {
            page.Append("# HELP ").Append(Name).Append(' ').Append(Help.ReplaceLineEndings(" ").Replace("\\", "\\\\", StringComparison.Ordinal)).Append('\n');
            page.Append("# TYPE ").Append(Name).Append(' ').Append(Type).Append('\n');
            foreach (var (labels, series) in Series) series.Write(page, this, labels);
        }
    }

    private sealed class Series(int bounds)
    {
        private readonly long[] _buckets = new long[bounds];
        private double _value;
        private long _count;

        public void Add(double value, Family family)
        {
            _value = family.IsLast ? value : _value + value;
            _count++;
            for (var i = 0; i < _buckets.Length; i++)
            {
                if (value <= family.Bounds[i]) _buckets[i]++;
            }
        }

        public void Write(StringBuilder page, Family family, string labels)
        {
            if (family.Type != "histogram")
            {
                Line(page, family.Name, labels, _value);
                return;
            }

            for (var i = 0; i < _buckets.Length; i++) Line(page, family.Name + "_bucket", Bucket(labels, MetricName.Number(family.Bounds[i])), _buckets[i]);
            Line(page, family.Name + "_bucket", Bucket(labels, "+Inf"), _count);
            Line(page, family.Name + "_sum", labels, _value);
            Line(page, family.Name + "_count", labels, _count);
        }

        private static string Bucket(string labels, string bound) => labels.Length == 0 ? $"{{le=\"{bound}\"}}" : $"{labels[..^1]},le=\"{bound}\"}}";

        private static void Line(StringBuilder page, string name, string labels, double value) => page.Append(name).Append(labels).Append(' ').Append(MetricName.Number(value)).Append('\n');
    }
}
