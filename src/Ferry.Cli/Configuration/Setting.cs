using System.CommandLine;

namespace Ferry.Cli.Configuration;

/// <summary>
/// Something that can be set on the command line (<c>--listen-ports</c>), in the environment (<c>FERRY_LISTEN_PORTS</c>) and in the
/// settings file (<c>listen-ports</c>), in this order of precedence.
/// </summary>
/// <param name="Name">The name without dashes in front.</param>
/// <param name="Kind">How many values it takes.</param>
/// <param name="ValueName">What stands for the value in help; empty for a switch.</param>
/// <param name="Description">One line for help.</param>
internal sealed record Setting(string Name, SettingKind Kind, string ValueName, string Description)
{
    /// <summary>A letter that stands for it, or null.</summary>
    public string? Letter { get; init; }

    /// <summary>Values that completion suggests.</summary>
    public IReadOnlyList<string> Suggestions { get; init; } = [];

    /// <summary>The option on the command line.</summary>
    public string OptionName => "--" + Name;

    /// <summary>The environment variable.</summary>
    public string Variable => "FERRY_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>The grammar's view of it. Values stay text here: one place reads text from all three sources.</summary>
    public Option ToOption()
    {
        Option option = Kind is SettingKind.Many or SettingKind.List
            ? new Option<string[]>(OptionName) { Arity = ArgumentArity.OneOrMore }
            : Kind is SettingKind.Switch
                ? new Option<bool>(OptionName) { Arity = ArgumentArity.Zero }
                : new Option<string>(OptionName) { Arity = ArgumentArity.ExactlyOne };
        option.Description = Description;
        if (ValueName.Length > 0) option.HelpName = ValueName;
        if (Letter is not null) option.Aliases.Add("-" + Letter);
        if (Suggestions.Count > 0) option.CompletionSources.Add([.. Suggestions]);
        return option;
    }
}
