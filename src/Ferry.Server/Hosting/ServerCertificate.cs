using System.Security.Cryptography.X509Certificates;
using Ferry.Net.Tls;

namespace Ferry.Server.Hosting;

/// <summary>The server's certificate: a given one, or one made once and kept in the data folder, so that a pin stays good over restarts.</summary>
internal static class ServerCertificate
{
    /// <summary>The kept certificate's file.</summary>
    public const string FileName = "server.pem";

    private const UnixFileMode OnlyMine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Loads the certificate. One that was made for another domain, or is no longer valid, is made anew.</summary>
    public static X509Certificate2 Load(string? given, string dataFolder, string domain, DateTimeOffset now)
    {
        if (given is not null) return X509Certificate2.CreateFromPemFile(given);
        var path = Path.Combine(dataFolder, FileName);
        if (File.Exists(path))
        {
            var kept = X509Certificate2.CreateFromPemFile(path);
            if (kept.MatchesHostname(domain) && kept.NotAfter.ToUniversalTime() > now.UtcDateTime.AddDays(1)) return kept;
            kept.Dispose();
        }

        var made = SelfSignedCertificate.Create(domain, [], now);
        Keep(made, path);
        return made;
    }

    /// <summary>What stands in a given file beside the certificate: who vouches for it, to be shown with it.</summary>
    public static X509Certificate2Collection Chain(string? given)
    {
        var chain = new X509Certificate2Collection();
        if (given is not null) chain.ImportFromPemFile(given);
        return chain;
    }

    // Written beside and moved: a second process never reads half a file.
    private static void Keep(X509Certificate2 certificate, string path)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        var part = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OnlyMine;
        using (var writer = new StreamWriter(part, options)) writer.Write(certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        File.Move(part, path, overwrite: true);
    }
}
