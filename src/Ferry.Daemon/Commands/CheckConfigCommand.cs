using Ferry.Daemon.Configuration;
using Ferry.Daemon.Running;
using Ferry.Server.Index;
using Ferry.Server.Storage;

namespace Ferry.Daemon.Commands;

/// <summary><c>ferryd check-config</c>: what <c>run</c> would do, without doing it.</summary>
internal static class CheckConfigCommand
{
    public static int Run(LoadedConfiguration loaded, TextWriter output)
    {
        var configuration = loaded.Configuration ?? throw new InvalidOperationException("faults are reported before");
        output.WriteLine(configuration.Component is { } component
            ? $"ferryd would attach to {component.Server.Host}:{component.Server.Port} as component {component.Domain}."
            : $"ferryd would be the XMPP server of {configuration.Xmpp!.Domain}, with accounts and certificate in {configuration.DataFolder}.");
        output.WriteLine();
        foreach (var key in Keys.All.Where(key => key.Part.IsBuilt))
        {
            if (configuration.Component is null ? key.Section == "component" || key == Keys.IndexSecretFile : key.Section == "xmpp" || (key == Keys.Data && configuration is { Index: null, Http: not { Spool: not null } })) continue;
            var (value, where) = loaded.Set.TryGetValue(key, out var entry) ? (string.Join(',', entry.Values), entry.Where) : (key.Default, "default");
            // A connection string may hold a password.
            if (key == Keys.IndexDatabase && IndexOptions.IsConnectionString(value)) value = "PostgreSQL";
            output.WriteLine($"{key.Path + ":",-22} {Readable.Text(value)}  ({where})");
        }

        output.WriteLine();
        if (configuration.Component is null || configuration.Index is { } index && !IndexOptions.IsConnectionString(index.Database)) output.WriteLine($"database: {SqliteEngine.Describe()}");
        if (configuration.Http?.Spool is { } spool) output.WriteLine($"files that wait for their receivers: in {spool.Folder}, {Readable.Text(FreeBytes(spool.Folder))} there");
        output.WriteLine(DescriptorLimit.Describe(DescriptorLimit.Raise()));
        foreach (var warning in Warnings(configuration)) output.WriteLine("warning: " + warning);
        output.WriteLine("the configuration is right");
        return ExitCode.Done;
    }

    private static IEnumerable<string> Warnings(DaemonConfiguration configuration)
    {
        if (configuration.Component is { } component && !IsLoopback(component.Server.Host))
        {
            yield return $"what {component.Server.Host} and ferryd say to each other is not encrypted: keep it on one machine, or in a VPN";
        }

        if (configuration.Http is { CertificateFile: null } http)
        {
            foreach (var endpoint in http.Listen.Where(endpoint => !System.Net.IPAddress.IsLoopback(endpoint.Address)))
            {
                yield return $"the bridge at {endpoint} speaks plain HTTP: put a reverse proxy with TLS in front of it, on this machine, or set {Keys.HttpCertFile.Path}";
            }
        }

        if (configuration.Http is { PublicUrl.Scheme: "http" } open && !open.PublicUrl.IsLoopback)
        {
            yield return $"{open.PublicUrl} is not encrypted: everybody on the way can read the files, and fetch them";
        }

        if (configuration.Http is { LegacyUpload: true })
        {
            yield return $"{Keys.HttpLegacyUpload.Path}: whoever knows a stream's id and both addresses can upload in the sender's stead";
        }

        if (configuration.Http is { Spool: { } spool })
        {
            yield return $"{Keys.HttpSpool.Path}: files lie unencrypted in {spool.Folder} until they are fetched, {spool.KeepTime.TotalHours:0.##} h at most";
        }

        foreach (var endpoint in configuration.Admin.Listen ?? [])
        {
            if (!System.Net.IPAddress.IsLoopback(endpoint.Address)) yield return $"the admin pages at {endpoint} ask nobody for a password";
        }
    }

    private static string FreeBytes(string folder)
    {
        try
        {
            // The folder may be still to be made.
            var there = folder;
            while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } parent) there = parent;
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{new DriveInfo(there).AvailableFreeSpace / 1e9:0.0} GB are free");
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return wrong.Message;
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));
}
