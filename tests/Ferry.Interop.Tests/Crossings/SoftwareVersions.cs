using Ferry.Interop.Tests.Peers;

namespace Ferry.Interop.Tests.Crossings;

/// <summary>What the peers and servers of a run were, as the machine's packages say.</summary>
public sealed record SoftwareVersions(string Distribution, string Prosody, string Ejabberd, string Slixmpp, string Libpurple, string Libervia, string Gajim)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task<SoftwareVersions> Read() => new(
        DistributionName(await File.ReadAllLinesAsync("/etc/os-release")),
        await Package("prosody"),
        await Package("ejabberd"),
        await Package("python3-slixmpp"),
        await Package("libpurple0"),
        await Package("libervia-backend"),
        await Package("gajim"));

    private static string DistributionName(string[] lines) =>
        lines.First(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))["PRETTY_NAME=".Length..].Trim('"');

    private static async Task<string> Package(string name)
    {
        await using var process = ChildProcess.Start("/usr/bin/dpkg-query", ["-W", "-f", "${Version}\n", name]);
        if (await process.WaitForExit(Limit) != 0) throw new InvalidOperationException($"No package {name}: {process.Errors}");
        return await process.Lines.ReadAsync();
    }
}
