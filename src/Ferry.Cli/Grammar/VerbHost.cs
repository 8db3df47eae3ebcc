using System.CommandLine;
using Ferry.Cli.Configuration;
using Ferry.Cli.Connecting;
using Ferry.Cli.Events;
using Ferry.Cli.Terminal;

namespace Ferry.Cli.Grammar;

/// <summary>What every verb needs before it runs: where its settings come from and where a wrong one is told.</summary>
internal sealed class VerbHost(ITerminal terminal, Func<string, string?> environment)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal) { ConnectionSettings.PasswordCommand.Name };

    /// <summary>Names that the settings file may hold.</summary>
    public void Knows(IEnumerable<Setting> settings) => _known.UnionWith(settings.Select(setting => setting.Name));

    /// <summary>A reader for one run.</summary>
    public SettingReader Read(ParseResult parsed) =>
        new(parsed, environment, SettingsFile.Load(Places.SettingsFile(environment), _known));

    /// <summary>Says what is wrong with the command and returns the exit code for it.</summary>
    public int Refuse(ParseResult parsed, IReadOnlyList<string> problems)
    {
        var help = $"'{HelpOf(parsed.CommandResult.Command)}' shows what it takes";
        foreach (var problem in problems) terminal.SayError(problem);
        if (problems.Count > 0) terminal.Error.WriteLine($"ferry: hint: {help}");
        if (WantsJson(parsed))
        {
            var events = new EventWriter(terminal.Out);
            foreach (var problem in problems) events.Write(new Failure(FailureReason.Usage, Phase.Connecting, Side.Here, problem, help).ToEvent());
        }

        return FailureReason.Usage.ExitCode();
    }

    // The command line may be too broken to have options, so its words are looked at.
    private bool WantsJson(ParseResult parsed) =>
        parsed.Tokens.Any(token => string.Equals(token.Value, ConnectionSettings.Json.OptionName, StringComparison.Ordinal))
        || (environment(ConnectionSettings.Json.Variable) is { } variable && SettingTexts.Switch(variable).Value);

    private static string HelpOf(Command command)
    {
        var path = new List<string>();
        for (var current = command; current is not null; current = current.Parents.OfType<Command>().FirstOrDefault()) path.Insert(0, current.Name);
        return string.Join(' ', path) + " --help";
    }
}
