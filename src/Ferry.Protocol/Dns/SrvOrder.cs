namespace Ferry.Protocol.Dns;

/// <summary>The order in which the targets of SRV records are tried (RFC 2782, XEP-0368).</summary>
public static class SrvOrder
{
    /// <summary>The most records that are looked at, of each kind.</summary>
    public const int MaxRecords = 32;

    private const string Root = ".";

    /// <summary>Makes one list of <c>_xmpps-client</c> and <c>_xmpp-client</c>: ascending priority, weighted chance among equals.</summary>
    /// <param name="directTls">Records of <c>_xmpps-client._tcp</c>.</param>
    /// <param name="startTls">Records of <c>_xmpp-client._tcp</c>.</param>
    /// <param name="random">A number from 0 up to, not including, its argument.</param>
    public static SrvPlan Merge(IEnumerable<SrvRecord> directTls, IEnumerable<SrvRecord> startTls, Func<int, int> random)
    {
        var direct = directTls.Take(MaxRecords).ToList();
        var start = startTls.Take(MaxRecords).ToList();
        var usable = Usable(direct, directTls: true).Concat(Usable(start, directTls: false)).ToList();
        if (usable.Count > 0)
            return new SrvPlan.Targets(Ordered(usable, random));

        // XMPP as such is refused by the older name only; refusing direct TLS says nothing about STARTTLS.
        return IsRefusal(start) ? new SrvPlan.Refused() : new SrvPlan.Unknown(IsRefusal(direct));
    }

    private static IEnumerable<(SrvRecord Record, bool DirectTls)> Usable(List<SrvRecord> records, bool directTls) =>
        records.Where(r => r.Target != Root && r.Port is > 0 and <= 65535).Select(r => (r, directTls));

    private static bool IsRefusal(List<SrvRecord> records) => records.Exists(r => r.Target == Root);

    private static List<ServerTarget> Ordered(List<(SrvRecord Record, bool DirectTls)> records, Func<int, int> random)
    {
        var targets = new List<ServerTarget>();
        foreach (var group in records.GroupBy(r => r.Record.Priority).OrderBy(g => g.Key))
        {
            // Weight 0 first, so that it has a small chance of being picked at all.
            var left = group.OrderBy(r => r.Record.Weight).ToList();
            while (left.Count > 0)
            {
                var picked = Pick(left, random);
                targets.Add(new ServerTarget(left[picked].Record.Target, left[picked].Record.Port, left[picked].DirectTls));
                left.RemoveAt(picked);
            }
        }

        return [.. targets.Distinct()];
    }

    private static int Pick(List<(SrvRecord Record, bool DirectTls)> records, Func<int, int> random)
    {
        var chosen = random(records.Sum(r => r.Record.Weight) + 1);
        var sum = 0;
        for (var i = 0; i < records.Count - 1; i++)
        {
            sum += records[i].Record.Weight;
            if (sum >= chosen)
                return i;
        }

        return records.Count - 1;
    }
}
