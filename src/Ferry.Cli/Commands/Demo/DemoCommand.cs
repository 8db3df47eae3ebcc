using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Grammar;

namespace Ferry.Cli.Commands.Demo;

/// <summary>The grammar of <c>ferry demo</c>.</summary>
internal static class DemoCommand
{
    private static readonly Setting S5bWait = new("s5b-wait", SettingKind.One, "S", "Seconds that Spark's flow waits for a silent streamhost [2]");

    private static readonly Setting[] Own = [S5bWait, .. ServerSettings.Speech];

    public static Verb Create(VerbHost host, Func<DemoCommandOptions, CancellationToken, Task<int>> run) =>
        new Verb(
                "demo",
                "Show everything on this machine: embedded server, two accounts, real files by every method; under a minute",
                new Example("ferry demo", "leaves nothing behind"),
                new Example("ferry demo --json", "the same as events"))
            .Takes(Own).Runs(host, Bind, run);

    private static DemoCommandOptions Bind(SettingReader reader) => new()
    {
        Json = reader.Switch(ConnectionSettings.Json),
        Verbosity = ConnectionSettings.ReadVerbosity(reader),
        Socks5Wait = reader.Maybe(S5bWait, SettingTexts.Seconds) ?? TimeSpan.FromSeconds(2),
    };
}
