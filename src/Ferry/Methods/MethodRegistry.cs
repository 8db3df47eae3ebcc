namespace Ferry.Methods;

/// <summary>The methods that there are, and which of them a transfer may use.</summary>
internal sealed class MethodRegistry(IReadOnlyList<IStreamMethod> methods)
{
    /// <summary>Every name, in our own order of preference.</summary>
    public IEnumerable<string> Names => methods.SelectMany(method => method.Names);

    /// <summary>The names allowed by the client's and the transfer's lists: the narrower list orders.</summary>
    public IReadOnlyList<string> Allowed(IReadOnlyList<string> client, IReadOnlyList<string> transfer)
    {
        var allowed = client.Count == 0 ? [.. Names] : client.Where(Names.Contains).ToList();
        return transfer.Count == 0 ? allowed : [.. transfer.Where(allowed.Contains)];
    }

    /// <summary>The methods that have one of these names, in the order of the names.</summary>
    public IReadOnlyList<IStreamMethod> For(IReadOnlyList<string> names) =>
        [.. names.Select(name => methods.FirstOrDefault(method => method.Names.Contains(name))).OfType<IStreamMethod>().Distinct()];
}
