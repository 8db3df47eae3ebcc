using System.Text;
using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Admin;

/// <summary>What the three pages say.</summary>
internal sealed class AdminPages(MetricCollector metrics, IReadOnlyList<Readiness> checks)
{
    /// <summary>The answer to a GET or HEAD of <paramref name="path"/>.</summary>
    public async ValueTask<AdminPage> GetAsync(string path, CancellationToken cancellationToken) => path switch
    {
        "/healthz" => new AdminPage(200, "ok\n"),
        "/readyz" => await ReadyAsync(cancellationToken),
        "/metrics" => new AdminPage(200, metrics.Render(), "text/plain; version=0.0.4; charset=utf-8"),
        "/" => new AdminPage(200, "/healthz\n/readyz\n/metrics\n"),
        _ => new AdminPage(404, "there are /healthz, /readyz and /metrics\n"),
    };

    private async ValueTask<AdminPage> ReadyAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var ready = true;
        foreach (var check in checks)
        {
            var wrong = await check.Check(cancellationToken);
            ready &= wrong is null;
            text.Append(check.Name).Append(": ").Append(wrong is null ? "ok" : Readable.Sentence(wrong)).Append('\n');
        }

        return new AdminPage(ready ? 200 : 503, text.ToString());
    }
}

/// <summary>A page.</summary>
internal sealed record AdminPage(int Status, string Text, string ContentType = "text/plain; charset=utf-8");
