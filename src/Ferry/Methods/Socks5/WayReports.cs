namespace Ferry.Methods.Socks5;

/// <summary>
/// Tells what became of the method's two ways. Both stand in one offer and start together; the one that carries the bytes is chosen, one that was tried
/// in vain before it has failed, and one behind it was simply not needed.
/// </summary>
internal sealed class WayReports
{
    private readonly Action<string, AttemptResult, string?> _report;
    private readonly List<string> _started = [];

    /// <param name="report">Hears of it.</param>
    /// <param name="kinds">For each streamhost of the offer, in order: is it a proxy.</param>
    /// <param name="allowed">What was allowed: named where the offer has nothing at all.</param>
    public WayReports(Action<string, AttemptResult, string?> report, IEnumerable<bool> kinds, Socks5Ways allowed)
    {
        _report = report;
        _started.AddRange(kinds.Distinct().Select(Name));
        if (_started.Count == 0 && allowed.Direct) _started.Add(Socks5Method.Direct);
        if (_started.Count == 0 && allowed.Proxy) _started.Add(Socks5Method.Proxy);
        foreach (var way in _started) report(way, AttemptResult.Started, null);
    }

    /// <summary>The end of both.</summary>
    public MethodResult Tell(MethodResult result)
    {
        foreach (var way in _started)
        {
            if (way == result.Channel?.Method)
            {
                _report(way, AttemptResult.Chosen, null);
                break;
            }

            _report(way, AttemptResult.Failed, result.Failure?.Text ?? "the other way was quicker");
        }

        return result;
    }

    private static string Name(bool byProxy) => byProxy ? Socks5Method.Proxy : Socks5Method.Direct;
}
