namespace Ferry.Methods;

/// <summary>The transports that there are under Jingle, in our own order of preference.</summary>
internal sealed class JingleTransportRegistry(IReadOnlyList<IJingleTransport> transports)
{
    /// <summary>Those that carry out one of these methods, in the order of the names.</summary>
    public IReadOnlyList<IJingleTransport> For(IReadOnlyList<string> names) =>
        [.. names.Select(name => transports.FirstOrDefault(transport => transport.Names.Contains(name))).OfType<IJingleTransport>().Distinct()];

    /// <summary>All of them.</summary>
    public IReadOnlyList<IJingleTransport> All => transports;

    /// <summary>The one of that namespace, or null.</summary>
    public IJingleTransport? Find(string? ns) => transports.FirstOrDefault(transport => transport.Namespace == ns);
}
