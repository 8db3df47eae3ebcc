using System.Net;

namespace Ferry.Net.Dns;

/// <summary>The name servers that resolv.conf(5) lists.</summary>
internal static class ResolverConfiguration
{
    /// <summary>As many as the C library takes.</summary>
    public const int MaxServers = 3;

    private const string Path = "/etc/resolv.conf";
    private const int Port = 53;

    public static async Task<IReadOnlyList<IPEndPoint>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await File.ReadAllTextAsync(Path, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public static IReadOnlyList<IPEndPoint> Parse(string text)
    {
        var servers = new List<IPEndPoint>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var address, ..] && IPAddress.TryParse(address, out var ip) && servers.Count < MaxServers)
                servers.Add(new IPEndPoint(ip, Port));
        }

        return servers;
    }
}
