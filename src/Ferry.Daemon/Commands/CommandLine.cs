using Ferry.Daemon.Configuration;

namespace Ferry.Daemon.Commands;

/// <summary>What the words after <c>ferryd</c> ask for.</summary>
internal static class CommandLine
{
    public const string Usage = """
        usage: ferryd run [--config FILE] [--log text|json]
               ferryd check-config [FILE]
               ferryd init [FILE]
               ferryd --version

        run           the embedded XMPP server, or a component of another server; until SIGTERM
        check-config  says what run would do with FILE and the environment, and what is wrong with them
        init          writes a commented configuration to FILE (ferryd.yml), over nothing that is there

        Without a file everything has a default. Each key may come from the environment: relay.listen is FERRYD_RELAY__LISTEN.
        """;

    public static async Task<int> RunAsync(string[] arguments, IReadOnlyDictionary<string, string> environment, TextWriter output, TextWriter error)
    {
        switch (arguments)
        {
            case ["--version"]:
                await output.WriteLineAsync("ferryd " + ProgramVersion.Text);
                return ExitCode.Done;
            case ["--help" or "-h" or "help"] or [_, "--help" or "-h"]:
                await output.WriteLineAsync(Usage);
                return ExitCode.Done;
            case ["init", .. var rest] when rest.Length <= 1 && !rest.Any(IsOption):
                return InitCommand.Run(rest.FirstOrDefault() ?? InitCommand.DefaultFile, output, error);
            case ["check-config", .. var rest] when rest.Length <= 1 && !rest.Any(IsOption):
                var checkedFile = ConfigurationReader.Load(rest.FirstOrDefault(), environment);
                return checkedFile.Configuration is null ? Report(checkedFile, error) : CheckConfigCommand.Run(checkedFile, output);
            case ["run", .. var rest] when TryOptions(rest, out var file, out var format):
                var loaded = ConfigurationReader.Load(file, environment);
                if (loaded.Configuration is not { } configuration) return Report(loaded, error);
                if (format is { } given) configuration = configuration with { Log = configuration.Log with { Format = given } };
                return await RunCommand.RunAsync(configuration, environment, error);
            default:
                await error.WriteLineAsync(Usage);
                return ExitCode.Usage;
        }
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    private static bool TryOptions(string[] words, out string? file, out LogFormat? format)
    {
        (file, format) = (null, null);
        for (var i = 0; i < words.Length; i++)
        {
            var equals = words[i].IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? words[i] : words[i][..equals];
            var value = equals >= 0 ? words[i][(equals + 1)..] : i + 1 < words.Length ? words[++i] : null;
            if (name == "--config" && file is null && value is { Length: > 0 }) file = value;
            else if (name == "--log" && format is null && value is not null && Values.Format(value, out var known)) format = known;
            else return false;
        }

        return true;
    }

    private static int Report(LoadedConfiguration loaded, TextWriter error)
    {
        foreach (var fault in loaded.Faults) error.WriteLine("ferryd: error: " + fault);
        return ExitCode.Usage;
    }
}
