using Ferry.Protocol.Dns;

namespace Ferry.Net.Dialing;

/// <summary>Where the server of a domain is.</summary>
public abstract record ServerLocation
{
    private ServerLocation()
    {
    }

    /// <summary>Try these in this order; at least one.</summary>
    public sealed record Found(IReadOnlyList<ServerTarget> Targets) : ServerLocation;

    /// <summary>There is nowhere to connect to.</summary>
    /// <param name="Text">Why.</param>
    /// <param name="Hint">What the user can do.</param>
    public sealed record Failed(string Text, string Hint) : ServerLocation;
}
