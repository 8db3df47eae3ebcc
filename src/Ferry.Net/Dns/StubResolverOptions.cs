using System.Net;

namespace Ferry.Net.Dns;

/// <summary>Whom to ask and how long.</summary>
public sealed record StubResolverOptions
{
    /// <summary>The servers in order; null: those of /etc/resolv.conf, read anew for each question.</summary>
    public IReadOnlyList<IPEndPoint>? Servers { get; init; }

    /// <summary>How long one server has for one answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each server is asked.</summary>
    public int Tries { get; init; } = 2;
}
