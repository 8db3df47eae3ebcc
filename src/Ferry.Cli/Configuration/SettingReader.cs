using System.CommandLine;
using System.CommandLine.Parsing;
using Ferry.Protocol.Addressing;

namespace Ferry.Cli.Configuration;

/// <summary>
/// Reads settings for one run of one verb: the command line wins over the environment, which wins over the settings file. What cannot be
/// used is collected in <see cref="Problems"/>, each with its value, where it stands and what would be right; the value read is then a default.
/// </summary>
internal sealed class SettingReader(ParseResult parsed, Func<string, string?> environment, SettingsFile file)
{
    private readonly List<string> _problems = [.. file.Problems];

    /// <summary>What cannot be used, ready to be shown.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>The account whose section of the settings file holds.</summary>
    public Jid? Account { get; set; }

    /// <summary>An environment variable, or null when it is not set or empty.</summary>
    public string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;

    /// <summary>The verb's words that are no options.</summary>
    public IReadOnlyList<string> Words(Argument argument) =>
        parsed.GetResult(argument) is { } result ? [.. result.Tokens.Select(token => token.Value)] : [];

    /// <summary>Notes a problem that lies in several settings together.</summary>
    public void Refuse(string problem) => _problems.Add(problem);

    /// <summary>Reads a word of the command line; what it is for stands in the problem.</summary>
    public T? Word<T>(string text, string what, Func<string, Reading<T>> read) => Take(what, text, read, out var value) ? value : default;

    /// <summary>Whether a switch is on.</summary>
    public bool Switch(Setting setting)
    {
        if (OnCommandLine(setting) is not null) return true;
        var (text, where) = Elsewhere(setting);
        return text is not null && Take(where, text, SettingTexts.Switch, out var on) && on;
    }

    /// <summary>A single value, or <paramref name="otherwise"/>.</summary>
    public T? One<T>(Setting setting, Func<string, Reading<T>> read, T? otherwise = default)
    {
        var (text, where) = OnCommandLine(setting) is [var value, ..] ? (value, setting.OptionName) : Elsewhere(setting);
        return text is not null && Take(where, text, read, out var result) ? result : otherwise;
    }

    /// <summary>Like <see cref="One{T}"/> for values that have no null.</summary>
    public T? Maybe<T>(Setting setting, Func<string, Reading<T>> read)
        where T : struct =>
        One(setting, text => read(text) is { Problem: null } good ? new Reading<T?>(good.Value, null) : Reading<T?>.Bad(read(text).Problem!));

    /// <summary>Any number of values, in the order given.</summary>
    public IReadOnlyList<T> Many<T>(Setting setting, Func<string, Reading<T>> read)
    {
        var (texts, where) = OnCommandLine(setting) is { } given
            ? (setting.Kind is SettingKind.List ? given.SelectMany(Split) : given, setting.OptionName)
            : Elsewhere(setting) is (not null and var list, var place) ? (Split(list), place) : ([], "");
        var values = new List<T>();
        foreach (var text in texts)
        {
            if (Take(where, text, read, out var value)) values.Add(value);
        }

        return values;
    }

    /// <summary>Whether the option is given on the command line.</summary>
    public bool IsOnCommandLine(Setting setting) => OnCommandLine(setting) is not null;

    /// <summary>A single path, or null.</summary>
    public string? Path(Setting setting) => One(setting, SettingTexts.Any) is { } path ? Places.Expand(path, environment) : null;

    /// <summary>Where the embedded server keeps its data unless told otherwise.</summary>
    public string DefaultData => Places.ServerData(environment);

    /// <summary>Where the journals of partial files are.</summary>
    public string DefaultJournals => Places.Journals(environment);

    /// <summary>Where the hashes of shared files are kept.</summary>
    public string DefaultHashes => Places.Hashes(environment);

    /// <summary>Reads the path of a file that must be there.</summary>
    public Reading<string> ExistingFile(string text)
    {
        var path = Places.Expand(text, environment);
        return File.Exists(path) ? path : Reading<string>.Bad("is not a file");
    }

    private static IEnumerable<string> Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private bool Take<T>(string where, string text, Func<string, Reading<T>> read, out T value)
    {
        var reading = read(text);
        value = reading.Value;
        if (reading.Problem is null) return true;
        _problems.Add($"{where}: '{text}' {reading.Problem}");
        return false;
    }

    private List<string>? OnCommandLine(Setting setting)
    {
        var option = parsed.CommandResult.Command.Options.FirstOrDefault(o => string.Equals(o.Name, setting.OptionName, StringComparison.Ordinal));
        return option is not null && parsed.GetResult(option) is { Implicit: false } result ? [.. result.Tokens.Select(token => token.Value)] : null;
    }

    private (string? Text, string Where) Elsewhere(Setting setting) =>
        Variable(setting.Variable) is { } variable ? (variable, setting.Variable) : (file.Find(setting.Name, Account), $"{file.Path}: {setting.Name}");
}
