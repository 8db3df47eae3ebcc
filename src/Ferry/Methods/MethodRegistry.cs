namespace Ferry.Methods;

/// <summary>The methods that there are, and which of them a transfer may use.</summary>
/// <param name="methods">Those that any offer may agree on.</param>
/// <param name="others">Names of those that belong to one kind of offer.</param>
internal sealed class MethodRegistry(IReadOnlyList<IStreamMethod> methods, params IReadOnlyList<string> others)
{
    /// <summary>Every name that is used unless others are asked for, in our own order of preference.</summary>
    public IEnumerable<string> Names => methods.SelectMany(method => method.Names.Except(method.OnRequest)).Concat(others);

    private IEnumerable<string> All => methods.SelectMany(method => method.Names).Concat(others);

    /// <summary>The names allowed by the client's and the transfer's lists: the narrower list orders.</summary>
    public IReadOnlyList<string> Allowed(IReadOnlyList<string> client, IReadOnlyList<string> transfer)
    {
        if (client.Count == 0 && transfer.Count == 0) return [.. Names];
        var allowed = client.Count == 0 ? [.. All] : client.Where(All.Contains).ToList();
        return transfer.Count == 0 ? allowed : [.. transfer.Where(allowed.Contains)];
    }

    /// <summary>The methods that have one of these names, in the order of the names.</summary>
    public IReadOnlyList<IStreamMethod> For(IReadOnlyList<string> names) =>
        [.. names.Select(name => methods.FirstOrDefault(method => method.Names.Contains(name))).OfType<IStreamMethod>().Distinct()];
}
