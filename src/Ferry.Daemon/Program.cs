using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using Ferry.Daemon;
using Ferry.Server.Hosting;

const string Usage = "usage: ferryd run | ferryd --version\n\n`ferryd run` is the embedded XMPP server; the environment sets it up (docs/server.md).";

switch (args)
{
    case ["--version"]:
        Console.WriteLine("ferryd " + Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);
        return 0;
    case ["--help" or "-h"]:
        Console.WriteLine(Usage);
        return 0;
    case ["run"]:
        return await RunAsync();
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static async Task<int> RunAsync()
{
    var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
    var (settings, error) = DaemonSettings.Read(environment);
    if (settings is null) return Fail(error!, 2);

    var stop = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
    using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, 130));
    using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, 143));
    var options = new LocalServerOptions
    {
        Domain = settings.Domain,
        Listen = settings.Listen,
        CertificateFile = settings.CertificateFile,
        DataFolder = settings.DataFolder,
    };
    try
    {
        await using var server = await LocalServer.StartAsync(options, new StandardErrorLogger(TimeProvider.System), TimeProvider.System, CancellationToken.None);
        Console.Error.WriteLine($"certificate {server.Pin}");
        return await stop.Task;
    }
    catch (Exception wrong) when (wrong is Ferry.Server.Storage.StoreException or System.Net.Sockets.SocketException or ArgumentException or System.Security.Cryptography.CryptographicException or IOException or UnauthorizedAccessException)
    {
        return Fail(wrong.Message, 1);
    }

    void Stop(PosixSignalContext context, int code)
    {
        context.Cancel = true;
        stop.TrySetResult(code);
    }
}

static int Fail(string text, int code)
{
    Console.Error.WriteLine("ferryd: error: " + text);
    return code;
}
